/// The stage-by-stage pass: a tick's events at one server after the other, along their ways.
///
/// While no FIFO comes near its limit, a server's events depend on those of the servers before it
/// only: each starts when it has come and the server is free. Where a full FIFO loses events, that
/// too is known from the server's own events. Where it holds its senders up, the pass gives up
/// before anything of that kind can happen, and the exact engine takes the tick.
extension NetworkState {
  /// Moves all events to the end of a tick; false when the exact engine must do it.
  func runStages(_ first: Int32, _ end: Int32) -> Bool {
    if holdsBack { startJournal() }
    resumeRides(end)
    for word in stride(from: 0, to: tables.coreCount, by: 8)
    where UnsafeRawPointer(hasCollected + word).load(as: UInt64.self) != 0 {
      for slot in word..<word &+ 8 where hasCollected[slot] != 0 { speak(slot, first, end) }
    }
    let active = stages.pointee.active
    for word in 0..<stages.pointee.words {
      while active[word] != 0 {
        let server = Int(order[word << 6 &+ active[word].trailingZeroBitCount])
        active[word] &= active[word] &- 1
        if !work(server, first, end) { return false }
      }
    }
    swap(&stages.pointee.active, &stages.pointee.next)
    endCollection(end)
    return true
  }

  /// The events of one server in this tick.
  @inline(__always)
  private func work(_ server: Int, _ first: Int32, _ end: Int32) -> Bool {
    let lane = stages.pointee.lanes + server
    if holdsBack { save(server, lane) }
    let isLink = server >= arbiterCount
    if isLink { lane.pointee.sort(stages.pointee.scratch) }
    if lane.pointee.count > lane.pointee.limit {
      if !holdsBack {
        lose(lane, first, end, isLink: isLink)
      } else if !staysBelowLimit(lane, first) {
        return false
      }
    }
    let taken = take(lane, end, isLink ? 0 : LaneEvent.fromOutput)
    lane.pointee.drop(taken)
    if isLink { board.pointee.counts.hops &+= taken }
    if lane.pointee.count > 0 {
      stages.pointee.next[Int(lane.pointee.word)] |= lane.pointee.bit
    }
    return true
  }

  /// Takes all events whose turn comes before the end of the tick; gives how many.
  ///
  /// Whether an event goes on or ends here cannot be guessed, so that both are written without
  /// asking: what goes nowhere goes to a lane of its own, and a delivery counts 0 or 1.
  @inline(__always)
  private func take(
    _ lane: UnsafeMutablePointer<NetworkLane>, _ end: Int32, _ mark: UInt64
  ) -> Int {
    let (steps, lanes, active) = (self.steps, stages.pointee.lanes, stages.pointee.active)
    let (items, count, board) = (lane.pointee.items, Int(lane.pointee.count), self.board)
    let (service, latency) = (lane.pointee.service, lane.pointee.latency)
    let (localLatency, farLatency, phaseShift) = (localLatency, farLatency, phaseShift)
    var (freeAt, delivered, latencies, i) = (lane.pointee.freeAt, 0, 0, 0)
    board.pointee.arrivals.reserve(count)
    var arrival = board.pointee.arrivals.items + Int(board.pointee.arrivals.count)
    while i < count {
      let event = items[i]
      let start = max(event.arrival, freeAt)
      if start >= end { break }
      freeAt = start &+ service
      i &+= 1
      let there = start &+ latency
      let step = steps[event.station]
      if step.isMore {
        board.pointee.arrivals.count &+= Int32(truncatingIfNeeded: delivered)
        board.pointee.counts.delivered &+= delivered
        delivered = 0
        if step.express >= 0 {
          ride(step.express, there, event.emitted, end)
        } else {
          pass(event.station, there, event.emitted, mark)
        }
        board.pointee.arrivals.reserve(count)
        arrival = board.pointee.arrivals.items + Int(board.pointee.arrivals.count)
        continue
      }
      let reached = Int(there) &+ localLatency &+ Int(step.far) &* farLatency
      arrival.pointee = Arrival(
        slot: Int32(step.slot), pair: step.pair, server: 0,
        time: reached << phaseShift &+ (1 &+ Int(step.delay)) << 6)
      let delivers = Int(step.delivers)
      arrival += delivers
      delivered &+= delivers
      latencies &+= (reached &- Int(event.emitted)) & (0 &- delivers)
      let onward = lanes + Int(step.onward)
      let key = UInt64(UInt32(bitPattern: there)) << 32 | mark
      onward.pointee.append(
        LaneEvent(key: key | UInt64(event.station &+ 1), emitted: event.emitted, start: 0))
      active[Int(onward.pointee.word)] |= onward.pointee.bit
    }
    lanes[serverCount].count = 0
    lane.pointee.freeAt = freeAt
    board.pointee.arrivals.count &+= Int32(truncatingIfNeeded: delivered)
    board.pointee.counts.delivered &+= delivered
    board.pointee.counts.latencyCycles &+= latencies
    return i
  }

