/// Outputs and links: FIFOs, and one event every few cycles.
///
/// A server that has events waiting is in exactly one place: called for the cycle in which it is
/// free again, held by a server whose FIFO is full, or among the contenders of this cycle.
extension NetworkState {
  /// Events come to the FIFOs of links; of those that come to one FIFO in the same cycle, the one
  /// of the lower circuit enters first.
  @inline(__always)
  func land(_ events: inout NetworkCalendar.Page<TravellingEvent>, _ cycle: Int32) {
    let (list, count) = (events.items, Int(events.count))
    events.count = 0
    if count == 1 { return arrive(list[0], cycle) }
    if count == 2, list[0].server != list[1].server {
      arrive(list[0], cycle)
      return arrive(list[1], cycle)
    }
    for i in 0..<count { servers[Int(list[i].server)].comers &+= 1 }
    for i in 0..<count {
      let server = servers + Int(list[i].server)
      if server.pointee.comers == 1 {
        server.pointee.comers = 0
        arrive(list[i], cycle)
      } else {
        board.pointee.crowd.append(list[i])
      }
    }
    if board.pointee.crowd.count > 0 { landCrowd(cycle) }
  }

  /// Stations are numbered in the order of the circuits that send to them.
  private func landCrowd(_ cycle: Int32) {
    let (list, count) = (board.pointee.crowd.items, Int(board.pointee.crowd.count))
    for i in 1..<count {
      let event = list[i]
      var j = i
      while j > 0, list[j &- 1].station > event.station {
        list[j] = list[j &- 1]
        j &-= 1
      }
      list[j] = event
    }
    for i in 0..<count {
      servers[Int(list[i].server)].comers = 0
      arrive(list[i], cycle)
    }
    board.pointee.crowd.count = 0
  }

  /// An event comes to a link's FIFO.
  @inline(__always)
  private func arrive(_ event: TravellingEvent, _ cycle: Int32) {
    let index = Int(event.server)
    if holdsBack {
      servers[index].promised &-= 1
    } else if servers[index].room(cycle) <= 0 {
      board.pointee.counts.lostInNetwork += NetworkTables.copies(stations, Int(event.station))
      return
    }
    enter(index, event, cycle)
  }

  /// An event enters a FIFO that has room, and leaves at once if nothing is in its way.
  @inline(__always)
  func enter(_ index: Int, _ event: TravellingEvent, _ cycle: Int32) {
    let server = servers + index
    guard server.pointee.count == 0 else { return append(event, to: server) }
    if server.pointee.freeAt > cycle {
      append(event, to: server)
      callServer(index, server.pointee.freeAt)
    } else if isAhead(index, event, cycle, isLast: false) {
      start(index, event, cycle)
    } else {
      append(event, to: server)
    }
  }

  /// Goes on with a server that has events waiting.
  func resume(_ index: Int, _ cycle: Int32, isLast: Bool = false) {
    let server = servers + index
    if server.pointee.freeAt > cycle { return callServer(index, server.pointee.freeAt) }
    let event = board.pointee.pool.items[Int(server.pointee.head)].event
    guard isAhead(index, event, cycle, isLast: isLast) else { return }
    removeFirst(of: server)
    if server.pointee.count > 0 { callServer(index, cycle &+ server.pointee.service) }
    start(index, event, cycle)
  }

  /// Lets the contenders take places, one after the other, by the time of their last turn.
  func contend(_ cycle: Int32) {
    var first = 0
    while first < Int(board.pointee.contenders.count) {
      let last = Int(board.pointee.contenders.count)
      let list = board.pointee.contenders.items
      for i in first &+ 1..<max(last, first &+ 1) {
        let server = list[i]
        var j = i
        while j > first, isBefore(server, list[j &- 1]) {
          list[j] = list[j &- 1]
          j &-= 1
        }
        list[j] = server
      }
      for i in first..<last {
        resume(Int(board.pointee.contenders.items[i]), cycle, isLast: true)
      }
      first = last
    }
    board.pointee.contenders.count = 0
  }

  @inline(__always)
  private func isBefore(_ a: Int32, _ b: Int32) -> Bool {
    let (x, y) = (servers[Int(a)].lastStart, servers[Int(b)].lastStart)
    return x < y || x == y && a < b
  }

  @inline(__always)
  private func callServer(_ index: Int, _ cycle: Int32) {
    calendar.plan(cycle).pointee.calls.append(Int32(truncatingIfNeeded: index))
  }

  /// Whether every FIFO behind a station has room; if not, the server is put where it is called.
  ///
  /// While places suffice for all who may come, order does not matter; when they are scarce, all
  /// wait for the end of the cycle and then take turns.
  @inline(__always)
  private func isAhead(
    _ index: Int, _ event: TravellingEvent, _ cycle: Int32, isLast: Bool
  ) -> Bool {
    guard holdsBack else { return true }
    let end = Int(stations[Int(event.station)].end)
    var station = Int(event.station) &+ 1
    var isScarce = false
    while station < end {
      let next = Int(stations[station].server)
      let room = servers[next].room(cycle)
      if room <= 0 {
        hold(index, by: next, cycle)
        return false
      }
      isScarce = isScarce || room < servers[next].fanIn
      station = Int(stations[station].end)
    }
    if isScarce && !isLast {
      board.pointee.contenders.append(Int32(truncatingIfNeeded: index))
      return false
    }
    return true
  }

