/// Messages that peers have not taken yet: a slow reader waits alone, and nothing is lost unseen.
package struct Outbox {
  private struct Queue {
    var messages: [[Frame]] = []
    /// When the peer last took something, or the first message began to wait.
    var since: Int
  }

  /// What became of the messages of a peer.
  package enum Outcome: Equatable {
    /// They are sent, or wait.
    case fine
    /// The peer is gone, or takes nothing: so many messages of it were given up.
    case givenUp(messages: Int)
  }

  /// Messages that wait for one peer at most; libzmq holds 64 more.
  package static let mostWaiting = 64
  /// How long a peer may take nothing, in milliseconds.
  package static let patience = 10_000
  /// Messages that one turn of the loop sends again at most.
  private static let turn = 64

  private var queues: [Peer: Queue] = [:]
  private var order: [Peer] = []
  /// How often a peer's queue inside libzmq was full.
  package private(set) var timesFull = 0

  /// Holds nothing.
  package init() {}

  /// Whether a message waits.
  package var isEmpty: Bool { queues.isEmpty }
  /// Messages that wait.
  package var count: Int { queues.values.reduce(0) { $0 + $1.messages.count } }

  /// Sends a message, or keeps it behind those that wait.
  package mutating func send(
    _ frames: [Frame], to peer: Peer, at now: Int, by send: ([Frame], Peer) -> Socket.Sent
  ) -> Outcome {
    if let waiting = queues[peer]?.messages.count {
      guard waiting < Self.mostWaiting else { return giveUp(peer, and: 1) }
      queues[peer]?.messages.append(frames)
      return .fine
    }
    switch send(frames, peer) {
    case .sent: return .fine
    case .unreachable: return .givenUp(messages: 1)
    case .full:
      timesFull += 1
      queues[peer] = Queue(messages: [frames], since: now)
      order.append(peer)
      return .fine
    }
  }

  /// Tries again, peers in turns; answers who was given up.
  package mutating func retry(
    at now: Int, by send: ([Frame], Peer) -> Socket.Sent
  ) -> [(peer: Peer, messages: Int)] {
    var givenUp: [(peer: Peer, messages: Int)] = []
    var budget = Self.turn
    for peer in order {
      guard var queue = queues[peer], budget > 0 else { continue }
      var sent = 0
      var last = Socket.Sent.sent
      while sent < queue.messages.count, budget > 0, last == .sent {
        last = send(queue.messages[sent], peer)
        budget -= 1
        if last == .sent { sent += 1 }
      }
      queue.messages.removeFirst(sent)
      if sent > 0 { queue.since = now }
      queues[peer] = queue.messages.isEmpty ? nil : queue
      if last == .unreachable || (!queue.messages.isEmpty && now - queue.since > Self.patience) {
        if case .givenUp(let messages) = giveUp(peer) { givenUp.append((peer, messages)) }
      }
    }
    order = order.filter { queues[$0] != nil }
    // The first may have used up the turn: the others come first next time.
    if order.count > 1 { order.append(order.removeFirst()) }
    return givenUp
  }

  /// Forgets all that waits: the connections are gone.
  package mutating func giveUpAll() -> [(peer: Peer, messages: Int)] {
    defer { (queues, order) = ([:], []) }
    return order.compactMap { peer in queues[peer].map { (peer, $0.messages.count) } }
  }

  private mutating func giveUp(_ peer: Peer, and more: Int = 0) -> Outcome {
    order.removeAll { $0 == peer }
    let count = queues.removeValue(forKey: peer)?.messages.count ?? 0
    return .givenUp(messages: count + more)
  }
}
