import Analysis
import ArgumentParser
import Dispatch
import Emulator
import Fidelity
import HardwareSpec
import Synchronization

/// Holds the emulator against its references.
struct FidelityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fidelity",
    abstract: "Hold the emulator against closed forms and recordings, and print the deviations.",
    discussion: "Exits with 5 when a deviation is out of its bound, or a recorded number differs.")

  @Option(
    help: ArgumentHelp(
      "The chip (default: synapus-1; with --golden, loihi).", valueName: "name|path"))
  var chip: String?

  @Option(
    help: ArgumentHelp(
      "One kernel only (default: every one that this processor has).",
      valueName: EmulationSettings.Kernel.allCases.map(\.rawValue).joined(separator: "|")))
  var kernel: EmulationSettings.Kernel?

  @Option(
    help: ArgumentHelp(
      "One group of checks; may be given several times (default: all).",
      valueName: FidelityGroup.allCases.map(\.rawValue).joined(separator: "|")))
  var only: [FidelityGroup] = []

  @Option(
    help: ArgumentHelp(
      "A folder for psp.svg and rate.svg, the circuit's curves against the exact solution.",
      valueName: "folder"))
  var figures: String?

  @Option(
    help: ArgumentHelp(
      "A folder of recorded cases of digital chips, which are then replayed and nothing else.",
      valueName: "folder"))
  var golden: String?

  @Option(
    name: .customLong("nir"),
    help: ArgumentHelp(
      "A folder of NIR networks with recorded answers, which are then replayed and nothing else.",
      valueName: "folder"))
  var nirFolder: String?

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    struct Check: Encodable {
      var group, name, quantity, unit: String
      var error, bound: Double?
      var pass: Bool

      init(_ group: FidelityGroup, _ check: FidelityCheck) {
        self.group = group.rawValue
        (name, quantity, unit) = (check.name, check.quantity, check.unit)
        // JSON has no word for infinity.
        error = check.error.isFinite ? check.error : nil
        (bound, pass) = (check.bound, check.pass)
      }
    }

    var chip: String?
    var checks: [Check] = []
    var golden: [GoldenResult] = []
    var nir: [NIRCaseResult] = []
  }

  func validate() throws {
    if golden != nil, !only.isEmpty || figures != nil {
      throw ValidationError("--golden excludes --only and --figures: it replays recordings alone.")
    }
    if nirFolder != nil, !only.isEmpty || figures != nil || golden != nil || chip != nil {
      throw ValidationError(
        "--nir excludes --chip, --golden, --only and --figures: no chip takes part in it.")
    }
  }

  func run() throws {
    if let nirFolder { return try replayNetworks(in: nirFolder) }
    if let golden { return try replay(golden) }
    let spec = try ChipLibrary.chip(chip ?? "synapus-1")
    let groups = FidelityGroup.allCases.filter { only.isEmpty || only.contains($0) }
    let found = try FidelityRun(groups, kernels: kernels).run(on: spec)
    if output.json {
      let checks = found.flatMap { group, checks in checks.map { Answer.Check(group, $0) } }
      try Console.writeJSON(Answer(chip: spec.name, checks: checks))
    } else {
      try Console.write(found.map(Self.text).joined(separator: "\n"))
    }
    if let figures { try CircuitFigures(spec).write(into: figures) }
    try Self.judge(found.flatMap(\.checks))
  }

  private var kernels: [EmulationSettings.Kernel] {
    if let kernel { return [kernel] }
    let available = EmulatedChip.availableKernels
    return EmulationSettings.Kernel.allCases.filter {
      $0 != .auto && available.contains($0.rawValue)
    }
  }

  private static func text(_ group: FidelityGroup, _ checks: [FidelityCheck]) -> String {
    var table = TextTable("check", "quantity", "error", "bound", "unit", "verdict")
    for check in checks {
      table.append([
        check.name, check.quantity, NumberText.brief(check.error), NumberText.brief(check.bound),
        check.unit, check.pass ? "pass" : "FAIL",
      ])
    }
    let heading = "\(group.title) (\(group.rawValue))\n\n"
    if checks.isEmpty { return heading + "not checked: the chip lacks the parts or their ranges\n" }
    return heading + table.text()
  }

  private func replay(_ folder: String) throws {
    let spec = try ChipLibrary.chip(chip ?? "loihi")
    let replay = GoldenReplay(spec, kernels: kernels)
    let results = try results(
      of: GoldenReplay.files(in: folder), "golden", unit: "files", replay.result)
    try publish(results, Answer(chip: spec.name, checks: [], golden: results))
  }

  private func replayNetworks(in folder: String) throws {
    let replay = NIRCaseReplay(of: folder)
    let results = try results(of: replay.names(), "nir", unit: "networks", replay.result)
    try publish(results, Answer(nir: results))
  }

  /// What the replay of each case gives, one after the other.
  private func results<Result>(
    of cases: [String], _ label: String, unit: String, _ replay: (String) -> Result
  ) -> [Result] {
    let progress = ProgressReporter(label: label)
    var results: [Result] = []
    for (index, name) in cases.enumerated() {
      results.append(replay(name))
      progress.update(fraction: Double(index + 1) / Double(cases.count), note: name)
    }
    progress.finish(note: "\(results.count) \(unit)")
    return results
  }

  private func publish(_ results: [any ReplayResult], _ answer: Answer) throws {
    if output.json {
      try Console.writeJSON(answer)
    } else {
      try Console.write(ReplaySheet(results).text)
    }
    try ReplaySheet(results).judge()
  }

  private static func judge(_ checks: [FidelityCheck]) throws {
    let failed = checks.filter { !$0.pass }
    guard failed.isEmpty else {
      throw Failures(
        list: failed.map {
          Failure(
            .outOfTolerance,
            "\($0.name): \($0.quantity) is off by \($0.error) \($0.unit); \($0.bound) is allowed")
        })
    }
  }
}

