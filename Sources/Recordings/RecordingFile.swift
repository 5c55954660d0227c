import ChipInterface
import HardwareSpec

/// Is a group of units that a recording names.
public struct RecordedPopulation: Equatable, Sendable {
  /// The name in the network.
  public var name: String
  /// The first unit number, and how many units there are.
  public var firstUnit, count: Int

  /// Names the units `firstUnit..<firstUnit + count`.
  public init(name: String, firstUnit: Int, count: Int) {
    (self.name, self.firstUnit, self.count) = (name, firstUnit, count)
  }
}

/// Holds the codes of the column ADC.
public struct ADCRecording: Equatable, Sendable {
  /// Codes of shape [sample, time, column].
  public var codes: [UInt8]
  /// Length of the axes.
  public var samples, times, columns: Int
  /// Ticks between two samples of the ADC; the first is taken at tick `everyTicks - 1`.
  public var everyTicks: Int
  /// The populations whose membranes the columns are, in order.
  public var populations: [String]

  /// Gives codes their shape, whose product must be their number.
  public init(
    codes: [UInt8], samples: Int, times: Int, columns: Int, everyTicks: Int, populations: [String]
  ) {
    precondition(codes.count == samples * times * columns)
    (self.codes, self.samples, self.times, self.columns) = (codes, samples, times, columns)
    (self.everyTicks, self.populations) = (everyTicks, populations)
  }
}

/// Holds membrane potentials at full tick resolution.
public struct TraceRecording: Equatable, Sendable {
  /// A circuit that was traced, with its name in design words.
  public struct Circuit: Equatable, Sendable {
    /// For example `hidden:17`.
    public var name: String
    /// Core and column.
    public var core, column: Int

    /// Names a circuit.
    public init(name: String, core: Int, column: Int) {
      (self.name, self.core, self.column) = (name, core, column)
    }
  }

  /// Potentials in volts after each tick, shape [sample, tick, circuit].
  public var volts: [Double]
  /// The circuits of the last axis.
  public var circuits: [Circuit]

  /// Gives potentials their circuits.
  public init(volts: [Double], circuits: [Circuit]) {
    (self.volts, self.circuits) = (volts, circuits)
  }
}

/// Tells where a recording comes from: enough to make the same one again.
public struct RecordingOrigin: Equatable, Sendable {
  /// Name of the chip file, and hash of what it says.
  public var chip, specHash: String
  /// What ran: an emulator, an ideal chip or a remote one.
  public var kind: String
  /// Seeds of the device and of the trial noise; stored as 64 bits, from 2⁶³ on they look negative.
  public var chipSeed, trialSeed: UInt64
  /// The uniform mismatch in place of the chip file's spreads, or nil.
  public var mismatch: Double?
  /// The effects that were on, by name.
  public var effects: [String] = []
  /// Hashes of chip image and calibration; empty where there is none.
  public var imageHash, calibrationHash: String
  /// Clock cycles of a tick.
  public var cyclesPerTick: Int
  /// Hardware seconds of a tick.
  public var tickSeconds: Double

  /// Names the origin.
  public init(
    chip: String, specHash: String, kind: String, chipSeed: UInt64, trialSeed: UInt64,
    imageHash: String, calibrationHash: String = "", cyclesPerTick: Int, tickSeconds: Double
  ) {
    (self.chip, self.specHash, self.kind) = (chip, specHash, kind)
    (self.chipSeed, self.trialSeed) = (chipSeed, trialSeed)
    (self.imageHash, self.calibrationHash) = (imageHash, calibrationHash)
    (self.cyclesPerTick, self.tickSeconds) = (cyclesPerTick, tickSeconds)
  }

  /// Names a chip as the origin.
  public init(_ info: ChipInfo, imageHash: String, calibrationHash: String = "") {
    let time = info.spec.time
    self.init(
      chip: info.spec.name, specHash: info.spec.hash, kind: info.kind, chipSeed: info.chipSeed,
      trialSeed: info.trialSeed, imageHash: imageHash, calibrationHash: calibrationHash,
      cyclesPerTick: time.cyclesPerTick, tickSeconds: time.tickSeconds)
    (mismatch, effects) = (info.mismatch, info.effects)
  }