  /// Hands an event to all row pairs of its station, and copies to all servers behind.
  private func pass(_ index: Int, _ there: Int32, _ emitted: Int32, _ mark: UInt64) {
    let end = Int(stations[index].end)
    deliver(stations + index, at: there, emitted)
    var next = index &+ 1
    while next < end {
      let behind = stations[next]
      let key = UInt64(UInt32(bitPattern: there)) << 32 | mark | UInt64(next)
      let event = LaneEvent(key: key, emitted: emitted, start: 0)
      enter(stages.pointee.lanes + Int(behind.server), event)
      next = Int(behind.end)
    }
  }

  @inline(__always)
  func enter(_ lane: UnsafeMutablePointer<NetworkLane>, _ event: LaneEvent) {
    stages.pointee.active[Int(lane.pointee.word)] |= lane.pointee.bit
    lane.pointee.append(event)
  }

  // MARK: Near the limit

  /// Whether all senders surely saw room for everybody who may come.
  ///
  /// A sender looks when it sends, at most `lookback` cycles before the arrival; whatever could
  /// take a place then has come up to that arrival, and has not left before the look.
  private func staysBelowLimit(_ lane: UnsafeMutablePointer<NetworkLane>, _ first: Int32) -> Bool {
    let items = lane.pointee.items
    var freeAt = lane.pointee.freeAt
    var head = 0
    for i in 0..<Int(lane.pointee.count) {
      let arrival = items[i].arrival
      items[i].start = max(arrival, freeAt)
      freeAt = items[i].start &+ lane.pointee.service
      if arrival < first { continue }
      let look = max(first, arrival &- lane.pointee.lookback)
      while head < i, items[head].start < look { head &+= 1 }
      if i &- head &+ 1 > Int(lane.pointee.limit) { return false }
    }
    return true
  }

  /// Removes the events that find the FIFO full.
  private func lose(
    _ lane: UnsafeMutablePointer<NetworkLane>, _ first: Int32, _ end: Int32, isLink: Bool
  ) {
    let (items, count) = (lane.pointee.items, Int(lane.pointee.count))
    var freeAt = lane.pointee.freeAt
    var (head, kept, lost) = (0, 0, 0)
    for i in 0..<count {
      var event = items[i]
      let arrival = event.arrival
      if arrival >= first, arrival < end {
        while head < kept, items[head].start < arrival { head &+= 1 }
        if kept &- head >= Int(lane.pointee.limit) {
          lost &+= NetworkTables.copies(stations, event.station)
          continue
        }
      }
      event.start = max(arrival, freeAt)
      freeAt = event.start &+ lane.pointee.service
      items[kept] = event
      kept &+= 1
    }
    lane.pointee.count = Int32(truncatingIfNeeded: kept)
    if isLink {
      board.pointee.counts.lostInNetwork &+= lost
    } else {
      board.pointee.counts.lostAtOutput &+= lost
    }
  }
}
