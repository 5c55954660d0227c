extension NetworkState {
  /// Row pairs that events still under way have not reached.
  ///
  /// Events wait for an arbiter, in a FIFO, or are on a link; they are counted one by one, not by
  /// what is missing.
  var unfinished: Int {
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
    for i in 0..<arbiterCount where arbiters[i].aloneRoot >= 0 {
      copies += NetworkTables.copies(stations, Int(arbiters[i].aloneRoot))
    }
    for slot in 0..<tables.coreCount {
      for column in 0..<tables.columns where isWaiting(slot, column) {
        copies += copiesOfCircuit(Int32(slot * tables.columns + column))
      }
    }
    return copies
  }

  private func copiesOfCircuit(_ circuit: Int32) -> Int {
    NetworkTables.copies(stations, Int(tables.roots[Int(circuit)]))
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

  private func isWaiting(_ slot: Int, _ column: Int) -> Bool {
    let (share, lane) = column.quotientAndRemainder(dividingBy: tables.columnsPerArbiter)
    let word = requests[(slot * tables.arbitersPerCore + share) * requestWords + lane >> 6]
    return word >> UInt64(lane & 63) & 1 == 1
  }
}
