/// What the time and the energy of a run follow from: whole numbers, and prices.
///
/// Sums of rounded numbers depend on where a batch was cut; counts do not. A recording keeps what
/// it was charged by, so that joined recordings are charged as one run of all their samples.
public struct RunCharges: Equatable, Sendable, Codable {
  /// Samples of the run.
  public var samples: Int
  /// Single operations of the learning engines.
  public var learningOperations = 0
  /// Clock cycles that ticks waited for the learning engines.
  public var waitedCycles = 0
  /// One sample from its first tick to the first of the next, in seconds.
  public var secondsPerSample: Double
  /// The chip's clock, in hertz.
  public var clockHertz: Double
  /// The energy of single operations; nil where the chip file gives none.
  public var prices: EnergyPrices?

  /// Makes charges of a run on a chip that does not learn.
  public init(
    samples: Int, secondsPerSample: Double, clockHertz: Double, prices: EnergyPrices? = nil
  ) {
    (self.samples, self.secondsPerSample) = (samples, secondsPerSample)
    (self.clockHertz, self.prices) = (clockHertz, prices)
  }

  /// The hardware time of the run, in seconds.
  public var hardwareSeconds: Double {
    Double(samples) * secondsPerSample + Double(waitedCycles) / clockHertz
  }

  /// The energy of a run that counted so much; none where there are no prices.
  public func energy(of counters: RunCounters) -> EnergyUse {
    prices?.use(
      of: counters, hardwareSeconds: hardwareSeconds, learningOperations: learningOperations)
      ?? EnergyUse()
  }

  /// The charges of both runs as one; nil where they were priced differently.
  func joined(_ next: RunCharges) -> RunCharges? {
    guard secondsPerSample == next.secondsPerSample, clockHertz == next.clockHertz,
      prices == next.prices
    else { return nil }
    var sum = self
    sum.samples += next.samples
    sum.learningOperations += next.learningOperations
    sum.waitedCycles += next.waitedCycles
    return sum
  }
}

/// What single operations of a chip take, in joules, and what flows all the time, in watts.
///
/// The numbers are the chip file's; docs/energy.md derives them.
public struct EnergyPrices: Equatable, Sendable, Codable {
  /// One synapse passed, one event at a row pair, one spike of a circuit.
  public var synapticEvent, rowEvent, spike: Double
  /// One event at a core's port, one crossing of a link between routers.
  public var delivered, hop: Double
  /// One conversion, one update of one synapse by the learning engine.
  public var conversion, learningOperation: Double
  /// Standby of all circuits, and of all the rest.
  public var circuitWatts, restWatts: Double

  /// Makes prices of nothing.
  public init() {
    (synapticEvent, rowEvent, spike, delivered, hop) = (0, 0, 0, 0, 0)
    (conversion, learningOperation, circuitWatts, restWatts) = (0, 0, 0, 0)
  }

  /// The energy of a run in joules by cause.
  ///
  /// `hardwareSeconds` is the time that the chip was on for the run; `learningOperations` counts
  /// single updates of synapses.
  public func use(
    of counters: RunCounters, hardwareSeconds: Double, learningOperations: Int
  ) -> EnergyUse {
    // Every event at a row came through a port.
    let events = max(counters.delivered, counters.rowEvents)
    var use = EnergyUse()
    use.neurons = Double(counters.spikes) * spike + circuitWatts * hardwareSeconds
    use.synapses =
      Double(counters.synapticEvents) * synapticEvent + Double(counters.rowEvents) * rowEvent
    use.network = Double(events) * delivered + Double(counters.hops) * hop
    use.readout = Double(counters.readings) * conversion
    use.learning = Double(learningOperations) * learningOperation
    use.standby = restWatts * hardwareSeconds
    return use
  }
}