  /// The server takes an event: copies go on to the next stations, and to the row pairs here.
  @inline(__always)
  private func start(_ index: Int, _ event: TravellingEvent, _ cycle: Int32) {
    let server = servers + index
    server.pointee.lastStart = cycle
    if holdsBack { release(index, cycle) }
    let there = cycle &+ server.pointee.latency
    let station = stations + Int(event.station)
    deliver(station, at: there, event.emitted)
    let end = station.pointee.end
    var next = event.station &+ 1
    if index >= arbiterCount { board.pointee.counts.hops &+= 1 }
    while next < end {
      let behind = stations[Int(next)]
      let copy = TravellingEvent(station: next, server: behind.server, emitted: event.emitted)
      if index < arbiterCount, !outputsShareLinks, handOver(copy, behind, cycle) {
        // It has gone on at once.
      } else {
        if holdsBack { servers[Int(behind.server)].promised &+= 1 }
        if index >= arbiterCount {
          calendar.plan(there).pointee.arrivals.append(copy)
        } else {
          board.pointee.handed.append(copy)
        }
      }
      next = behind.end
    }
  }

  /// Lets an event pass from an output over a link at once, when nothing is in its way and nobody
  /// contends for what lies behind; false when it must wait for the end of all turns.
  @inline(__always)
  private func handOver(
    _ event: TravellingEvent, _ station: RouteStation, _ cycle: Int32
  ) -> Bool {
    let server = servers + Int(event.server)
    if server.pointee.count != 0 || server.pointee.freeAt > cycle { return false }
    if holdsBack {
      var next = event.station &+ 1
      while next < station.end {
        let behind = servers + Int(stations[Int(next)].server)
        if behind.pointee.room(cycle) < behind.pointee.fanIn { return false }
        next = stations[Int(next)].end
      }
    }
    server.pointee.lastStart = cycle
    board.pointee.counts.hops &+= 1
    let there = cycle &+ server.pointee.latency
    deliver(stations + Int(event.station), at: there, event.emitted)
    var next = event.station &+ 1
    while next < station.end {
      let behind = stations[Int(next)]
      if holdsBack { servers[Int(behind.server)].promised &+= 1 }
      calendar.plan(there).pointee.arrivals.append(
        TravellingEvent(station: next, server: behind.server, emitted: event.emitted))
      next = behind.end
    }
    return true
  }

  @inline(__always)
  private func deliver(_ station: UnsafePointer<RouteStation>, at cycle: Int32, _ emitted: Int32) {
    let (first, last) = (Int(station[0].firstDelivery), Int(station[1].firstDelivery))
    if first == last { return }
    for i in first..<last {
      let end = ends[i]
      if end.flags & RouteEnd.dead != 0 {
        board.pointee.counts.lostToDefects &+= 1
        continue
      }
      let there = Int(cycle) &+ localLatency &+ Int(end.flags) &* farLatency
      let ticks = 1 &+ Int(end.delay)
      board.pointee.arrivals.append(
        Arrival(
          slot: Int32(end.slot), pair: Int32(end.pair), time: there << phaseShift &+ ticks << 6))
      board.pointee.counts.latencyCycles &+= there &- Int(emitted)
      board.pointee.counts.delivered &+= 1
    }
  }

  // MARK: Holding back

  /// Enters a server in the list of those that wait for a place in a full FIFO.
  private func hold(_ index: Int, by full: Int, _ cycle: Int32) {
    // It gave up a place in this very cycle, and has called already those that waited.
    if servers[full].lastStart == cycle { return callServer(index, cycle &+ 1) }
    let (id, holder) = (Int32(truncatingIfNeeded: index), servers + full)
    servers[index].nextHeld = -1
    if holder.pointee.firstHeld < 0 {
      holder.pointee.firstHeld = id
    } else {
      servers[Int(holder.pointee.lastHeld)].nextHeld = id
    }
    holder.pointee.lastHeld = id
  }

  /// A place becomes free in the next cycle: calls those that wait for it.
  @inline(__always)
  private func release(_ index: Int, _ cycle: Int32) {
    var held = servers[index].firstHeld
    if held >= 0 {
      servers[index].firstHeld = -1
      while held >= 0 {
        callServer(Int(held), cycle &+ 1)
        held = servers[Int(held)].nextHeld
      }
    }
    if index < arbiterCount, arbiters[index].isHeld {
      arbiters[index].isHeld = false
      callArbiter(index, cycle &+ 1)
    }
  }

  // MARK: FIFOs

  private func append(_ event: TravellingEvent, to server: UnsafeMutablePointer<NetworkServer>) {
    var entry = board.pointee.firstFree
    if entry >= 0 {
      board.pointee.firstFree = board.pointee.pool.items[Int(entry)].next
      board.pointee.pool.items[Int(entry)] = Waiting(event: event, next: -1)
    } else {
      entry = board.pointee.pool.count
      board.pointee.pool.append(Waiting(event: event, next: -1))
    }
    if server.pointee.count == 0 {
      server.pointee.head = entry
    } else {
      board.pointee.pool.items[Int(server.pointee.tail)].next = entry
    }
    server.pointee.tail = entry
    server.pointee.count &+= 1
  }

  private func removeFirst(of server: UnsafeMutablePointer<NetworkServer>) {
    let entry = server.pointee.head
    server.pointee.head = board.pointee.pool.items[Int(entry)].next
    board.pointee.pool.items[Int(entry)].next = board.pointee.firstFree
    board.pointee.firstFree = entry
    server.pointee.count &-= 1
  }
}
