import Analysis
import ChipInterface
import Compiler
import Emulator
import Foundation
import HardwareSpec
import Link
import NIR
import Training

/// What all tasks of a demo share.
struct DemoSettings {
  let spec: ChipSpec
  let mismatch: Double
  let chipSeed, netSeed: UInt64
  let trainsFloat: Bool
  let threads: Int

  /// The device in this process, with some of its effects: the same draw as the server's.
  func device(_ effects: Effects = .all) throws -> EmulatedChip {
    try EmulatedChip(
      spec,
      EmulationSettings(
        chipSeed: chipSeed, mismatch: mismatch, effects: effects, threads: threads))
  }

  /// What the device drew for its circuits.
  var draw: DeviceDraw {
    DeviceDraw(spec, seed: chipSeed, mismatch: mismatch, effects: .all)
  }

  /// The flags of `synapus serve` for this device.
  var serverArguments: [String] {
    [
      "--chip", spec.name, "--chip-seed", "\(chipSeed)", "--mismatch", "\(mismatch)", "--seed", "0",
      "--threads", "\(threads)",
    ]
  }
}

/// One task of the demo: software, image, server, deployment, loop, explanation.
struct DemoTask {
  let name: TaskName
  let task: TrainingTask
  let settings: DemoSettings

  /// The headline, for example `yinyang, 5-120-3 with 5 copies`.
  var title: String { "\(name.text), \(task.shape)" }

  /// What the task's files begin with: letters, digits and dashes.
  var stem: String {
    let last = URL(fileURLWithPath: name.text).deletingPathExtension().lastPathComponent
    let plain = last.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return String(plain.prefix(60))
  }

  private var spec: ChipSpec { settings.spec }

  private var stages: StudyStages {
    StudyStages(task: task, spec: spec, netSeed: settings.netSeed, threads: settings.threads)
  }

  /// Runs the whole job, and writes network and images into the folder.
  func run(writingTo folder: ReportFolder) throws -> DemoResult {
    let epochs = name.defaultEpochs
    var report = TrainingReport(
      task: name.text, chip: spec.name, chipSeed: settings.chipSeed, mismatch: settings.mismatch,
      seed: 0, netSeed: settings.netSeed)
    if settings.trainsFloat {
      let float = try stage("software, real weights") {
        try $0.float(on: stages.ideal, epochs: epochs.software)
      }
      report.noteFloat(float.outcome)
    }
    let quantised = try stage("software, 4-bit weights") {
      try $0.quantised(on: stages.ideal, epochs: epochs.software)
    }
    report.noteQuantised(quantised.outcome)
    let compilation = try task.compile(quantised.weights, for: spec)
    let image = try stages.study().image.holding(quantised.weights, on: spec)
    try write(image, quantised.weights, to: folder)
    let served = try serve(quantised.weights, image, epochs.loop, &report)
    let healed = try stages.study().image.holding(served.weights, on: spec)
    try OutputFile.write(try healed.encoded(spec: spec), to: folder.file("\(stem)-loop.chip"))
    report.gap = try explain(quantised.weights)
    return DemoResult(
      title: title, stem: stem, task: task, report: report, compilation: compilation.report,
      image: image, healed: healed, weights: quantised.weights, agrees: served.agrees,
      server: served.build)
  }

  private func write(
    _ image: ChipImage, _ weights: ShadowWeights, to folder: ReportFolder
  ) throws {
    try NIRFile.write(task.graph(weights, on: spec), to: folder.file("\(stem).nir"))
    let bytes = try image.encoded(spec: spec)
    try OutputFile.write(bytes, to: folder.file("\(stem).chip"))
    Console.say(
      "compiled to \(folder.file("\(stem).chip")), \(NumberText.count(bytes.count)) bytes")
  }

  private struct Served {
    var weights: ShadowWeights
    /// Whether the server's chip and the one in this process gave the same bits.
    var agrees: Bool
    var build: String
  }

