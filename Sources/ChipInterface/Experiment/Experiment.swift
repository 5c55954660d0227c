import HardwareSpec

/// A mini-batch to run: samples are independent, each starts from rest.
public struct Experiment: Equatable, Sendable {
  /// How long each sample runs, in ticks.
  public var durationTicks: Int
  /// Input events: `units` are the image's input channels.
  public var inputs: SpikeBatch
  /// The host's number of each sample: with the chip's trial seed it fixes the trial noise.
  public var sampleNumbers: [UInt64]
  /// What to record.
  public var recorded: RecordingRequest
  /// Errors, rewards and other graded events.
  public var graded = GradedEvents()
  /// Recorded draws in place of the learning engine's own; nil: its own.
  public var draws: LearningDraws?

  /// Makes an experiment.
  public init(
    durationTicks: Int, inputs: SpikeBatch, sampleNumbers: [UInt64], recorded: RecordingRequest
  ) {
    (self.durationTicks, self.inputs) = (durationTicks, inputs)
    (self.sampleNumbers, self.recorded) = (sampleNumbers, recorded)
  }

  /// The longest sample, in ticks: cycle counts of a sample fit 32 bits.
  public static let longestTicks = 1 << 24

  /// Checks the experiment against a chip and the image on it.
  public func validate(on spec: ChipSpec, image: ChipImage) throws(ChipError) {
    guard (1...Self.longestTicks).contains(durationTicks) else {
      throw .durationOutOfRange(ticks: durationTicks, longest: Self.longestTicks)
    }
    guard sampleNumbers.count == inputs.sampleCount else {
      throw .sampleCountMismatch(inputs: inputs.sampleCount, numbers: sampleNumbers.count)
    }
    try inputs.validate(
      units: image.inputRoutes.count, cycles: durationTicks * spec.time.cyclesPerTick)
    for name in recorded.adcPopulations where image.io.population(name) == nil {
      throw .unknownPopulation(name, known: image.io.populations.map(\.name))
    }
    try recorded.validateCoordinates(in: image)
    try validateGradedEvents(image)
    try validateDraws(image)
    guard recorded.adcEvery >= 1 else {
      throw .adcTooFast(every: recorded.adcEvery, fastest: spec.readout.sampleEveryTicks)
    }
  }
}

extension Experiment {
  private func validateGradedEvents(_ image: ChipImage) throws(ChipError) {
    let (samples, units) = (inputs.sampleCount, image.io.unitCount)
    guard [0, samples].contains(graded.samples.count) else {
      throw .gradedSampleCount(found: graded.samples.count, samples: samples)
    }
    for (sample, events) in graded.samples.enumerated() {
      var last: UInt32 = 0
      for event in events {
        guard event.tick >= last, event.tick < durationTicks,
          event.channel == .reward || event.unit < units
        else {
          throw .gradedEventOutOfRange(
            sample: sample, tick: Int(event.tick), unit: Int(event.unit), duration: durationTicks,
            units: units)
        }
        last = event.tick
      }
    }
  }

  private func validateDraws(_ image: ChipImage) throws(ChipError) {
    guard let draws else { return }
    let perEpoch = [
      draws.xDecay.count, draws.yDecay.count, draws.rounding.count, draws.xImpulse.count,
      draws.yImpulse.count,
    ].min()
    let epochs = image.programs.map { durationTicks / $0.epochTicks }.max() ?? 0
    guard let perEpoch, perEpoch >= epochs, draws.yImpulseRepeat.count >= durationTicks else {
      throw .drawsTooFew(ticks: durationTicks)
    }
  }
}

/// What a run records.
public struct RecordingRequest: Equatable, Sendable {
  /// Whether spikes of all populations come back.
  public var spikes: Bool
  /// The populations whose membranes the column ADC returns.
  public var adcPopulations: [String]
  /// Ticks between two ADC samples; the first is taken at tick `adcEvery - 1`.
  public var adcEvery: Int
  /// Circuits whose membrane is traced at every tick, in volts; not possible on silicon.
  public var tracedCircuits: [CircuitOnChip]
  /// The circuit that the fast ADC converts, once a tick; nil leaves it off.
  public var fastADC: CircuitOnChip?
  /// Cores whose correlation sensors are read, and so reset, when a sample ends.
  public var sensedCores: [CoreOnChip]
  /// Cores whose queues are looked at after every tick; not possible on silicon.
  public var probedCores: [CoreOnChip]
  /// Registers that come back; of analog circuits not possible on silicon at every tick.
  public var registers: [RegisterProbe] = []

  /// Makes a request; by default spikes only.
  public init(
    spikes: Bool = true, adcPopulations: [String] = [], adcEvery: Int = 7,
    tracedCircuits: [CircuitOnChip] = [], fastADC: CircuitOnChip? = nil,
    sensedCores: [CoreOnChip] = [], probedCores: [CoreOnChip] = []
  ) {
    (self.spikes, self.adcPopulations) = (spikes, adcPopulations)
    (self.adcEvery, self.tracedCircuits) = (adcEvery, tracedCircuits)
    (self.fastADC, self.sensedCores, self.probedCores) = (fastADC, sensedCores, probedCores)
  }

  /// Checks that everything asked for is in use by an image, and that sensors asked for are on.
  func validateCoordinates(in image: ChipImage) throws(ChipError) {
    for probe in registers where !probe.exists(in: image) {
      throw .registerNotInImage(
        register: probe.register.rawValue, core: probe.core, part: probe.part)
    }
    for circuit in tracedCircuits + (fastADC.map { [$0] } ?? []) {
      guard let core = image.core(circuit.core),
        circuit.column < core.neuronCount
      else {
        throw .circuitNotInImage(core: circuit.core.index, column: circuit.column)
      }
    }
    for core in sensedCores + probedCores
    where image.core(core) == nil {
      throw .coreNotInImage(core: core.index)
    }
    for core in sensedCores
    where image.core(core)?.sensesCorrelation != true {
      throw .sensorsOff(core: core.index)
    }
  }

  /// ADC samples of a run of so many ticks.
  public func adcSamples(ticks: Int) -> Int { adcPopulations.isEmpty ? 0 : ticks / adcEvery }
}
