extension NetworkState {
  /// Row pairs that events still under way have not reached.
  ///
  /// Events wait for an arbiter, in a FIFO, or are on a link; they are counted one by one, not by
  /// what is missing.
  var unfinished: Int {
    var copies = copiesInStages + copiesOnRides
    if stages.pointee.usedExact { copies += copiesInEngine }
    for i in 0..<arbiterCount where arbiters[i].waiting > 0 {
      if arbiters[i].aloneRoot >= 0 {
        copies += NetworkTables.copies(stations, Int(arbiters[i].aloneRoot))
      }
      forEachWaiting(i) { copies += NetworkTables.copies(stations, Int(tables.roots[$0])) }
    }
    return copies
  }

  private var copiesInStages: Int {
    var copies = 0
    for i in 0..<serverCount where stages.pointee.lanes[i].count > 0 {
      let lane = stages.pointee.lanes[i]
      for k in 0..<Int(lane.count) {
        copies += NetworkTables.copies(stations, lane.items[k].station)
      }
    }
    for slot in 0..<tables.coreCount {
      for i in 0..<Int(stages.pointee.postponedCounts[slot]) {
        let spike = stages.pointee.postponed[slot * columns + i].request
        copies += NetworkTables.copies(stations, Int(spike.root))
      }
    }
    return copies
  }

  private var copiesInEngine: Int {
    var copies = 0
    calendar.forEach { cycle in
      for i in 0..<Int(cycle.arrivals.count) {
        copies += NetworkTables.copies(stations, Int(cycle.arrivals.items[i].station))
      }
      for i in 0..<Int(cycle.spikes.count) {
        copies += NetworkTables.copies(stations, Int(cycle.spikes.items[i].root))
      }
    }
    for i in 0..<serverCount { copies += copiesWaiting(servers[i]) }
    return copies
  }

  private func copiesWaiting(_ server: NetworkServer) -> Int {
    var (copies, entry) = (0, server.head)
    for _ in 0..<server.count {
      let waiting = board.pointee.pool.items[Int(entry)]
      copies += NetworkTables.copies(stations, Int(waiting.event.station))
      entry = waiting.next
    }
    return copies
  }
}
