import ArgumentParser
import ChipInterface
import Compiler
import Emulator
import Fidelity
import Foundation
import HardwareSpec
import NIR
import Recordings

/// Finds out where a chip and the float network part, and why.
struct DiagnoseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Find the first spike where chip and float network part, and the effect that did it.",
    discussion: """
      The network is run with float weights and exact parameters; then quantisation, clipping, DAC \
      codes, ticks, the device's imperfections and the loss of events are switched on, one after \
      the other and each alone. The image must have been compiled from this network: give the \
      flags of that compilation that change more than codes.
      """)

  @Argument(help: "The network, a NIR file.")
  var network: String
  @Argument(help: "The image that was compiled from it, a .chip file.")
  var image: String
  @Option(help: ArgumentHelp("Input spikes, HDF5 in the SHD layout.", valueName: "file"))
  var input: String
  @Option(
    help: ArgumentHelp(
      "Which sample, from 0 (default: the first in which anything differs).", valueName: "n"))
  var sample: Int?
  @Option(
    help: ArgumentHelp(
      "How far apart two spikes may lie and still be the same, in ticks.", valueName: "ticks"))
  var tolerance = 1.0
  @Option(
    help: ArgumentHelp(
      "How long the sample runs, in ticks (default: as the input or the image says).",
      valueName: "n"))
  var duration: Int?
  @OptionGroup var chip: ChipOptions
  @Flag(help: "The input's seconds are biological, as in the run.")
  var biologicalTime = false
  @OptionGroup var compilation: CompilationFlags
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    if chip.connect != nil {
      throw ValidationError(
        "diagnose switches effects on and off, which a server does not let it; drop --connect.")
    }
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance is \(tolerance); 0 or more ticks are allowed.")
    }
  }

  func run() throws {
    let file = try ImageFile(image, chip: chip.chip)
    try file.spec.requireAnalog(for: "diagnose")
    let graph = try NIRFile(reading: network).graph
    let inputs = try InputSpikes(
      reading: input, on: file.spec.time,
      secondsPerFileSecond: biologicalTime ? 1 / file.spec.time.acceleration : 1)
    let count = inputs.spikes.sampleCount
    if let sample, !(0..<count).contains(sample) {
      throw DiagnosisError.noSuchSample(sample: sample, count: count)
    }
    let device = chip.ideal ? nil : try chip.settings(on: file.spec)
    let options = try compilation.options(for: file.image, of: network, on: file.spec)
    var found: NetworkDiagnosis?
    for sample in sample.map({ [$0] }) ?? Array(0..<count) {
      if Interruption.cancellation.isCancelled { throw ChipError.cancelled }
      let experiment = Experiment(
        durationTicks: duration ?? inputs.durationTicks ?? file.image.io.durationTicks,
        inputs: inputs.spikes.selecting([sample]), sampleNumbers: [inputs.sampleNumbers[sample]],
        recorded: RecordingRequest())
      found = try NetworkDiagnosis(
        NetworkQuestion(
          graph: graph, options: options, image: file.image, device: device, sample: experiment,
          sampleIndex: sample, tolerance: tolerance))
      if found?.divergence != nil { break }
    }
    guard let found else { throw DiagnosisError.noSuchSample(sample: 0, count: count) }
    let sheet = NetworkDiagnosisSheet(found)
    if answer.json { try Console.writeJSON(sheet.json) } else { try Console.write(sheet.text) }
  }
}

/// The flags of a compilation that an image does not say again.
struct CompilationFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ticks of the chip for one step of the network (default: as the side file says, or 1).",
      valueName: "n"))
  var ticksPerStep: Int?
  @Option(
    help: ArgumentHelp(
      "Where a neuron goes after a spike (default: as the side file says, or file).",
      valueName: "file|zero|subtract"))
  var reset: CompileOptions.Reset?

  /// The options that an image was compiled with, as far as image, side file and flags say them.
  func options(
    for image: ChipImage, of network: String, on spec: ChipSpec
  ) throws -> CompileOptions {
    var options = CompileOptions(spec)
    try SideFile.beside(network)?.apply(to: &options)
    options.ticksPerStep = ticksPerStep ?? options.ticksPerStep
    options.reset = reset ?? options.reset
    (options.dt, options.dtIsGiven) = (image.io.dt * Double(options.ticksPerStep), true)
    options.durationTicks = image.io.durationTicks
    let wishes = options.projections
    options.projections = image.io.projections.map { map in
      var wish = wishes.first { $0.name == map.name } ?? .init(map.name)
      wish.copies = map.copies
      return wish
    }
    let firing = image.cores.lazy.flatMap(\.circuits).first { $0.fires }
    options.refractoryTicks = firing.map { Int($0.refractoryCount) } ?? options.refractoryTicks
    return options
  }
}
