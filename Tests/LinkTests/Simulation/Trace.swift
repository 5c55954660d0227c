import Link

/// Events and effects in one line each, for the trace of a failing seed.
enum Trace {
  static func text(_ event: ServerEvent) -> String {
    switch event {
    case .request(let request, let peer, let user):
      let header = String(decoding: JSONValue.object(request.message.header).json, as: UTF8.self)
      return "\(user.name) at \(text(peer)): \(header.prefix(400))"
    case .malformed(let error, let id, let peer):
      return "malformed \(error.code.rawValue) \(id ?? "-") from \(text(peer))"
    case .unreachable(let peer): return "unreachable \(text(peer))"
    case .worker(let chip, let report): return "worker \(chip): \(text(report))"
    case .journaled(let ticket, let fault):
      return "journaled \(ticket) \(fault.map { "\($0)" } ?? "")"
    case .fetched(let ticket, let image): return "fetched \(ticket) \(image.map(text) ?? "nothing")"
    case .tick: return "tick"
    case .stop(let atOnce): return atOnce ? "stop at once" : "stop"
    }
  }

  static func text(_ effect: ServerEffect) -> String {
    switch effect {
    case .send(let reply, let peer): return "to \(text(peer)): \(text(reply))"
    case .order(let chip, let job, let order): return "order \(chip) job \(job): \(text(order))"
    case .cancel(let chip, let job): return "cancel \(chip) job \(job)"
    case .startWorker(let chip): return "start worker \(chip)"
    case .journal(let ticket, let entries):
      return "journal \(ticket): \(entries.map(text).joined(separator: ", "))"
    case .fetch(let ticket, let session, let chip):
      return "fetch \(ticket): \(session.prefix(6)) \(chip)"
    case .publish(let fields): return "publish \(fields["type"].map { "\($0)" } ?? "")"
    case .log(let event, let fields, _):
      return
        "log \(event) \(String(decoding: JSONValue.object(fields).json, as: UTF8.self).prefix(200))"
    case .halt: return "halt"
    }
  }

  private static func text(_ peer: Peer) -> String {
    "\(peer.channel.rawValue)\(peer.routingID)"
  }

  static func text(_ reply: Reply) -> String {
    switch reply.body {
    case .failure(let error):
      return "\(reply.id ?? "-") error \(error.code.rawValue) \(error.detail)"
    case .message(let type, let fields, let payload):
      let header = String(decoding: JSONValue.object(fields).json, as: UTF8.self)
      return "\(reply.id ?? "-") \(type) \(header.prefix(200)) \(payload?.frame.count ?? 0) B"
    }
  }

  private static func text(_ stored: StoredImage) -> String {
    SlotContent(image: stored.bytes, state: stored.state).map { "\($0)" } ?? ""
  }

  private static func text(_ order: WorkerOrder) -> String {
    switch order {
    case .load(let slot, let message): return "load \(slot) \(message.id)"
    case .restore(let slot, let stored): return "restore \(slot) \(text(stored))"
    case .write(let slot, let message): return "write \(slot) \(message.id)"
    case .run(let slot, let message): return "run \(slot) \(message.id)"
    case .proceed(let run): return "proceed \(run)"
    case .drop(let run): return "drop \(run)"
    case .readImage(let slot): return "read \(slot)"
    case .snapshot(let slot): return "snapshot \(slot)"
    case .forget(let slot): return "forget \(slot)"
    case .compile: return "compile"
    case .calibrate: return "calibrate"
    }
  }

  private static func text(_ report: WorkerReport) -> String {
    switch report {
    case .ready: return "ready"
    case .slice(let job, let slice): return "slice \(job) \(slice.samples) of \(slice.of)"
    case .finished(let job, let outcome):
      if case .failure(let error) = outcome.result { return "\(job) \(error.code.rawValue)" }
      return "finished \(job)"
    case .ended(let reason): return "ended: \(reason)"
    }
  }

  private static func text(_ entry: JournalEntry) -> String {
    switch entry {
    case .opened(let session, let user, _): return "opened \(session.prefix(6)) \(user)"
    case .ended(let session): return "ended \(session.prefix(6))"
    case .image(let session, let chip, let hash, _, _):
      return "image \(session.prefix(6)) \(chip) \(hash.prefix(6))"
    case .checkpoint(let session, let chip, let number, let state):
      return
        "checkpoint \(session.prefix(6)) \(chip) \(number) \(String(decoding: state, as: UTF8.self))"
    case .answered(let session, let id, _, _): return "answered \(session.prefix(6)) \(id)"
    case .epochs(let chip, let below): return "epochs \(chip) < \(below)"
    case .calibration(let chip, let user, _): return "calibration \(chip) \(user)"
    }
  }
}
