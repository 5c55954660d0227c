import Analysis
import ArgumentParser
import ChipInterface
import HardwareSpec
import Recordings

/// Runs an image on recorded or generated input.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run an image on input spikes, and write what was recorded.")

  @Argument(help: "The image, a .chip file.")
  var image: String
  @Option(help: ArgumentHelp("Input spikes, HDF5 in the SHD layout.", valueName: "file"))
  var input: String
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The recording to write, HDF5; as numpy arrays where it ends in .npz; its spikes as "
        + "NIRGraphData where it ends in .nirdata.",
      valueName: "file"))
  var output: String
  @OptionGroup var chip: ChipOptions
  @Option(
    help: ArgumentHelp(
      "A population whose membranes are recorded; may be given several times.",
      valueName: "population"))
  var adc: [String] = []
  @Option(
    help: ArgumentHelp(
      "Ticks between two ADC samples (default: as fast as the chip can).", valueName: "n"))
  var adcEvery: Int?
  @Option(
    help: ArgumentHelp(
      "How long each sample runs, in ticks (default: as the input or the image says).",
      valueName: "n"))
  var duration: Int?
  @Option(
    help: ArgumentHelp(
      "A neuron whose membrane is traced at every tick, a unit number or population:index; may be "
        + "given several times.", valueName: "neuron"))
  var traceMembrane: [String] = []
  @Option(
    help: ArgumentHelp(
      "A value change dump to write: spikes, FIFOs, ADC codes and traced membranes, for GTKWave.",
      valueName: "file"))
  var vcd: String?
  @Option(
    help: ArgumentHelp(
      "The cores in the dump, for example 0,3-5 (default: all in use).", valueName: "list"))
  var vcdCores: String?
  @Option(
    help: ArgumentHelp(
      "A file for the metrics of NeuroBench, JSON (docs/metrics.md).", valueName: "file"))
  var metrics: String?
  @Flag(help: "The input's seconds are biological: the chip is faster by its acceleration.")
  var biologicalTime = false
  @OptionGroup var answer: OutputOptions

  private struct Answer: Encodable {
    var image, chip, output: String
    var chipSeed, seed: UInt64
    var samples: Int
    var hardwareSeconds: Double
    var counters: RunCounters
    /// Joules by cause; nil where the chip file has no energies.
    var energy: [String: Double]?
    /// The metrics of NeuroBench; nil on digital chips.
    var metrics: RunMetrics?

    enum CodingKeys: String, CodingKey {
      case image, chip, output, seed, samples, counters, metrics
      case chipSeed = "chip_seed"
      case hardwareSeconds = "hardware_seconds"
      case energy = "energy_joules"
    }
  }

  func validate() throws {
    if vcdCores != nil, vcd == nil {
      throw ValidationError("--vcd-cores chooses cores for --vcd, which is missing.")
    }
  }

  func run() throws {
    let file = try RunnableFile(image, chip: chip.connect == nil ? chip.chip : nil)
    let (spec, io) = (file.spec, file.io)
    let spikes = try InputSpikes(
      reading: input, on: spec.time,
      secondsPerFileSecond: biologicalTime ? 1 / spec.time.acceleration : 1)
    if spikes.sortedSamples > 0 {
      Console.say("note: spikes of \(spikes.sortedSamples) samples were not in order; sorted")
    }
    let observed = try observed(file)
    let request = RecordingRequest(
      adcPopulations: adc, adcEvery: adcEvery ?? spec.readout.sampleEveryTicks,
      tracedCircuits: observed.circuits, probedCores: observed.cores)
    let experiment = Experiment(
      durationTicks: duration ?? spikes.durationTicks ?? io.durationTicks, inputs: spikes.spikes,
      sampleNumbers: spikes.sampleNumbers, recorded: request)
    let device = try file.load(onto: try chip.makeChip(usual: spec))
    Interruption.watch()
    let recording = try run(experiment, on: device, file)
    let hash = try file.contentHash
    var recorded = RecordingFile(
      recording, of: experiment, populations: RecordingFile.populations(of: io),
      labels: spikes.labels, origin: RecordingOrigin(device.info, imageHash: hash))
    if !observed.circuits.isEmpty {
      recorded.traces = TraceRecording(volts: recording.traces, circuits: observed.named)
    }
    try recorded.writeBySuffix(to: output)
    let metrics = try measure(recording, experiment, file)
    try publish(recording, device.info, samples: experiment.inputs.sampleCount, metrics)
  }

  private func observed(_ file: RunnableFile) throws -> ObservedParts {
    if vcd == nil, traceMembrane.isEmpty { return ObservedParts() }
    return try ObservedParts(
      try file.image(for: vcd == nil ? "--trace-membrane" : "--vcd", of: image),
      neurons: traceMembrane, cores: vcd == nil ? nil : vcdCores ?? "all")
  }

  /// Runs all samples; where a dump is asked for, it is written as they come.
  private func run(
    _ experiment: Experiment, on device: any Chip, _ file: RunnableFile
  ) throws -> Recording {
    let batched = BatchedRun(experiment)
    guard let vcd else { return try batched.run(on: device) }
    let file = try file.image(for: "--vcd", of: image)
    var recording: Recording?
    try OutputFile.stream(to: vcd) { sink in
      let trace = try VCDTrace(
        file.image, on: file.spec, cores: experiment.recorded.probedCores,
        recorded: experiment.recorded, to: sink)
      recording = try batched.run(on: device) { try trace.append($0, of: $1) }
      try trace.finish()
    }
    guard let recording else { throw ChipError.cancelled }
    return recording
  }

  /// The metrics, where they are asked for, and the file of them.
  private func measure(
    _ recording: Recording, _ experiment: Experiment, _ runnable: RunnableFile
  ) throws -> RunMetrics? {
    if metrics != nil { try runnable.spec.requireAnalog(for: "run --metrics") }
    guard runnable.spec.digital == nil, metrics != nil || answer.json && runnable.isOneImage else {
      return nil
    }
    let file = try runnable.image(for: "--metrics", of: image)
    let found = RunMetrics(
      of: file.image, inputs: experiment.inputs, spikes: recording.spikes,
      ticks: experiment.durationTicks, on: file.spec)
    if let metrics { try OutputFile.write(try Console.json(found) + "\n", to: metrics) }
    return found
  }

  private func publish(
    _ recording: Recording, _ info: ChipInfo, samples: Int, _ metrics: RunMetrics?
  ) throws {
    if answer.json {
      return try Console.writeJSON(
        Answer(
          image: image, chip: info.spec.name, output: output, chipSeed: info.chipSeed,
          seed: info.trialSeed, samples: samples, hardwareSeconds: recording.hardwareSeconds,
          counters: recording.counters, energy: energy(recording, info.spec), metrics: metrics))
    }
    try Console.write(RunSheet(recording, info.spec, samples: samples).text)
  }

  private func energy(_ recording: Recording, _ spec: ChipSpec) -> [String: Double]? {
    guard spec.energy != nil else { return nil }
    let causes = EnergyUse.named.map { ($0.name, recording.energy[keyPath: $0.path]) }
    return Dictionary(uniqueKeysWithValues: causes)
  }
}
