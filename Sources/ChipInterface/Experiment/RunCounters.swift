/// What a run counted: nothing is lost or clipped in silence.
public struct RunCounters: Equatable, Sendable, Codable {
  /// Ticks run, over all samples.
  public var ticks = 0
  /// Input events given.
  public var inputEvents = 0
  /// Events of the background sources.
  public var backgroundEvents = 0
  /// Spikes fired.
  public var spikes = 0
  /// Events that drove a row pair.
  public var rowEvents = 0
  /// Single synapses of non-zero weight that an event passed.
  public var synapticEvents = 0
  /// Events that reached a core's input port over the spike network.
  public var delivered = 0
  /// Links that events crossed in the spike network.
  public var hops = 0
  /// Clock cycles that delivered events were under way in the spike network, in all.
  public var latencyCycles = 0
  /// Row pairs not reached because the circuit's last spike still waited for the arbiter.
  public var lostAtArbiter = 0
  /// Row pairs not reached because a core's output FIFO was full.
  public var lostAtOutput = 0
  /// Row pairs not reached because a link's FIFO was full.
  public var lostInNetwork = 0
  /// Events lost because too many waited at a core's input port.
  public var lostAtPort = 0
  /// Events lost to dead links, rows and cores.
  public var lostToDefects = 0
  /// Events still under way when their sample ended.
  public var unfinished = 0
  /// Conversions of the column ADC.
  public var readings = 0
  /// ADC conversions below code 0 or above the largest code.
  public var adcClipped = 0
  /// Circuit-ticks in which the input stage was saturated.
  public var inputSaturated = 0
  /// Synapses whose effective weight the 8-bit range clips, over all cores in use.
  public var weightsClipped = 0

  /// Learning epochs of cores that ended.
  public var learningEpochs = 0
  /// Weights that learning changed.
  public var weightUpdates = 0
  /// How often a rule would have moved a weight beyond an end of its range.
  public var weightsSaturated = 0
  /// Clock cycles that learning engines took.
  public var learningCycles = 0
  /// Graded events taken.
  public var gradedEvents = 0
  /// Graded events lost because too many came in one tick.
  public var gradedLost = 0

  /// Makes counters at zero.
  public init() {}

  /// The counts under the names that files and the wire give them.
  public static var named: [(name: String, path: WritableKeyPath<RunCounters, Int>)] {
    [
      ("ticks", \.ticks),
      ("input_events", \.inputEvents),
      ("background_events", \.backgroundEvents),
      ("spikes", \.spikes),
      ("row_events", \.rowEvents),
      ("synaptic_events", \.synapticEvents),
      ("delivered", \.delivered),
      ("hops", \.hops),
      ("latency_cycles", \.latencyCycles),
      ("lost_at_arbiter", \.lostAtArbiter),
      ("lost_at_output", \.lostAtOutput),
      ("lost_in_network", \.lostInNetwork),
      ("lost_at_port", \.lostAtPort),
      ("lost_to_defects", \.lostToDefects),
      ("unfinished", \.unfinished),
      ("readings", \.readings),
      ("adc_clipped", \.adcClipped),
      ("input_saturated", \.inputSaturated),
      ("weights_clipped", \.weightsClipped),
      ("learning_epochs", \.learningEpochs),
      ("weight_updates", \.weightUpdates),
      ("weights_saturated", \.weightsSaturated),
      ("learning_cycles", \.learningCycles),
      ("graded_events", \.gradedEvents),
      ("graded_lost", \.gradedLost),
    ]
  }

  /// Adds another run's counts; what is a property of the image, not of the run, stays.
  public static func += (a: inout RunCounters, b: RunCounters) {
    a.ticks += b.ticks
    a.inputEvents += b.inputEvents
    a.backgroundEvents += b.backgroundEvents
    a.spikes += b.spikes
    a.rowEvents += b.rowEvents
    a.synapticEvents += b.synapticEvents
    a.delivered += b.delivered
    a.hops += b.hops
    a.latencyCycles += b.latencyCycles
    a.lostAtArbiter += b.lostAtArbiter
    a.lostAtOutput += b.lostAtOutput
    a.lostInNetwork += b.lostInNetwork
    a.lostAtPort += b.lostAtPort
    a.lostToDefects += b.lostToDefects
    a.unfinished += b.unfinished
    a.readings += b.readings
    a.adcClipped += b.adcClipped
    a.inputSaturated += b.inputSaturated
    a.learningEpochs += b.learningEpochs
    a.weightUpdates += b.weightUpdates
    a.weightsSaturated += b.weightsSaturated
    a.learningCycles += b.learningCycles
    a.gradedEvents += b.gradedEvents
    a.gradedLost += b.gradedLost
    a.weightsClipped = max(a.weightsClipped, b.weightsClipped)
  }
}
