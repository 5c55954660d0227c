/// Between the stage-by-stage pass and the exact engine: events change hands at a tick's border.
extension NetworkState {
  // MARK: The pass gives up

  func startJournal() {
    stages.pointee.savedCounts = board.pointee.counts
    stages.pointee.laneSaves.count = 0
    stages.pointee.savedEvents.count = 0
    stages.pointee.arbiterSaves.count = 0
    stages.pointee.savedWaiters.count = 0
  }

  /// Notes a server as the last tick left it.
  @inline(__always)
  func save(_ server: Int, _ lane: UnsafeMutablePointer<NetworkLane>) {
    let carried = lane.pointee.carried
    stages.pointee.laneSaves.append(
      .init(
        index: Int32(truncatingIfNeeded: server), count: carried, time: lane.pointee.freeAt))
    for i in 0..<Int(carried) { stages.pointee.savedEvents.append(lane.pointee.items[i]) }
  }

  /// Notes an arbiter as the last tick left it.
  @inline(__always)
  func save(arbiter index: Int) {
    let arbiter = arbiters[index]
    stages.pointee.arbiterSaves.append(
      .init(
        index: Int32(truncatingIfNeeded: index), count: arbiter.waiting, time: arbiter.lastGrant))
    if arbiter.waiting > 0 {
      forEachWaiting(index) { circuit in
        stages.pointee.savedWaiters.append((Int32(circuit), fired[circuit]))
      }
    }
  }

