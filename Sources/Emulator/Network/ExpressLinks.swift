/// Links on which no event ever waits, nor do those behind them.
///
/// A link that hears one server only, which takes at least as long for an event, is free whenever an
/// event comes. When and where an event leaves such links is known as soon as it enters them, and
/// its whole way through them is one list of stops: a multicast over many cores costs no queues.
struct ExpressLinks {
  /// By server.
  private(set) var isExpress: [Bool]
  /// The stops of all ways that begin behind other servers.
  private(set) var stops: [ExpressStop] = []
  /// For each station whose event goes on over such links only, its first stop; else −1.
  private(set) var firstStops: [Int32]
  /// The most stops of one way.
  private(set) var longest = 0

  private let forest: RouteForest

  /// Finds the links; `order` has every server before those that it sends to, or is nil where there
  /// is no such order: then there are none.
  init(_ forest: RouteForest, order: [Int32]?, outputs: Int, holdsBack: Bool) {
    self.forest = forest
    isExpress = Array(repeating: false, count: forest.servers.count)
    firstStops = Array(repeating: -1, count: forest.stations.count)
    guard let order else { return }
    let links = LinkUse(forest)
    for server in order.reversed().map(Int.init) where server >= outputs {
      isExpress[server] =
        links.isFree(server, forest.servers, holdsBack: holdsBack)
        && links.successors[server].allSatisfy { isExpress[Int($0)] }
    }
    for station in 0..<forest.stations.count - 1 where begins(station) { list(station) }
  }

  /// Whether the event of a station leaves a server on which it may wait for links on which it does
  /// not.
  private func begins(_ station: Int) -> Bool {
    let stations = forest.stations
    if isExpress[Int(stations[station].server)] || station + 1 >= stations[station].end {
      return false
    }
    if ends(of: station).contains(where: { $0.flags & RouteEnd.dead != 0 }) { return false }
    var next = station + 1
    while next < Int(stations[station].end) {
      if !isExpress[Int(stations[next].server)] { return false }
      next = Int(stations[next].end)
    }
    return true
  }

  private func ends(of station: Int) -> ArraySlice<RouteEnd> {
    let stations = forest.stations
    return forest.ends[
      Int(stations[station].firstDelivery)..<Int(stations[station + 1].firstDelivery)]
  }

  /// Lists a station's own row pairs and the stops behind it in the order of time.
  private mutating func list(_ station: Int) {
    let latency = forest.servers[Int(forest.stations[station].server)].latency
    var own = ExpressStop(start: -latency, there: 0)
    own.hops = 0
    var found = ends(of: station).map { own.delivering($0) }
    collect(behind: station, at: 0, &found)
    // Stable: `sort` is not by its contract.
    let order = found.indices.sorted { (found[$0].start, $0) < (found[$1].start, $1) }
    firstStops[station] = Int32(stops.count)
    stops += order.map { found[$0] }
    stops[stops.count - 1].isLast = true
    longest = max(longest, found.count)
  }

  private func collect(behind station: Int, at cycle: Int32, _ found: inout [ExpressStop]) {
    var next = station + 1
    while next < Int(forest.stations[station].end) {
      let there = cycle + forest.servers[Int(forest.stations[next].server)].latency
      var stop = ExpressStop(start: cycle, there: there)
      if ends(of: next).isEmpty { found.append(stop) }
      for end in ends(of: next) {
        found.append(stop.delivering(end))
        stop.hops = 0
      }
      collect(behind: next, at: there, &found)
      next = Int(forest.stations[next].end)
    }
  }
}

/// A server on an event's way over express links, or one more row pair there.
struct ExpressStop {
  /// When the server takes the event and when it gets to the end of the line, in cycles from its
  /// leaving the line before the first stop.
  var start, there: Int32
  /// The row pair here, and the axonal delay in ticks; unless `delivers` is 0.
  var slot: UInt16 = 0, pair: UInt16 = 0
  var delay: UInt8 = 0
  /// 1 where a crossbar leads to another core.
  var far: UInt8 = 0
  /// Row pairs and links here, 0 or 1.
  private var parts: UInt8 = 2
  /// Whether the way ends here.
  var isLast = false

  init(start: Int32, there: Int32) { (self.start, self.there) = (start, there) }

  @inline(__always)
  var delivers: Int { Int(parts & 1) }

  @inline(__always)
  var hops: Int {
    get { Int(parts >> 1) }
    set { parts = parts & 1 | UInt8(newValue) << 1 }
  }

  /// The same stop with a row pair.
  fileprivate func delivering(_ end: RouteEnd) -> ExpressStop {
    var stop = self
    (stop.slot, stop.pair) = (end.slot, end.pair)
    (stop.delay, stop.far) = (end.delay, end.flags & RouteEnd.far)
    stop.parts |= 1
    return stop
  }
}

