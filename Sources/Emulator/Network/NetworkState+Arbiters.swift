/// Arbiters: who may speak.
extension NetworkState {
  /// A neuron asks for its arbiter; one that still waits loses its second spike.
  @inline(__always)
  func request(_ circuit: Int, _ cycle: Int32) {
    let (slot, column) = circuit.quotientAndRemainder(dividingBy: tables.columns)
    let (share, lane) = column.quotientAndRemainder(dividingBy: tables.columnsPerArbiter)
    let index = slot &* tables.arbitersPerCore &+ share
    let word = requests + (index &* requestWords &+ lane >> 6)
    let bit: UInt64 = 1 << UInt64(lane & 63)
    if word.pointee & bit != 0 {
      board.pointee.counts.lostAtArbiter +=
        NetworkTables.copies(stations, Int(tables.roots[circuit]))
      return
    }
    word.pointee |= bit
    fired[circuit] = cycle
    let arbiter = arbiters + index
    if arbiter.pointee.waiting == 0 { board.pointee.woken.append(Int32(index)) }
    arbiter.pointee.waiting &+= 1
  }

  /// Lets the lowest waiting column of an arbiter through, if arbiter and output are ready.
  @inline(__always)
  func grant(_ index: Int, _ cycle: Int32) {
    let arbiter = arbiters + index
    let ready = arbiter.pointee.lastGrant &+ arbiterCycles
    if ready > cycle { return callArbiter(index, ready) }
    let hasRoom = servers[index].room(cycle) > 0
    if !hasRoom && holdsBack {
      if servers[index].lastStart == cycle { return callArbiter(index, cycle &+ 1) }
      arbiter.pointee.isHeld = true
      return
    }
    let circuit = takeLowest(index)
    let event = TravellingEvent(station: tables.roots[circuit], emitted: fired[circuit])
    arbiter.pointee.lastGrant = cycle
    arbiter.pointee.waiting &-= 1
    if arbiter.pointee.waiting > 0 { callArbiter(index, cycle &+ arbiterCycles) }
    if hasRoom {
      enter(index, event, cycle)
    } else {
      board.pointee.counts.lostAtOutput += NetworkTables.copies(stations, Int(event.station))
    }
  }

  @inline(__always)
  func callArbiter(_ index: Int, _ cycle: Int32) {
    calendar.plan(cycle).pointee.calls.append(Int32(serverCount &+ index))
  }

  /// The lowest column that waits, as a circuit; it waits no more.
  @inline(__always)
  private func takeLowest(_ index: Int) -> Int {
    let words = requests + (index &* requestWords)
    var i = 0
    while words[i] == 0 { i &+= 1 }
    let bit = words[i].trailingZeroBitCount
    words[i] &= words[i] &- 1
    let (slot, share) = index.quotientAndRemainder(dividingBy: tables.arbitersPerCore)
    return slot &* tables.columns &+ share &* tables.columnsPerArbiter &+ i << 6 &+ bit
  }
}