  /// Hardware seconds of a clock cycle.
  public var cycleSeconds: Double { tickSeconds / Double(cyclesPerTick) }
}

/// Is what a recording file holds.
///
/// The layout is that of the SHD data set (`spikes/times`, `spikes/units`, `labels`), so that its
/// readers read it, with more beside:
///
///     spikes/times         one list of float64 a sample, in hardware seconds
///     spikes/cycles        the same in clock cycles, int64, exact
///     spikes/units         one list of int64 a sample
///     labels               int64 a sample, where there are labels
///     sample_numbers       int64 a sample
///     populations/name, /first_unit, /count   what the units are
///     adc/codes            uint8 [sample, time, column]; attributes every_ticks, populations
///     traces/volts         float64 [sample, tick, circuit]; where membranes were traced
///     traces/times         float64: the end of each tick in hardware seconds
///     traces/name, /core, /column   the circuits
///     counters             attributes: what the run counted
///     energy               attributes: joules by cause
///
/// Attributes of the root: format, format_version, chip, chip_kind, spec_hash, chip_seed,
/// trial_seed, mismatch (where set), effects, image_hash, calibration_hash, tick_seconds,
/// cycles_per_tick, duration_ticks, hardware_seconds.
public struct RecordingFile: Equatable, Sendable {
  /// Spikes of every sample; units are numbered through all populations.
  public var spikes: SpikeBatch
  /// Duration of a sample, in ticks.
  public var durationTicks: Int
  /// The host's number of each sample, which fixes the trial noise.
  public var sampleNumbers: [UInt64]
  /// One label a sample, or nil where the samples have none.
  public var labels: [Int]?
  /// What the units are; empty for inputs.
  public var populations: [RecordedPopulation]
  /// ADC codes, where they were recorded.
  public var adc: ADCRecording?
  /// Membranes at full tick resolution, where they were traced.
  public var traces: TraceRecording?
  /// Counts over all samples.
  public var counters: RunCounters
  /// The time that the chip would have taken, in seconds.
  public var hardwareSeconds: Double
  /// The energy that the chip would have used, by cause.
  public var energy = EnergyUse()
  /// Where the recording comes from.
  public var origin: RecordingOrigin

  /// Makes a file of spikes without populations, ADC codes and counts, such as inputs.
  public init(
    spikes: SpikeBatch, durationTicks: Int, sampleNumbers: [UInt64], labels: [Int]? = nil,
    origin: RecordingOrigin
  ) {
    precondition(sampleNumbers.count == spikes.sampleCount)
    precondition(labels.map { $0.count == spikes.sampleCount } ?? true)
    (self.spikes, self.durationTicks) = (spikes, durationTicks)
    (self.sampleNumbers, self.labels, self.origin) = (sampleNumbers, labels, origin)
    (populations, adc, counters, hardwareSeconds) = ([], nil, RunCounters(), 0)
  }

  /// Makes a file of what a run gave back.
  public init(
    _ recording: Recording, of experiment: Experiment, populations: [RecordedPopulation],
    labels: [Int]? = nil, origin: RecordingOrigin
  ) {
    self.init(
      spikes: recording.spikes, durationTicks: experiment.durationTicks,
      sampleNumbers: experiment.sampleNumbers, labels: labels, origin: origin)
    self.populations = populations
    (counters, hardwareSeconds) = (recording.counters, recording.hardwareSeconds)
    energy = recording.energy
    guard recording.adcColumns > 0 else { return }
    adc = ADCRecording(
      codes: recording.adc, samples: experiment.sampleNumbers.count, times: recording.adcTimes,
      columns: recording.adcColumns, everyTicks: experiment.recorded.adcEvery,
      populations: experiment.recorded.adcPopulations)
  }

  /// The populations of an image, as its recordings number their units.
  public static func populations(of io: ImageIO) -> [RecordedPopulation] {
    zip(io.populations, io.unitOffsets).map {
      RecordedPopulation(name: $0.name, firstUnit: $1, count: $0.count)
    }
  }
}