extension FidelityGroup: ExpressibleByArgument {}

/// Runs groups of checks side by side, one job a group and kernel.
private final class FidelityRun: Sendable {
  private struct Job {
    var group: FidelityGroup
    var kernel: EmulationSettings.Kernel
  }

  private let groups: [FidelityGroup]
  private let jobs: [Job]
  private let next = Atomic<Int>(0)
  private let done = Atomic<Int>(0)
  private let results: Mutex<[Result<[FidelityCheck], any Error>?]>

  init(_ groups: [FidelityGroup], kernels: [EmulationSettings.Kernel]) {
    self.groups = groups
    jobs = groups.flatMap { group in
      (group.isPerKernel ? kernels : [.auto]).map { Job(group: group, kernel: $0) }
    }
    results = Mutex(Array(repeating: nil, count: jobs.count))
  }

  /// The checks of each group, in order.
  func run(on spec: ChipSpec) throws -> [(group: FidelityGroup, checks: [FidelityCheck])] {
    try spec.requireAnalog(for: "fidelity without --golden")
    let progress = ProgressReporter(label: "fidelity")
    DispatchQueue.concurrentPerform(iterations: min(CPU.coreCount, max(jobs.count, 1))) { _ in
      self.takeJobs(spec, progress)
    }
    let found = try results.withLock { results in try results.map { try $0?.get() ?? [] } }
    progress.finish(note: "\(found.joined().count) checks")
    return groups.map { group in
      (group, zip(jobs, found).filter { $0.0.group == group }.flatMap(\.1))
    }
  }

  private func takeJobs(_ spec: ChipSpec, _ progress: ProgressReporter) {
    while true {
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard number < jobs.count else { return }
      let job = jobs[number]
      let result = Result { try job.group.checks(spec, kernel: job.kernel) }
      results.withLock { $0[number] = result }
      let count = done.wrappingAdd(1, ordering: .relaxed).newValue
      progress.update(
        fraction: Double(count) / Double(jobs.count),
        note: "\(job.group.rawValue) \(job.kernel.rawValue)")
    }
  }
}
