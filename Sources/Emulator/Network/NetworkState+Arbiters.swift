/// Arbiters: who may speak.
extension NetworkState {
  /// A neuron asks for its arbiter; one that still waits loses its second spike.
  ///
  /// A circuit that waits alone stands in the arbiter itself; only with a second one come bits.
  @inline(__always)
  func request(_ spike: ArbiterRequest, _ cycle: Int32) {
    let column = Int(spike.circuit & 0xFFFF)
    let index = Int(spike.circuit >> 16) &* arbitersPerCore &+ Int(shares[column])
    let arbiter = arbiters + index
    if arbiter.pointee.waiting == 0 {
      (arbiter.pointee.alone, arbiter.pointee.aloneRoot) = (spike.circuit, spike.root)
      arbiter.pointee.aloneFired = cycle
      board.pointee.woken.append(Int32(truncatingIfNeeded: index))
    } else {
      if arbiter.pointee.aloneRoot >= 0 {
        _ = setBit(index, arbiter.pointee.alone, arbiter.pointee.aloneFired)
        arbiter.pointee.aloneRoot = -1
      }
      guard setBit(index, spike.circuit, cycle) else {
        board.pointee.counts.lostAtArbiter += NetworkTables.copies(stations, Int(spike.root))
        return
      }
    }
    arbiter.pointee.waiting &+= 1
  }

  /// Notes that a circuit waits; false if it does so already.
  private func setBit(_ index: Int, _ id: UInt32, _ cycle: Int32) -> Bool {
    let circuit = Int(id >> 16) &* columns &+ Int(id & 0xFFFF)
    let lane = circuit &- firstCircuit(index)
    let word = requests + (index &* requestWords &+ lane >> 6)
    let bit: UInt64 = 1 << UInt64(lane & 63)
    if word.pointee & bit != 0 { return false }
    word.pointee |= bit
    fired[circuit] = cycle
    return true
  }

  private func firstCircuit(_ index: Int) -> Int {
    let (slot, share) = index.quotientAndRemainder(dividingBy: arbitersPerCore)
    return slot &* columns &+ share &* tables.columnsPerArbiter
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
    let event = takeLowest(index)
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

  /// The spike of the lowest column that waits; it waits no more.
  @inline(__always)
  private func takeLowest(_ index: Int) -> TravellingEvent {
    let arbiter = arbiters + index
    let root = arbiter.pointee.aloneRoot
    if root < 0 { return takeLowestBit(index) }
    arbiter.pointee.aloneRoot = -1
    return TravellingEvent(
      station: root, server: Int32(truncatingIfNeeded: index), emitted: arbiter.pointee.aloneFired)
  }

  private func takeLowestBit(_ index: Int) -> TravellingEvent {
    let words = requests + (index &* requestWords)
    var i = 0
    while words[i] == 0 { i &+= 1 }
    let bit = words[i].trailingZeroBitCount
    words[i] &= words[i] &- 1
    let circuit = firstCircuit(index) &+ i << 6 &+ bit
    return TravellingEvent(
      station: tables.roots[circuit], server: Int32(truncatingIfNeeded: index),
      emitted: fired[circuit])
  }
}
