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
    name: .shortAndLong, help: ArgumentHelp("The recording to write, HDF5.", valueName: "file"))
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
  @Flag(help: "The input's seconds are biological: the chip is faster by its acceleration.")
  var biologicalTime = false
  @OptionGroup var answer: OutputOptions

  private struct Answer: Encodable {
    var image, chip, output: String
    var chipSeed, seed: UInt64
    var samples: Int
    var hardwareSeconds: Double
    var counters: RunCounters

    enum CodingKeys: String, CodingKey {
      case image, chip, output, seed, samples, counters
      case chipSeed = "chip_seed"
      case hardwareSeconds = "hardware_seconds"
    }
  }

  func run() throws {
    let file = try ImageFile(image, chip: chip.connect == nil ? chip.chip : nil)
    let (spec, io) = (file.spec, file.image.io)
    let spikes = try InputSpikes(
      reading: input, on: spec.time,
      secondsPerFileSecond: biologicalTime ? 1 / spec.time.acceleration : 1)
    if spikes.sortedSamples > 0 {
      Console.say("note: spikes of \(spikes.sortedSamples) samples were not in order; sorted")
    }
    let request = RecordingRequest(
      adcPopulations: adc, adcEvery: adcEvery ?? spec.readout.sampleEveryTicks)
    let experiment = Experiment(
      durationTicks: duration ?? spikes.durationTicks ?? io.durationTicks, inputs: spikes.spikes,
      sampleNumbers: spikes.sampleNumbers, recorded: request)
    let device = try chip.makeChip(usual: spec)
    try device.load(file.image)
    Interruption.watch()
    let recording = try BatchedRun(experiment).run(on: device)
    let hash = try file.image.contentHash(spec: spec)
    try RecordingFile(
      recording, of: experiment, populations: RecordingFile.populations(of: io),
      labels: spikes.labels, origin: RecordingOrigin(device.info, imageHash: hash)
    ).write(to: output)
    try publish(recording, device.info, samples: experiment.inputs.sampleCount)
  }

  private func publish(_ recording: Recording, _ info: ChipInfo, samples: Int) throws {
    if answer.json {
      return try Console.writeJSON(
        Answer(
          image: image, chip: info.spec.name, output: output, chipSeed: info.chipSeed,
          seed: info.trialSeed, samples: samples, hardwareSeconds: recording.hardwareSeconds,
          counters: recording.counters))
    }
    let counts = recording.counters
    var table = TextTable("count", "value")
    for (name, value) in [
      ("samples", samples), ("ticks", counts.ticks), ("input events", counts.inputEvents),
      ("spikes", counts.spikes), ("row events", counts.rowEvents),
      ("synaptic events", counts.synapticEvents), ("lost at ports", counts.lostAtPort),
      ("lost in the network", counts.lostInNetwork), ("unfinished", counts.unfinished),
      ("ADC codes clipped", counts.adcClipped), ("input stages saturated", counts.inputSaturated),
    ] {
      table.append([name, NumberText.count(value)])
    }
    try Console.write(table.text() + "hardware time  \(recording.hardwareSeconds) s")
  }
}

/// An experiment in slices, so that progress is told and Ctrl-C is heard.
struct BatchedRun {
  private static let slice = 256
  private let experiment: Experiment

  init(_ experiment: Experiment) { self.experiment = experiment }

  /// Runs all slices and joins what they record, spikes in order of time as files hold them.
  func run(on chip: any Chip) throws -> Recording {
    let count = experiment.inputs.sampleCount
    let progress = ProgressReporter(label: "run")
    var whole: Recording?
    var start = 0
    repeat {
      let samples = start..<min(start + Self.slice, count)
      let part = try chip.run(
        Experiment(
          durationTicks: experiment.durationTicks, inputs: experiment.inputs.selecting(samples),
          sampleNumbers: Array(experiment.sampleNumbers[samples]), recorded: experiment.recorded),
        cancellation: Interruption.cancellation)
      if whole == nil { whole = part } else { whole?.append(part) }
      start = samples.upperBound
      progress.update(fraction: Double(start) / Double(max(count, 1)))
    } while start < count
    progress.finish(note: "\(count) samples")
    guard var whole else { throw ChipError.cancelled }
    whole.spikes.sortSamples()
    return whole
  }
}

extension Recording {
  /// Joins the samples of another run of the same experiment to these.
  fileprivate mutating func append(_ other: Recording) {
    let first = spikes.spikeCount
    spikes.cycles += other.spikes.cycles
    spikes.units += other.spikes.units
    spikes.offsets += other.spikes.offsets.dropFirst().map { $0 + first }
    adc += other.adc
    traces += other.traces
    fastADC += other.fastADC
    correlations += other.correlations
    occupancy += other.occupancy
    energy += other.energy
    counters += other.counters
    hardwareSeconds += other.hardwareSeconds
  }
}

extension SpikeBatch {
  /// Sorts each sample's spikes by cycle, then unit; chips give those of one tick by core.
  fileprivate mutating func sortSamples() {
    for sample in 0..<sampleCount {
      let range = range(ofSample: sample)
      let keys = range.map { UInt64(cycles[$0]) << 32 | UInt64(units[$0]) }.sorted()
      for (i, key) in zip(range, keys) {
        (cycles[i], units[i]) = (UInt32(key >> 32), UInt32(truncatingIfNeeded: key))
      }
    }
  }
}
