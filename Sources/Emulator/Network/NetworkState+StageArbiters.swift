/// Arbiters in the stage-by-stage pass: a core's spikes of one tick, one after the other.
extension NetworkState {
  /// What a core has to do, in its byte of `hasCollected`.
  static let hasSpikes: UInt8 = 1, hasLateSpikes: UInt8 = 2, hasWaiting: UInt8 = 4

  /// Hands the spikes of a core to its outputs.
  @inline(__always)
  func speak(_ slot: Int, _ first: Int32, _ end: Int32) {
    let list = collected + slot &* columns
    let count = Int(collectedCounts[slot])
    if arbitersPerCore == 1, hasCollected[slot] == Self.hasSpikes {
      if holdsBack { save(arbiter: slot) }
      return arbitrate(slot, sorted(list, count, first), count, end)
    }
    for share in 0..<arbitersPerCore {
      let index = slot &* arbitersPerCore &+ share
      stages.pointee.asking.count = 0
      ask(
        share, stages.pointee.postponed + slot &* columns,
        Int(stages.pointee.postponedCounts[slot]), end)
      ask(share, list, count, end)
      let asking = Int(stages.pointee.asking.count)
      if asking == 0, arbiters[index].waiting == 0 { continue }
      if holdsBack { save(arbiter: index) }
      arbitrate(index, sorted(stages.pointee.asking.items, asking, first), asking, end)
    }
  }

  /// Picks the spikes of one arbiter and this tick.
  private func ask(
    _ share: Int, _ list: UnsafePointer<(cycle: Int32, request: ArbiterRequest)>, _ count: Int,
    _ end: Int32
  ) {
    for i in 0..<count
    where list[i].cycle < end && Int(shares[Int(list[i].request.circuit & 0xFFFF)]) == share {
      stages.pointee.asking.append(list[i])
    }
  }

  /// Orders spikes by time.
  @inline(__always)
  private func sorted(
    _ list: UnsafeMutablePointer<(cycle: Int32, request: ArbiterRequest)>, _ count: Int,
    _ first: Int32
  ) -> UnsafePointer<(cycle: Int32, request: ArbiterRequest)> {
    if count < 2 { return UnsafePointer(list) }
    if count > 24 { return sortedByCounting(list, count, first) }
    stages.pointee.sorted.count = 0
    stages.pointee.sorted.reserve(count)
    let sorted = stages.pointee.sorted.items
    for i in 0..<count {
      let spike = list[i]
      var earlier: UInt32 = 0
      for j in 0..<i { earlier &+= UInt32(bitPattern: list[j].cycle &- spike.cycle &- 1) >> 31 }
      for j in i &+ 1..<max(i &+ 1, count) {
        earlier &+= UInt32(bitPattern: list[j].cycle &- spike.cycle) >> 31
      }
      sorted[Int(earlier)] = spike
    }
    return UnsafePointer(sorted)
  }

  private func sortedByCounting(
    _ list: UnsafeMutablePointer<(cycle: Int32, request: ArbiterRequest)>, _ count: Int,
    _ first: Int32
  ) -> UnsafePointer<(cycle: Int32, request: ArbiterRequest)> {
    stages.pointee.sorted.count = 0
    for i in 0..<count { stages.pointee.sorted.append(list[i]) }
    let sorted = stages.pointee.sorted.items
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: tables.cyclesPerTick + 1) { places in
      places.initialize(repeating: 0)
      for i in 0..<count { places[Int(list[i].cycle &- first) &+ 1] &+= 1 }
      for i in 1..<places.count { places[i] &+= places[i &- 1] }
      for i in 0..<count {
        let place = Int(list[i].cycle &- first)
        sorted[Int(places[place])] = list[i]
        places[place] &+= 1
      }
    }
    return UnsafePointer(sorted)
  }

  /// One arbiter's tick: at each turn the lowest column of those that wait.
  @inline(__always)
  private func arbitrate(
    _ index: Int, _ spikes: UnsafePointer<(cycle: Int32, request: ArbiterRequest)>, _ count: Int,
    _ end: Int32
  ) {
    let (arbiter, lane) = (arbiters + index, stages.pointee.lanes + index)
    var i = 0
    while arbiter.pointee.waiting > 0 || i < count {
      let ready = arbiter.pointee.lastGrant &+ arbiterCycles
      var turn = ready
      if arbiter.pointee.waiting == 0 {
        turn = max(spikes[i].cycle, ready)
        if turn >= end { break }
        if i &+ 1 == count || spikes[i &+ 1].cycle > turn {
          grant(spikes[i].request.root, spikes[i].cycle, arbiter, lane, turn)
          i &+= 1
          continue
        }
      }
      if turn >= end { break }
      while i < count, spikes[i].cycle <= turn {
        wait(index, spikes[i].request, spikes[i].cycle)
        i &+= 1
      }
      let event = takeLowestBit(index)
      arbiter.pointee.waiting &-= 1
      grant(event.station, event.emitted, arbiter, lane, turn)
    }
    while i < count {
      wait(index, spikes[i].request, spikes[i].cycle)
      i &+= 1
    }
  }

  @inline(__always)
  private func grant(
    _ root: Int32, _ fired: Int32, _ arbiter: UnsafeMutablePointer<NetworkArbiter>,
    _ lane: UnsafeMutablePointer<NetworkLane>, _ cycle: Int32
  ) {
    arbiter.pointee.lastGrant = cycle
    let key = UInt64(UInt32(bitPattern: cycle)) << 32 | UInt64(UInt32(bitPattern: root))
    enter(lane, LaneEvent(key: key, emitted: fired, start: 0))
  }

  @inline(__always)
  private func wait(_ index: Int, _ request: ArbiterRequest, _ cycle: Int32) {
    if setBit(index, request.circuit, cycle) {
      arbiters[index].waiting &+= 1
    } else {
      board.pointee.counts.lostAtArbiter += NetworkTables.copies(stations, Int(request.root))
    }
  }

  /// Keeps spikes of the next tick, and notes where somebody still waits.
  func endCollection(_ end: Int32) {
    for word in stride(from: 0, to: tables.coreCount, by: 8)
    where UnsafeRawPointer(hasCollected + word).load(as: UInt64.self) != 0 {
      for slot in word..<word &+ 8 where hasCollected[slot] != 0 { endCollection(slot, end) }
    }
  }

  @inline(__always)
  private func endCollection(_ slot: Int, _ end: Int32) {
    var late: Int32 = 0
    if hasCollected[slot] & Self.hasLateSpikes != 0 {
      let (list, kept) = (collected + slot &* columns, stages.pointee.postponed + slot &* columns)
      for i in 0..<Int(collectedCounts[slot]) where list[i].cycle >= end {
        kept[Int(late)] = list[i]
        late &+= 1
      }
    }
    stages.pointee.postponedCounts[slot] = late
    collectedCounts[slot] = 0
    var waiting = late
    for i in slot &* arbitersPerCore..<(slot &+ 1) &* arbitersPerCore {
      waiting |= arbiters[i].waiting
    }
    hasCollected[slot] = waiting > 0 ? Self.hasWaiting : 0
  }
}
