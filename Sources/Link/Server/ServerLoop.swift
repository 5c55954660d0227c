import Foundation

/// The one thread that owns the server's sockets: it feeds the state, and does what it says.
final class ServerLoop: @unchecked Sendable {
  private let control, run, events: Socket
  private let endpoints: ServerEndpoints
  private let worker: ChipWorker
  private let wakeUp: WakeUp
  private let log: @Sendable (String) -> Void
  private let payloadLimit: Int
  private let start = SuspendingClock.now
  private var state: ServerState
  private var subscribers = 0
  private var lastTick = 0
  private var isOver = false

  /// Messages taken from one socket before the others get their turn.
  private static let turn = 32

  init(
    sockets: (control: Socket, run: Socket, events: Socket), endpoints: ServerEndpoints,
    worker: ChipWorker, wakeUp: WakeUp, description: ServerDescription,
    log: @escaping @Sendable (String) -> Void
  ) {
    (control, run, events) = sockets
    self.endpoints = endpoints
    (self.worker, self.wakeUp, self.log) = (worker, wakeUp, log)
    payloadLimit = description.limits.requestBytes
    state = ServerState(description)
  }

  /// Serves until the state machine halts; `shouldStop` is asked after each wake-up.
  func serve(until shouldStop: () -> Bool) {
    perform(
      .log(event: "server.started", ["run_endpoint": .text(state.description.runEndpoint)]))
    var isStopping = false
    while !isOver {
      let ready = Socket.poll([control, run, events], wakeUp, milliseconds: 100)
      if ready[0] { receive(from: control, .control) }
      for (job, result) in worker.takeResults() { handle(.finished(job: job, result)) }
      if ready[1] { receive(from: run, .run) }
      if ready[2] { hearSubscribers() }
      if !isStopping, shouldStop() {
        isStopping = true
        handle(.stop)
      }
      tick()
    }
    worker.finish()
    endpoints.removePaths()
    for socket in [control, run, events] { socket.lingerBeforeClosing(milliseconds: 500) }
  }

  private func tick() {
    let now = milliseconds
    guard now - lastTick >= 100 else { return }
    lastTick = now
    handle(.tick)
  }

  private var milliseconds: Int {
    let elapsed = start.duration(to: .now).components
    return Int(elapsed.seconds) * 1000 + Int(elapsed.attoseconds / 1_000_000_000_000_000)
  }

  private func receive(from socket: Socket, _ channel: Channel) {
    for _ in 0..<Self.turn {
      // One frame more than a message has, for the routing id.
      guard let (frames, excess) = socket.receive(atMost: Message.mostFrames + 1) else { return }
      let peer = Peer(channel, frames[0].bytes)
      handle(event(Array(frames.dropFirst()), excess, peer))
    }
  }

  private func event(_ frames: [Frame], _ excess: Int, _ peer: Peer) -> ServerEvent {
    do {
      let message = try Message(frames: frames, excess: excess, payloadLimit: payloadLimit)
      do {
        return .request(try Request(message, on: peer.channel), from: peer)
      } catch { return .malformed(error, id: message.id, from: peer) }
    } catch { return .malformed(error.error, id: error.id, from: peer) }
  }

  private func hearSubscribers() {
    for _ in 0..<Self.turn {
      guard let (frames, _) = events.receive(atMost: 1) else { return }
      switch frames[0].bytes.first {
      case 1: subscribers += 1
      case 0: subscribers = max(0, subscribers - 1)
      default: continue
      }
    }
  }

  private func handle(_ event: ServerEvent) {
    var random = SystemRandomNumberGenerator()
    let now = Moment(
      milliseconds: milliseconds, freshToken: SessionToken(random.next(), random.next()))
    for effect in state.handle(event, at: now) { perform(effect) }
  }

  private func perform(_ effect: ServerEffect) {
    switch effect {
    case .reply(let reply, let peer): send(reply, to: peer)
    case .start(let job, let work, let message): worker.start(job: job, work, message)
    case .cancel(let job): worker.cancel(job: job)
    case .publish(let event):
      if subscribers > 0 { _ = events.send(Message.frames(header: event, payload: nil)) }
    case .log(let event, let fields): write(event, fields)
    case .halt: isOver = true
    }
  }

  private func send(_ reply: Reply, to peer: Peer) {
    let socket = peer.channel == .control ? control : run
    if socket.send([Frame(peer.routingID)] + reply.frames) != .sent { state.countUndelivered() }
  }

  private func write(_ event: String, _ fields: JSONObject) {
    var line: JSONObject = ["time": .text(Date.now.ISO8601Format()), "event": .text(event)]
    line.merge(fields)
    log(String(decoding: JSONValue.object(line).json, as: UTF8.self))
  }
}
