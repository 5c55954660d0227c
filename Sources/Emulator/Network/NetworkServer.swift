import HardwareSpec

/// A part of the network that takes one event every few cycles: an arbiter's output or a link.
///
/// Times are clock cycles from the start of the sample.
struct NetworkServer {
  /// Cycles for one event, cycles that it then travels, places in the FIFO.
  let service, latency, depth: Int32
  /// Most senders that may hand over an event in one cycle.
  let fanIn: Int32
  /// When an event was last taken from the FIFO.
  var lastStart = Self.never
  /// Events that come in this cycle.
  var comers: Int32 = 0
  /// Events that wait, and places promised to events on their way here.
  var count: Int32 = 0, promised: Int32 = 0
  /// First and last entry of the FIFO in the pool.
  var head: Int32 = -1, tail: Int32 = -1
  /// Servers that wait for a place here, in order; and the next one in the list this one is in.
  var firstHeld: Int32 = -1, lastHeld: Int32 = -1, nextHeld: Int32 = -1
  /// Fills a line of the cache.
  private let unused: (Int32, Int32, Int32) = (0, 0, 0)

  /// Long before the first cycle.
  static let never: Int32 = -(1 << 24)

  init(_ spec: ServerSpec, latency: Int, fanIn: Int) {
    (service, depth) = (Int32(spec.cyclesPerEvent), Int32(spec.waitingEvents))
    (self.latency, self.fanIn) = (Int32(latency), Int32(fanIn))
  }

  /// Places that are free in this cycle; one that is given up in a cycle is free from the next on.
  @inline(__always)
  func room(_ cycle: Int32) -> Int32 {
    depth &- count &- promised &- (lastStart == cycle ? 1 : 0)
  }

  /// When the next event can be taken.
  @inline(__always)
  var freeAt: Int32 { lastStart &+ service }
}

/// An event under way: its station and the server there, and the cycle in which its neuron fired.
struct TravellingEvent {
  var station, server, emitted: Int32
}

/// A spike at its arbiter: core in use << 16 | column, and the first station of its route.
struct ArbiterRequest {
  var circuit: UInt32
  var root: Int32
}

/// The arbiter in front of one output: lets one spike through at a time, lowest column first.
struct NetworkArbiter {
  var lastGrant = NetworkServer.never
  /// Circuits that wait.
  var waiting: Int32 = 0
  /// The circuit that waits alone, without a bit of its own; valid while `aloneRoot` is not −1.
  var alone: UInt32 = 0
  /// The first station of its route, and when it fired.
  var aloneRoot: Int32 = -1, aloneFired: Int32 = 0
  /// Whether the output's FIFO is full and will call when there is room.
  var isHeld = false
}

/// What a network counted.
///
/// Losses and deliveries are counted in row pairs: an event that would have reached three counts
/// three.
struct NetworkCounts: Equatable, Sendable {
  /// Second spikes of neurons that still waited for the arbiter.
  var lostAtArbiter = 0
  /// Lost at a full output FIFO.
  var lostAtOutput = 0
  /// Lost at a full link FIFO.
  var lostInNetwork = 0
  /// Lost on dead links.
  var lostToDefects = 0
  /// Handed over to input ports.
  var delivered = 0
  /// Over all delivered: cycles from spike to row driver, without axonal delay and without the
  /// tick that every event takes.
  var latencyCycles = 0
  /// Links taken.
  var hops = 0
}
