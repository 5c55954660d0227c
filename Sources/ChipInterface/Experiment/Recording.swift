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
  /// Counts over all samples of the run.
  public var counters: RunCounters
  /// The time that the chip would have taken, in seconds.
  public var hardwareSeconds: Double

  /// Makes a recording.
  public init(
    spikes: SpikeBatch, adc: [UInt8], adcColumns: Int, adcTimes: Int, traces: [Double],
    counters: RunCounters, hardwareSeconds: Double
  ) {
    (self.spikes, self.adc, self.adcColumns, self.adcTimes) = (spikes, adc, adcColumns, adcTimes)
    (self.traces, self.counters, self.hardwareSeconds) = (traces, counters, hardwareSeconds)
  }
}

/// What a run counted: nothing is lost or clipped in silence.
public struct RunCounters: Equatable, Sendable, Codable {
  /// Ticks run, over all samples.
  public var ticks = 0
  /// Input events given.
  public var inputEvents = 0
  /// Spikes fired.
  public var spikes = 0
  /// Events that drove a row pair.
  public var rowEvents = 0
  /// Single synapses of non-zero weight that an event passed.
  public var synapticEvents = 0
  /// Events lost because too many waited at a core's input port.
  public var lostAtPort = 0
  /// Events lost in the spike network between cores.
  public var lostInNetwork = 0
  /// Events still under way when their sample ended.
  public var unfinished = 0
  /// ADC conversions below code 0 or above the largest code.
  public var adcClipped = 0
  /// Circuit-ticks in which the input stage was saturated.
  public var inputSaturated = 0

  /// Makes counters at zero.
  public init() {}

  /// Adds another run's counts.
  public static func += (a: inout RunCounters, b: RunCounters) {
    a.ticks += b.ticks
    a.inputEvents += b.inputEvents
    a.spikes += b.spikes
    a.rowEvents += b.rowEvents
    a.synapticEvents += b.synapticEvents
    a.lostAtPort += b.lostAtPort
    a.lostInNetwork += b.lostInNetwork
    a.unfinished += b.unfinished
    a.adcClipped += b.adcClipped
    a.inputSaturated += b.inputSaturated
  }
}