  /// Deploys, and trains in the loop, on a chip in another process.
  private func serve(
    _ weights: ShadowWeights, _ image: ChipImage, _ epochs: Int, _ report: inout TrainingReport
  ) throws -> Served {
    let server = try ServerProcess(settings.serverArguments)
    defer { server.stop() }
    Console.say("control server: process \(server.processIdentifier), \(server.endpoint)")
    let chip = try RemoteChip(connecting: server.endpoint, client: "synapus demo")
    defer { chip.close() }
    let clock = ResourceClock()
    let deployed = try stages.study().evaluate(weights, on: chip)
    report.deployedAccuracy = deployed
    report.seconds.deploy = clock.seconds
    Console.say("deployed: accuracy \(NumberText.percent(deployed, places: 1))")
    let agrees = try isSameDevice(chip, image)
    let loop = try stage("in the loop over ZeroMQ") {
      try $0.inTheLoop(weights, on: chip, epochs: epochs)
    }
    report.noteLoop(loop.outcome)
    let statistics = chip.statistics
    report.roundTrips = statistics.roundTrips
    (report.bytesSent, report.bytesReceived) = (statistics.bytesSent, statistics.bytesReceived)
    return Served(weights: loop.weights, agrees: agrees, build: chip.serverBuild)
  }

  /// Samples that both chips run.
  static let compared = 16

  /// Runs some samples on both, because the pictures are made in this process.
  private func isSameDevice(_ remote: RemoteChip, _ image: ChipImage) throws -> Bool {
    let probe = DemoProbe(task: task, image: image, spec: spec)
    let samples = Array(0..<min(Self.compared, task.test.count))
    return try probe.run(samples, on: remote) == probe.run(samples, on: settings.device())
  }

  /// The accuracy while the effects are switched on in turn.
  private func explain(_ weights: ShadowWeights) throws -> [GapStep] {
    let progress = ProgressReporter(label: "effect by effect")
    let total = Double(TrainingStudy.gapEffects.count + 2)
    let steps = try stages.study().gap(weights, ideal: stages.ideal) { names in
      progress.update(fraction: Double(names.count + 1) / total, note: names.last ?? "")
      let effects = Effects.names.filter { names.contains($0.name) }.map(\.effect)
      return try settings.device(Effects(effects))
    }
    progress.finish()
    return steps
  }

  private func stage(
    _ name: String, _ body: (TrainingStudy) throws -> TrainingStudy.Trained
  ) throws -> TrainingStudy.Trained {
    let progress = StudyProgress(name)
    let trained = try body(stages.study(progress))
    progress.finish(trained.outcome.accuracy)
    return trained
  }
}

/// What a task of the demo gave.
struct DemoResult {
  let title, stem: String
  let task: TrainingTask
  let report: TrainingReport
  let compilation: CompileReport
  /// The image as deployed, and with the weights after the loop.
  let image, healed: ChipImage
  /// The weights as deployed.
  let weights: ShadowWeights
  /// Whether the server's chip and the one in this process gave the same bits.
  let agrees: Bool
  /// The server's program, in its own words.
  let server: String

  /// Accuracy of guessing.
  var chance: Double { 1 / Double(max(task.shape.outputs, 1)) }

  /// The stages with accuracy and time.
  var table: TextTable {
    var table = TextTable("stage", "accuracy", "seconds")
    func row(_ stage: String, _ accuracy: Double?, _ seconds: Double?) {
      guard let accuracy else { return }
      let time = seconds.map { NumberText.fixed($0, places: $0 < 1 ? 2 : 1) } ?? ""
      table.append([stage, NumberText.percent(accuracy, places: 1), time])
    }
    let seconds = report.seconds
    row("software, real weights", report.floatAccuracy, seconds.float)
    row("software, 4-bit weights", report.quantisedAccuracy, seconds.quantised)
    row("deployed on the chip", report.deployedAccuracy, seconds.deploy)
    row("after 1 epoch in the loop", report.loopAccuracy.first, nil)
    if report.loopAccuracy.count > 1 {
      let count = report.loopAccuracy.count
      row("after \(count) epochs in the loop", report.loopAccuracy.last, seconds.loop)
      row("mean of the last \(min(3, count)) epochs", report.finalLoopAccuracy, nil)
    }
    return table
  }
}
