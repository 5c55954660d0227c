import Analysis
import ArgumentParser
import ChipInterface
import Emulator
import HardwareSpec
import Link
import NIR
import Training

/// Trains a network in software, deploys it, and trains it in the loop.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train in software, deploy on a chip, and train in the loop.",
    discussion: """
      First in floating point, then with the chip's weight steps, both on the ideal chip; then the \
      network runs on CHIP as it is, and is trained on with the chip's own answers.
      """)

  /// Whose answers the backward pass builds on.
  enum Injection: String, ExpressibleByArgument, CaseIterable { case chip, ideal }

  @Argument(help: "The task: yinyang, fashion-mnist, or a file of labelled spikes (.h5).")
  var task: TaskName
  @OptionGroup var chip: ChipOptions
  @OptionGroup var data: DataOption

  @Option(help: ArgumentHelp("Hidden neurons (default: the task's own).", valueName: "n"))
  var hidden: Int?
  @Option(
    help: ArgumentHelp(
      "Epochs in software, from 1 to 10000 (default: 40; fashion-mnist 8).", valueName: "n"))
  var epochs: Int?
  @Option(
    help: ArgumentHelp(
      "Epochs in the loop, from 0 to 10000 (default: 10; fashion-mnist 2).", valueName: "n"))
  var loopEpochs: Int?
  @Flag(help: "Leave out software training with real weights.")
  var skipFloat = false
  @Option(help: ArgumentHelp("Seeds initial weights and shuffling.", valueName: "n"))
  var netSeed: UInt64 = 0
  @Option(
    help: ArgumentHelp(
      "Also score the network, trained in the loop, on this other device.", valueName: "chip seed"))
  var transferSeed: UInt64?
  @Option(help: ArgumentHelp("Which layers are trained.", valueName: "all|readout"))
  var trainLayers = TrainedLayers.all
  @Option(
    help: ArgumentHelp(
      "Whose answers are injected: the chip's, or for control the ideal ones.",
      valueName: "chip|ideal"))
  var inject = Injection.chip
  @Option(name: .shortAndLong, help: ArgumentHelp("The network to write, NIR.", valueName: "file"))
  var output: String?
  @Option(help: ArgumentHelp("The image to write, a .chip file.", valueName: "file"))
  var saveImage: String?
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    if let epochs, !(1...10_000).contains(epochs) {
      throw ValidationError("--epochs is \(epochs); 1 to 10000 is allowed.")
    }
    if let loopEpochs, !(0...10_000).contains(loopEpochs) {
      throw ValidationError("--loop-epochs is \(loopEpochs); 0 to 10000 is allowed.")
    }
    if let hidden, !(1...65_536).contains(hidden) {
      throw ValidationError("--hidden is \(hidden); 1 to 65536 is allowed.")
    }
    if transferSeed != nil, chip.connect != nil {
      throw ValidationError("--transfer-seed makes a device here; drop --connect.")
    }
  }

  func run() throws {
    let device = try chip.makeChip()
    Console.say("net seed \(netSeed)")
    let spec = device.info.spec
    try spec.requireAnalog(for: "train")
    let task = try task.load(on: spec, hidden: hidden, data)
    let stages = StudyStages(
      task: task, spec: spec, layers: trainLayers, netSeed: netSeed,
      threads: chip.threads ?? CPU.coreCount)
    var results = try stages.run(plan, chip: device, injectsIdeal: inject == .ideal)
    if let remote = device as? RemoteChip {
      let statistics = remote.statistics
      results.report.roundTrips = statistics.roundTrips
      results.report.bytesSent = statistics.bytesSent
      results.report.bytesReceived = statistics.bytesReceived
    }
    if let transferSeed {
      var other = chip
      other.chipSeed = transferSeed
      results.report.transferAccuracy = try stages.study().evaluate(
        results.loop, on: try other.makeChip())
    }
    try save(results.loop, task, spec, stages)
    try answer.json ? Console.writeJSON(results.report) : Console.write(results.report.table)
  }

  private var plan: StudyPlan {
    let epochs = epochs ?? task.defaultEpochs.software
    return StudyPlan(
      floatEpochs: skipFloat ? 0 : epochs, quantisedEpochs: epochs,
      loopEpochs: loopEpochs ?? task.defaultEpochs.loop)
  }

  private func save(
    _ weights: ShadowWeights, _ task: TrainingTask, _ spec: ChipSpec, _ stages: StudyStages
  ) throws {
    if let output { try NIRFile.write(task.graph(weights, on: spec), to: output) }
    if let saveImage {
      let image = try stages.study().image.holding(weights, on: spec)
      try OutputFile.write(try image.encoded(spec: spec), to: saveImage)
    }
  }
}

extension TrainedLayers: ExpressibleByArgument {}