  /// The circuits that wait for an arbiter, by their bits.
  func forEachWaiting(_ index: Int, _ body: (Int) -> Void) {
    let first = firstCircuit(index)
    for word in 0..<requestWords {
      var bits = requests[index * requestWords + word]
      while bits != 0 {
        body(first + word << 6 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
    }
  }

  /// Takes everything back that the pass has done in this tick.
  private func restore() {
    board.pointee.counts = stages.pointee.savedCounts
    board.pointee.arrivals.count = 0
    swap(&stages.pointee.rides, &stages.pointee.ridesBefore)
    let lanes = stages.pointee.lanes
    for i in 0..<serverCount { lanes[i].count = lanes[i].carried }
    var event = 0
    for i in 0..<Int(stages.pointee.laneSaves.count) {
      let save = stages.pointee.laneSaves.items[i]
      let lane = lanes + Int(save.index)
      (lane.pointee.freeAt, lane.pointee.count) = (save.time, save.count)
      for k in 0..<Int(save.count) {
        lane.pointee.items[k] = stages.pointee.savedEvents.items[event]
        event += 1
      }
    }
    restoreArbiters()
  }

  private func restoreArbiters() {
    var waiter = 0
    for i in 0..<Int(stages.pointee.arbiterSaves.count) {
      let save = stages.pointee.arbiterSaves.items[i]
      let index = Int(save.index)
      (arbiters[index].lastGrant, arbiters[index].waiting) = (save.time, save.count)
      (requests + index * requestWords).update(repeating: 0, count: requestWords)
      for _ in 0..<save.count {
        let (circuit, time) = stages.pointee.savedWaiters.items[waiter]
        setBit(index, circuit: Int(circuit))
        fired[Int(circuit)] = time
        waiter += 1
      }
    }
  }

  /// Gives the events to the exact engine as they were when the tick began.
  func leaveToEngine(_ first: Int32) {
    restore()
    for i in 0..<serverCount { leave(i, stages.pointee.lanes + i, first) }
    for i in 0..<arbiterCount where arbiters[i].waiting > 0 {
      callArbiter(i, arbiters[i].lastGrant &+ arbiterCycles)
    }
    stages.pointee.active.update(repeating: 0, count: stages.pointee.words)
    stages.pointee.next.update(repeating: 0, count: stages.pointee.words)
    (stages.pointee.isExact, stages.pointee.usedExact) = (true, true)
    stages.pointee.exactTicks = stages.pointee.patience
    stages.pointee.patience = min(64, 2 * stages.pointee.patience)
  }

  private func leave(_ index: Int, _ lane: UnsafeMutablePointer<NetworkLane>, _ first: Int32) {
    let server = servers + index
    server.pointee.lastStart = lane.pointee.freeAt &- lane.pointee.service
    for i in 0..<Int(lane.pointee.count) {
      let event = lane.pointee.items[i]
      let travelling = TravellingEvent(
        station: Int32(event.station), server: Int32(index), emitted: event.emitted)
      if event.arrival < first {
        append(travelling, to: server)
      } else {
        server.pointee.promised += 1
        calendar.plan(event.arrival).pointee.arrivals.append(travelling)
      }
    }
    (lane.pointee.count, lane.pointee.carried) = (0, 0)
    if server.pointee.count > 0 { callServer(index, server.pointee.freeAt) }
  }

  // MARK: The engine gives back

  /// Takes the events from the exact engine when nobody is held up any more.
  func takeFromEngine(_ end: Int32) {
    for i in 0..<serverCount where isHeldUp(servers[i], end) { return }
    for i in 0..<arbiterCount where arbiters[i].waiting > 0 {
      if arbiters[i].isHeld || arbiters[i].lastGrant &+ arbiterCycles < end { return }
    }
    for i in 0..<serverCount { takeWaiting(i, end) }
    (board.pointee.pool.count, board.pointee.firstFree) = (0, -1)
    for first in stride(
      from: end, to: end + Int32(calendar.size), by: tables.cyclesPerTick)
    {
      while let cycle = calendar.next(first, tables.cyclesPerTick) { takePlans(cycle) }
    }
    for i in 0..<arbiterCount where arbiters[i].waiting > 0 {
      if arbiters[i].aloneRoot >= 0 { _ = setBit(i, arbiters[i].alone, arbiters[i].aloneFired) }
      arbiters[i].aloneRoot = -1
      hasCollected[i / arbitersPerCore] = Self.hasWaiting
    }
    for i in 0..<serverCount {
      stages.pointee.lanes[i].sort(stages.pointee.scratch)
      stages.pointee.lanes[i].carried = stages.pointee.lanes[i].count
    }
    stages.pointee.isExact = false
  }

  /// Whether others wait for a server, or it waits for others; called late, it still does.
  private func isHeldUp(_ server: NetworkServer, _ end: Int32) -> Bool {
    server.firstHeld >= 0 || server.count > 0 && (server.freeAt < end || server.count > end)
  }

  /// Events that wait come before all that come in later ticks, in the FIFO's order.
  private func takeWaiting(_ index: Int, _ end: Int32) {
    let (server, lane) = (servers + index, stages.pointee.lanes + index)
    lane.pointee.freeAt = server.pointee.freeAt
    var entry = server.pointee.head
    for place in 0..<server.pointee.count {
      let waiting = board.pointee.pool.items[Int(entry)]
      let arrival = UInt64(UInt32(bitPattern: end - server.pointee.count + place))
      enter(
        lane,
        LaneEvent(
          key: arrival << 32 | UInt64(waiting.event.station), emitted: waiting.event.emitted,
          start: 0))
      entry = waiting.next
    }
    (server.pointee.count, server.pointee.promised) = (0, 0)
  }

  private func takePlans(_ cycle: Int32) {
    let plans = calendar.entries(cycle)
    let arrival = UInt64(UInt32(bitPattern: cycle)) << 32
    for i in 0..<Int(plans.pointee.arrivals.count) {
      let event = plans.pointee.arrivals.items[i]
      enter(
        stages.pointee.lanes + Int(event.server),
        LaneEvent(key: arrival | UInt64(event.station), emitted: event.emitted, start: 0))
    }
    for i in 0..<Int(plans.pointee.spikes.count) {
      let spike = plans.pointee.spikes.items[i]
      let slot = Int(spike.circuit >> 16)
      let place = slot * columns + Int(stages.pointee.postponedCounts[slot])
      stages.pointee.postponed[place] = (cycle, spike)
      stages.pointee.postponedCounts[slot] += 1
      hasCollected[slot] = Self.hasWaiting
    }
    (plans.pointee.arrivals.count, plans.pointee.spikes.count, plans.pointee.calls.count) =
      (0, 0, 0)
  }

  // MARK: The order of arrivals

  /// Brings what the engine delivered into the order of servers along the ways, in which the pass
  /// delivers; at one server, the order of time stays.
  func orderArrivals() {
    let count = Int(board.pointee.arrivals.count)
    if count < 2 { return }
    board.pointee.ordered.count = 0
    for i in 0..<count { board.pointee.ordered.append(board.pointee.arrivals.items[i]) }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: serverCount + 1) { places in
      places.initialize(repeating: 0)
      for i in 0..<count { places[rank(ofFinal: i) + 1] += 1 }
      for i in 1...serverCount { places[i] += places[i - 1] }
      for i in 0..<count {
        let rank = rank(ofFinal: i)
        board.pointee.ordered.items[Int(places[rank])] = board.pointee.arrivals.items[i]
        places[rank] += 1
      }
    }
    swap(&board.pointee.arrivals, &board.pointee.ordered)
  }

  private func rank(ofFinal i: Int) -> Int {
    Int(tables.ranks[Int(board.pointee.arrivals.items[i].server)])
  }
}
