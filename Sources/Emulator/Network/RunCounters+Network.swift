import ChipInterface

extension RunCounters {
  /// Adds what a sample's network counted.
  mutating func add(_ network: NetworkState) {
    let counts = network.counts
    lostAtArbiter += counts.lostAtArbiter
    lostAtOutput += counts.lostAtOutput
    lostInNetwork += counts.lostInNetwork
    lostToDefects += counts.lostToDefects
    delivered += counts.delivered
    latencyCycles += counts.latencyCycles
    hops += counts.hops
    unfinished += network.unfinished
  }
}
