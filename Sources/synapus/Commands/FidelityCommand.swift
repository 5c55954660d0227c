import Analysis
import ArgumentParser
import Emulator
import Fidelity
import HardwareSpec

/// Holds the emulator against its references.
struct FidelityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fidelity",
    abstract: "Hold the emulator against closed forms, and print by how much it is off.",
    discussion: "Exits with 5 when a deviation is out of its bound.")

  @Option(help: ArgumentHelp("The chip (default: synapus-1).", valueName: "name|path"))
  var chip = "synapus-1"

  @Option(
    help: ArgumentHelp(
      "One kernel only (default: every one that this processor has).",
      valueName: EmulationSettings.Kernel.allCases.map(\.rawValue).joined(separator: "|")))
  var kernel: EmulationSettings.Kernel?

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    var chip: String
    var checks: [FidelityCheck]
    var golden: [String] = []
    var nir: [String] = []
  }

  func run() throws {
    let spec = try ChipLibrary.chip(chip)
    var checks: [FidelityCheck] = []
    let progress = ProgressReporter(label: "fidelity")
    for (index, kernel) in kernels.enumerated() {
      progress.update(fraction: Double(index) / Double(kernels.count), note: kernel.rawValue)
      checks += try LIFChecks(spec, kernel: kernel).run()
    }
    checks += DeviceChecks(spec).run()
    for name in ChipLibrary.names {
      let chip = try ChipLibrary.chip(name)
      checks += MeasuredDeviceChecks(chip)?.run() ?? []
      checks += SynapseDrawChecks(chip).run()
    }
    checks += try PublishedChipChecks().run()
    progress.finish(note: "\(checks.count) checks")
    if output.json {
      try Console.writeJSON(Answer(chip: spec.name, checks: checks))
    } else {
      try Console.write(Self.table(checks).text())
    }
    try Self.judge(checks)
  }

  private var kernels: [EmulationSettings.Kernel] {
    if let kernel { return [kernel] }
    let available = EmulatedChip.availableKernels
    return EmulationSettings.Kernel.allCases.filter {
      $0 != .auto && available.contains($0.rawValue)
    }
  }

  private static func table(_ checks: [FidelityCheck]) -> TextTable {
    var table = TextTable("check", "quantity", "error", "bound", "unit", "verdict")
    for check in checks {
      table.append([
        check.name, check.quantity, NumberText.brief(check.error), NumberText.brief(check.bound),
        check.unit, check.pass ? "pass" : "FAIL",
      ])
    }
    return table
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
