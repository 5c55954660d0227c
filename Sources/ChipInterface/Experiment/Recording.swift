/// What a run gave back.
public struct Recording: Equatable, Sendable {
  /// Spikes by unit of ``ImageIO/populations``.
  ///
  /// A sample's spikes ascend in ticks; those of one tick come as the arbiters let them out, by
  /// core and column, and are not sorted by cycle.
  public var spikes: SpikeBatch
  /// ADC codes, shape [sample, time, column]; columns are the populations asked for, in order.
  public var adc: [UInt8]
  /// Columns of ``adc``.
  public var adcColumns: Int
  /// Time points of ``adc``.
  public var adcTimes: Int
  /// Membrane potentials in volts after each tick, shape [sample, tick, circuit].
  public var traces: [Double]
  /// Codes of the fast ADC, 10 bits, one a tick, shape [sample, tick].
  public var fastADC: [UInt16] = []
  /// Codes of the correlation sensors, shape [sample, core, causal or acausal, row, column].
  public var correlations: [UInt8] = []
  /// Events that wait after each tick, shape [sample, tick, core, output or input port].
  public var occupancy: [UInt16] = []
  /// The registers asked for, in the order of the request: shape [sample, tick, register], with one
  /// tick, the last, where they are read once.
  public var registers: [[Double]] = []
  /// Counts over all samples of the run.
  public var counters: RunCounters
  /// The time that the chip would have taken, in seconds.
  public var hardwareSeconds: Double
  /// The energy that the chip would have used, by cause.
  public var energy = EnergyUse()
  /// What time and energy were charged by; nil where that is not known, as over a link.
  public var charges: RunCharges?

  /// Makes a recording.
  public init(
    spikes: SpikeBatch, adc: [UInt8], adcColumns: Int, adcTimes: Int, traces: [Double],
    counters: RunCounters, hardwareSeconds: Double
  ) {
    (self.spikes, self.adc, self.adcColumns, self.adcTimes) = (spikes, adc, adcColumns, adcTimes)
    (self.traces, self.counters, self.hardwareSeconds) = (traces, counters, hardwareSeconds)
  }
}

extension Recording {
  /// Whether all that was recorded is equal; what it was charged by is no part of that.
  public static func == (a: Recording, b: Recording) -> Bool {
    a.spikes == b.spikes && a.adc == b.adc && a.adcColumns == b.adcColumns
      && a.adcTimes == b.adcTimes && a.traces == b.traces && a.fastADC == b.fastADC
      && a.correlations == b.correlations && a.occupancy == b.occupancy
      && a.registers == b.registers && a.counters == b.counters
      && a.hardwareSeconds == b.hardwareSeconds && a.energy == b.energy
  }
}
