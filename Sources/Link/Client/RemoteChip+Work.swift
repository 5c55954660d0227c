import ChipInterface

// How a request becomes an answer, whatever happens in between.
extension RemoteChip {
  /// How often a request is tried again after troubles; a server that dies so often is not well.
  private static let mostTroubles = 16
  /// How often the lease may be lost during one request.
  private static let mostLeases = 1
  /// The longest wait in the server's queue: as long as it allows, in milliseconds.
  private static let deadline = 3_600_000
  private static let mostAcks = 256

  /// Chunks that may be under way.
  var credit: Int { min(16, session.server.limits.credit) }

  /// What became of a request.
  private enum Outcome {
    case answered(Message)
    case interrupted(Trouble)
    /// The weights that it builds on have not come to the server; they have by now.
    case overtook
  }

  /// Has work done, and overcomes troubles as far as nothing is lost or done twice by that.
  func perform(
    _ request: WorkRequest, _ cancellation: Cancellation?
  ) throws(ChipError) -> WorkResult {
    try checkOpen()
    var leases = 0
    for _ in 0..<Self.mostTroubles {
      try attend(request.kind, cancellation)
      if request.kind != .load { try restore(cancellation) }
      let weights = weightsJoining(request)
      if weights.isEmpty { try sendUnanswered() }
      let pending = try send(request, with: weights, cancellation)
      switch try outcome(of: pending, cancellation) {
      case .answered(let answer): return try result(answer, of: pending)
      case .overtook: continue
      case .interrupted(let trouble):
        if trouble == .leaseEnded { leases += 1 }
        guard leases <= Self.mostLeases else {
          throw .remote(
            code: WireError.Code.staleEpoch.rawValue, detail: "the lease was lost again at once")
        }
        try recover(from: trouble, during: request.kind, cancellation)
      }
    }
    throw .connection(endpoint: endpoint, detail: "was started again too often during a request")
  }

  private func result(
    _ answer: Message, of request: PendingRequest
  ) throws(ChipError) -> WorkResult {
    let granted = try answer.granting(request.type, by: endpoint)
    let parts = try request.assembly.parts(granted)
    acks.append(request.id)
    if request.joinsWrite, let write = unanswered {
      ledger.noteWrite(write.blocks)
      unanswered = nil
    }
    return WorkResult(answer: granted, parts: parts)
  }

  /// The answer to the weights sent before, then to the request.
  private func outcome(
    of pending: PendingRequest, _ cancellation: Cancellation?
  ) throws(ChipError) -> Outcome {
    do {
      if let trouble = try takeWriteAnswer() {
        work.forget(pending)
        return .interrupted(trouble)
      }
    } catch {
      // The server does not do it either: it comes after what was refused.
      work.forget(pending)
      throw error
    }
    return try wait(for: pending, cancellation)
  }

  private func wait(
    for pending: PendingRequest, _ cancellation: Cancellation?
  ) throws(ChipError) -> Outcome {
    var watch = Watch(cancellation)
    do {
      let answer = try work.answer(to: pending) { () throws(ChipError) in
        try self.shouldLeave(pending, &watch)
      }
      guard let answer else { return .interrupted(.serverRestarted) }
      if pending.comesAfter, answer.refused?.code == .unknownRequest { return .overtook }
      if let refused = answer.refused,
        let trouble = Trouble(refused, wasCancelled: watch.hasCancelled)
      {
        return .interrupted(trouble)
      }
      return .answered(answer)
    } catch {
      work.forget(pending)
      throw error
    }
  }
}

// MARK: While waiting

extension RemoteChip {
  /// What is looked after while an answer is awaited.
  private struct Watch {
    let cancellation: Cancellation?
    var cancelledAt: SuspendingClock.Instant?
    var hasCancelled: Bool { cancelledAt != nil }

    init(_ cancellation: Cancellation?) { self.cancellation = cancellation }

    /// Whether it is time to tell the server of the cancellation, for the first time or again.
    mutating func isCancelDue() -> Bool {
      guard cancellation?.isCancelled == true else { return false }
      if let last = cancelledAt, SuspendingClock.now - last < .seconds(1) { return false }
      cancelledAt = .now
      return true
    }
  }

  /// Whether the answer will not come any more.
  private func shouldLeave(
    _ pending: PendingRequest, _ watch: inout Watch
  ) throws(ChipError) -> Bool {
    let pulse = heartbeat.pulse
    if watch.isCancelDue() {
      do {
        _ = try session.request("cancel", ["target": .text(pending.id)], seconds: 1)
      } catch {
        if pulse.silentSeconds > 0 { throw .cancelled }
      }
    }
    if pulse.silentSeconds >= options.patience {
      throw .connection(
        endpoint: endpoint, detail: "went away: it gave no sign of life for \(options.patience) s")
    }
    return isLost(pulse)
  }

  private func isLost(_ pulse: Heartbeat.Pulse) -> Bool {
    pulse.serverSession != session.server.serverSession || !pulse.knowsSession
  }

  /// Looks whether the server is still the one that knows us, before something is sent.
  func attend(_ next: WorkRequest.Kind, _ cancellation: Cancellation?) throws(ChipError) {
    if isLost(heartbeat.pulse) {
      // Nothing is under way: what comes next is not in doubt.
      try recover(from: .sessionEnded, during: next == .load ? .load : nil, cancellation)
    }
    if next != .load, let loss = lossToTell {
      lossToTell = nil
      throw loss
    }
  }
}

// MARK: Sending

