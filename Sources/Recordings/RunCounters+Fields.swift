import ChipInterface

extension RunCounters {
  /// The counts under the names that files give them.
  static var fields: [(name: String, path: WritableKeyPath<RunCounters, Int>)] {
    [
      ("ticks", \.ticks), ("input_events", \.inputEvents), ("spikes", \.spikes),
      ("row_events", \.rowEvents), ("synaptic_events", \.synapticEvents),
      ("lost_at_port", \.lostAtPort), ("lost_in_network", \.lostInNetwork),
      ("unfinished", \.unfinished), ("adc_clipped", \.adcClipped),
      ("input_saturated", \.inputSaturated),
    ]
  }
}