/// Where an event goes on in the next tick: a stop, when it left the line before the first one, and
/// when its neuron fired.
struct ExpressRide {
  var stop, base, emitted: Int32
}

/// Who sends to the servers of a forest, and who serves its ports.
private struct LinkUse {
  /// The only server that sends to each; −1: none, −2: several.
  private var predecessors: [Int32]
  private(set) var successors: [[Int32]]
  /// The servers with dead ends, or whose ports are served by others too.
  private var isShared: [Bool]

  init(_ forest: RouteForest) {
    let count = forest.servers.count
    predecessors = Array(repeating: -1, count: count)
    successors = Array(repeating: [], count: count)
    isShared = Array(repeating: false, count: count)
    var serverOfPort: [UInt16: Int32] = [:]
    for station in 0..<forest.stations.count - 1 {
      join(station, forest)
      deliver(station, forest, &serverOfPort)
    }
  }

  private mutating func join(_ station: Int, _ forest: RouteForest) {
    let from = forest.stations[station].server
    var next = station + 1
    while next < Int(forest.stations[station].end) {
      let to = Int(forest.stations[next].server)
      if predecessors[to] == -1 {
        predecessors[to] = from
        successors[Int(from)].append(Int32(to))
      } else if predecessors[to] != from {
        predecessors[to] = -2
      }
      next = Int(forest.stations[next].end)
    }
  }

  private mutating func deliver(
    _ station: Int, _ forest: RouteForest, _ serverOfPort: inout [UInt16: Int32]
  ) {
    let (here, behind) = (forest.stations[station], forest.stations[station + 1])
    for end in forest.ends[Int(here.firstDelivery)..<Int(behind.firstDelivery)] {
      let other = serverOfPort[end.slot] ?? here.server
      serverOfPort[end.slot] = other
      if other != here.server { (isShared[Int(other)], isShared[Int(here.server)]) = (true, true) }
      if end.flags & RouteEnd.dead != 0 { isShared[Int(here.server)] = true }
    }
  }

  /// Whether a link finds itself free, and has room, for all that its only sender sends.
  func isFree(_ server: Int, _ servers: [NetworkServer], holdsBack: Bool) -> Bool {
    guard predecessors[server] >= 0, !isShared[server] else { return false }
    let (link, sender) = (servers[server], servers[Int(predecessors[server])])
    if sender.service < link.service { return false }
    let underWay = sender.latency / sender.service + 2
    return holdsBack ? underWay <= link.depth - link.fanIn : link.depth > 0
  }
}

/// Events on express links.
extension NetworkState {
  /// Follows an event from a stop on, up to the tick's end.
  func ride(_ first: Int32, _ base: Int32, _ emitted: Int32, _ end: Int32) {
    let (stops, board) = (tables.stops, self.board)
    var (delivered, latencies, hops, i) = (0, 0, 0, Int(first))
    board.pointee.arrivals.reserve(tables.longestRide)
    var arrival = board.pointee.arrivals.items + Int(board.pointee.arrivals.count)
    while true {
      let stop = stops[i]
      if base &+ stop.start >= end {
        stages.pointee.rides.append(
          ExpressRide(stop: Int32(truncatingIfNeeded: i), base: base, emitted: emitted))
        break
      }
      hops &+= stop.hops
      let reached = Int(base &+ stop.there) &+ localLatency &+ Int(stop.far) &* farLatency
      arrival.pointee = Arrival(
        slot: Int32(stop.slot), pair: stop.pair, server: 0,
        time: reached << phaseShift &+ (1 &+ Int(stop.delay)) << 6)
      arrival += stop.delivers
      delivered &+= stop.delivers
      latencies &+= (reached &- Int(emitted)) & (0 &- stop.delivers)
      if stop.isLast { break }
      i &+= 1
    }
    board.pointee.arrivals.count &+= Int32(truncatingIfNeeded: delivered)
    board.pointee.counts.delivered &+= delivered
    board.pointee.counts.latencyCycles &+= latencies
    board.pointee.counts.hops &+= hops
  }

  /// Goes on with the events that the last tick left on express links.
  func resumeRides(_ end: Int32) {
    swap(&stages.pointee.rides, &stages.pointee.ridesBefore)
    stages.pointee.rides.count = 0
    for i in 0..<Int(stages.pointee.ridesBefore.count) {
      let ride = stages.pointee.ridesBefore.items[i]
      self.ride(ride.stop, ride.base, ride.emitted, end)
    }
  }

  /// Row pairs that events on express links have not reached.
  var copiesOnRides: Int {
    var copies = 0
    for i in 0..<Int(stages.pointee.rides.count) {
      var stop = Int(stages.pointee.rides.items[i].stop)
      copies += tables.stops[stop].delivers
      while !tables.stops[stop].isLast {
        stop += 1
        copies += tables.stops[stop].delivers
      }
    }
    return copies
  }
}