extension RemoteChip {
  /// Reads the answer to weights that were sent, and sends them again if it must be.
  func settle(_ cancellation: Cancellation?) throws(ChipError) {
    for _ in 0..<Self.mostTroubles {
      guard unanswered != nil else { return }
      try attend(.write, cancellation)
      try restore(cancellation)
      try sendUnanswered()
      guard let trouble = try takeWriteAnswer() else { return }
      try recover(from: trouble, during: .write, cancellation)
    }
  }

  /// Waits for the answer to the weights; answers with what came between.
  private func takeWriteAnswer() throws(ChipError) -> Trouble? {
    guard let write = unanswered, let request = write.request else { return nil }
    do {
      switch try wait(for: request, nil) {
      case .overtook: return nil
      case .interrupted(let trouble):
        unanswered?.request = nil
        return trouble
      case .answered(let answer):
        _ = try answer.granting(request.type, by: endpoint)
        ledger.noteWrite(write.blocks)
        unanswered = nil
        return nil
      }
    } catch {
      unanswered = nil
      throw error
    }
  }

  /// Sends the weights that are to be sent.
  func sendUnanswered() throws(ChipError) {
    guard let write = unanswered, write.request == nil else { return }
    let request = try send(WorkRequest(.write, [:], WeightCoding.encode(write.blocks)), nil)
    unanswered?.request = request
  }

  /// The weights that wait to be sent and travel with a request, where both fit a frame.
  private func weightsJoining(_ request: WorkRequest) -> [WireArray] {
    guard options.joinsWrites, request.kind == .run, let write = unanswered, write.request == nil
    else { return [] }
    let weights = WeightCoding.encode(write.blocks)
    let bytes = Payload.size(of: request.arrays + weights)
    return bytes <= session.server.limits.frameBytes ? weights : []
  }

  private func send(
    _ request: WorkRequest, with weights: [WireArray] = [], _ cancellation: Cancellation?
  ) throws(ChipError) -> PendingRequest {
    let limits = session.server.limits
    var header = header(request.kind.rawValue)
    header["epoch"] = .integer(session.epoch)
    header["deadline_ms"] = .integer(Self.deadline)
    header["after"] = (unanswered?.request?.id).map { .text($0) }
    if !acks.isEmpty {
      header["acks"] = .list(acks.prefix(Self.mostAcks).map { .text($0) })
      acks.removeFirst(min(acks.count, Self.mostAcks))
    }
    header.merge(request.fields)
    let arrays = request.arrays + weights
    guard !arrays.isEmpty else {
      return deliver(header, Message.frames(header: header, payload: nil))
    }
    let payload = Payload(arrays)
    guard payload.frame.count > limits.frameBytes else {
      let pending = deliver(header, Message.frames(header: header, payload: payload))
      pending.joinsWrite = !weights.isEmpty
      return pending
    }
    let name = try upload(payload, for: request, cancellation)
    header["payload"] = .list([payload.entry(uploaded: name)])
    return deliver(header, Message.frames(header: header, payload: nil))
  }

  /// The fields that all requests on the run socket have.
  private func header(_ type: String) -> JSONObject {
    [
      "type": .text(type), "id": .text(work.name()), "session": .text(session.token),
      "chip": .text(session.chip),
    ]
  }

  private func deliver(_ header: JSONObject, _ frames: [Frame]) -> PendingRequest {
    func text(_ key: String) -> String {
      if case .text(let text)? = header[key] { return text }
      return ""
    }
    let pending = PendingRequest(
      id: text("id"), type: text("type"), session: session.token, frames: frames,
      resultLimit: session.server.limits.resultBytes, credit: credit)
    pending.comesAfter = header["after"] != nil
    work.send(pending)
    return pending
  }

}

// MARK: Large payloads

extension RemoteChip {
  /// How often an upload that broke off is begun again.
  private static let mostUploads = 3

  /// Sends a payload in pieces ahead of its request, and answers with the name that stands for it.
  private func upload(
    _ payload: Payload, for request: WorkRequest, _ cancellation: Cancellation?
  ) throws(ChipError) -> String {
    let (bytes, limits) = (payload.frame.count, session.server.limits)
    guard bytes <= limits.uploadBytes else {
      throw .remote(
        code: WireError.Code.tooLarge.rawValue,
        detail: "\(request.kind.rawValue) has \(bytes) bytes and the server takes"
          + " \(limits.uploadBytes); send smaller batches")
    }
    var name = work.name()
    for _ in 0..<Self.mostUploads {
      let upload = CutUpload(payload, name: name, pieceBytes: limits.frameBytes)
      if try put(upload, cancellation) { break }
      name = work.name()
    }
    return name
  }

  /// Sends the pieces, several under way at a time; false when one was not taken because one
  /// before it did not arrive.
  private func put(
    _ upload: CutUpload, _ cancellation: Cancellation?
  ) throws(ChipError) -> Bool {
    var underWay: [PendingRequest] = []
    defer { for piece in underWay { work.forget(piece) } }
    for number in 0..<upload.count {
      let piece = upload.piece(number)
      var header = header("put")
      header.merge(piece.fields)
      underWay.append(deliver(header, Message.frames(header: header, payload: piece.payload)))
      if underWay.count == CutUpload.mostUnderWay,
        try !isTaken(underWay.removeFirst(), cancellation)
      {
        return false
      }
    }
    while !underWay.isEmpty {
      if try !isTaken(underWay.removeFirst(), cancellation) { return false }
    }
    return true
  }

  private func isTaken(
    _ piece: PendingRequest, _ cancellation: Cancellation?
  ) throws(ChipError) -> Bool {
    switch try wait(for: piece, cancellation) {
    case .interrupted, .overtook: return true  // The request itself will meet the same trouble.
    case .answered(let answer):
      let code = answer.refused?.code
      if code == .badHeader || code == .badPayload { return false }
      _ = try answer.granting("put", by: endpoint)
      return true
    }
  }
}
