import CZeroMQShim
import Foundation

// MARK: Receiving

extension ServerLoop {
  /// Takes messages of a socket, in the order in which they came.
  func receive(_ channel: Channel, atMost most: Int) {
    let socket = channel == .control ? parts.sockets.control : parts.sockets.run
    for _ in 0..<most {
      // One frame more than a message has, for the routing id.
      guard let (frames, excess) = socket.receive(atMost: Message.mostFrames + 1) else { return }
      let peer = Peer(channel, frames[0].bytes)
      // libzmq makes the frame with the routing id itself, not always with the name of the user.
      let userID = parts.access == nil ? nil : frames.prefix(2).lazy.compactMap(\.userID).first
      handle(event(Array(frames.dropFirst()), excess, peer, userID: userID))
    }
  }

  private func event(
    _ frames: [Frame], _ excess: Int, _ peer: Peer, userID: String?
  ) -> ServerEvent {
    do {
      let message = try Message(
        frames: frames, excess: excess,
        payloadLimit: peer.channel == .control ? 0 : Message.mostFrames * parts.limits.frameBytes)
      do throws(WireError) {
        guard let user = user(userID) else { throw strangerError() }
        return .request(try Request(message, on: peer.channel), from: peer, by: user)
      } catch { return .malformed(error, id: message.id, from: peer) }
    } catch { return .malformed(error.error, id: error.id, from: peer) }
  }

  /// Who sends: everybody is the local user where there are no keys, else whose key it is now.
  private func user(_ id: String?) -> User? {
    guard let access = parts.access else { return .local }
    return id.flatMap { access.user(id: $0) }
  }

  private func strangerError() -> WireError {
    tally.strangers += 1
    return WireError(.notPermitted, "the key of this connection is not known any more")
  }

  /// Counts who listens to events; what subscribers say else is of no interest.
  func hearSubscribers() {
    for _ in 0..<Self.controlTurn {
      guard let (frames, _) = parts.sockets.events.receive(atMost: 1) else { return }
      switch frames[0].withBytes({ $0.first }) {
      case 1: subscribers += 1
      case 0: subscribers = max(0, subscribers - 1)
      default: continue
      }
    }
  }
}

// MARK: Sending

extension ServerLoop {
  /// Sends a reply, or keeps it until its reader has room.
  func send(_ reply: Reply, to peer: Peer) {
    let reply = completed(reply)
    if peer == Self.ownPeer { return keepMetrics(reply) }
    let outcome = outbox.send(reply.frames, to: peer, at: parts.clock.milliseconds) {
      [sockets = parts.sockets] frames, peer in Self.send(frames, peer, sockets)
    }
    if case .givenUp(let messages) = outcome { giveUp(peer, messages) }
  }

  /// Tries again what waited for its readers.
  func retry() {
    guard !outbox.isEmpty else { return }
    let givenUp = outbox.retry(at: parts.clock.milliseconds) {
      [sockets = parts.sockets] frames, peer in Self.send(frames, peer, sockets)
    }
    for (peer, messages) in givenUp { giveUp(peer, messages) }
  }

  private static func send(
    _ frames: [Frame], _ peer: Peer, _ sockets: ServerSockets
  ) -> Socket.Sent {
    let socket = peer.channel == .control ? sockets.control : sockets.run
    return socket.send([Frame(peer.routingID)] + frames)
  }

  private func giveUp(_ peer: Peer, _ messages: Int) {
    tally.undelivered += messages
    for _ in 0..<messages { parts.state.countUndelivered() }
    handle(.unreachable(peer))
  }

  /// Tells subscribers, if there are any.
  func publish(_ event: JSONObject) {
    guard subscribers > 0 else { return }
    _ = parts.sockets.events.send(Message.frames(header: event, payload: nil))
  }
}

// MARK: Floods

extension ServerLoop {
  /// Closes the sockets if memory has grown for no reason that the server knows of: somebody sends
  /// a message that does not end.
  func lookAtMemory() {
    guard let memory = parts.memory else { return }
    synapus_memory_trim()
    guard memory.growth > MemoryGuard.allowance else { return }
    let growth = memory.growthInUse ?? memory.growth
    guard growth > MemoryGuard.allowance else { return memory.acceptResident() }
    tally.floods += 1
    parts.log.write(
      "memory.flood", ["unexplained_bytes": .integer(growth)], audited: true)
    reopen { sockets throws(LinkError) in try sockets.reopen() }
    subscribers = 0
    for (peer, messages) in outbox.giveUpAll() { giveUp(peer, messages) }
    // The memory goes when libzmq's own threads have let go of it.
    for _ in 0..<50 where memory.growth > MemoryGuard.allowance / 2 {
      usleep(5_000)
      synapus_memory_trim()
    }
    // What is still there was not in the sockets.
    if memory.growth > MemoryGuard.allowance / 2 { memory.accept() }
    _ = memory.takeAlarm()
  }

  /// Opens sockets again; a server that cannot has nobody to serve, and ends.
  func reopen(_ body: (inout ServerSockets) throws(LinkError) -> Void) {
    do {
      try body(&parts.sockets)
    } catch {
      parts.log.write("server.sockets_lost", ["detail": .text("\(error)")])
      handle(.stop(atOnce: true))
    }
  }
}
