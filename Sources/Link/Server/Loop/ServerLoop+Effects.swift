import Foundation

extension ServerLoop {
  /// The loop itself, as one that asks for metrics.
  static let ownPeer = Peer(.control, Array("metrics".utf8))
  private static let ownUser = User("metrics", .viewer)

  /// Does what the state says.
  func perform(_ effect: ServerEffect) {
    switch effect {
    case .send(let reply, let peer): send(reply, to: peer)
    case .order(let worker, let job, let order): parts.workers.send(worker, job, order)
    case .cancel(let worker, let job): parts.workers.cancel(worker, job)
    case .startWorker(let worker): parts.workers.start(worker)
    case .journal(let ticket, let entries):
      parts.books.note(ticket, entries)
      parts.journal.write(ticket: ticket, entries)
    case .fetch(let ticket, let session, let chip):
      parts.books.noteFetch(ticket, largest: parts.limits.uploadBytes)
      parts.journal.fetch(ticket: ticket, session: session, chip: chip)
    case .publish(let event): publish(event)
    case .log(let event, let fields, let audited):
      parts.log.write(event, fields, audited: audited)
    case .halt: return
    }
  }

  // MARK: Metrics

  /// Serves the metrics page; the state is asked as by a client.
  func serveMetrics() {
    guard var page = parts.metrics else { return }
    page.serve(at: parts.clock.milliseconds) {
      metricsText = nil
      askForMetrics()
      return metricsText ?? []
    }
    parts.metrics = page
  }

  private func askForMetrics() {
    let header: JSONObject = ["type": .text("metrics"), "id": .text("page")]
    let frames = Message.frames(header: header, payload: nil)
    guard let message = try? Message(frames: frames, excess: 0, payloadLimit: 0),
      let request = try? Request(message, on: .control)
    else { return }
    handle(.request(request, from: Self.ownPeer, by: Self.ownUser))
  }

  /// Keeps the text of an answer to the loop's own question.
  func keepMetrics(_ reply: Reply) {
    guard let text = Self.metricsText(reply) else { return }
    metricsText = text
  }

  private static func metricsText(_ reply: Reply) -> [UInt8]? {
    guard case .message("metrics.ok", _, .some) = reply.body,
      let message = try? Message(frames: reply.frames, excess: 0, payloadLimit: 1 << 24)
    else { return nil }
    return try? message.array("text", UInt8.self)
  }

  /// The state's reply; metrics get what only the loop can count.
  func completed(_ reply: Reply) -> Reply {
    guard case .message(let type, let fields, _) = reply.body, type == "metrics.ok",
      let text = Self.metricsText(reply)
    else { return reply }
    let whole = Payload([WireArray("text", text + Array(ownMetrics.utf8))])
    return Reply(id: reply.id, .message(type: type, fields, whole))
  }

  private var ownMetrics: String {
    let journal = parts.journal.figures
    let counters: [(name: String, help: String, value: Int)] = [
      (
        "denied_connections_total", "Connections refused for their keys.",
        parts.authentication?.denied ?? 0
      ),
      (
        "stranger_messages_total", "Messages over connections whose key was taken away.",
        tally.strangers
      ),
      ("full_peers_total", "Messages that did not fit the queue of a peer.", outbox.timesFull),
      ("given_up_messages_total", "Messages that their peer never took.", tally.undelivered),
      ("journal_commits_total", "Transactions of the journal on disk.", journal.commits),
      ("journal_faults_total", "Orders to the journal that failed.", journal.faults),
      (
        "memory_floods_total", "Times the sockets were closed for unexplained memory.",
        tally.floods
      ),
    ]
    let gauges: [(name: String, help: String, value: Int)] = [
      ("journal_waiting", "Orders that wait for the journal.", journal.waiting),
      ("journal_bytes", "Bytes of the journal and its log.", journal.bytes),
      ("waiting_messages", "Messages that wait for slow readers.", outbox.count),
      ("frame_bytes", "Bytes of messages held in memory.", Frame.bytesHeld),
      ("resident_bytes", "Memory of the gateway that is its own.", MemoryGuard.privateBytes()),
    ]
    return Self.lines(counters, "counter") + Self.lines(gauges, "gauge")
  }

  private static func lines(
    _ metrics: [(name: String, help: String, value: Int)], _ kind: String
  ) -> String {
    metrics.map { metric in
      let name = "synapus_gateway_\(metric.name)"
      return "# HELP \(name) \(metric.help)\n# TYPE \(name) \(kind)\n\(name) \(metric.value)\n"
    }.joined()
  }
}
