import ChipInterface

/// A client's connection to the run socket: requests under way and what is heard of them.
///
/// Answers that are late are asked for by `request.attach`; what the server does not know is sent
/// again, byte for byte, so that it is done once however often it is sent.
final class WorkLine {
  /// How long a wait for a message is before other things are looked after, in milliseconds.
  private static let stepMilliseconds = 20
  /// Questions without any sign after which the connection is made anew.
  private static let mostAsked = 2
  /// Answers with chunks missing after which the client gives up.
  private static let mostGaps = 3

  private let connection: Connection
  private let lateness: Duration
  private var pending: [String: PendingRequest] = [:]
  /// Which request an attach asks for.
  private var attached: [String: String] = [:]
  private var names = RequestNames()

  /// Connects to a server's run socket.
  init(
    _ server: ServerDescription, _ address: ServerAddress, lateness: Double
  ) throws(ChipError) {
    self.lateness = .seconds(lateness)
    connection = try Connection(
      server.runEndpoint, address,
      largestFrame: server.limits.resultBytes)
  }

  /// What went over it.
  var statistics: LinkStatistics { connection.statistics }

  /// A name for a request.
  func name() -> String { names.next() }

  /// Forgets all that is under way, and connects to where the server is now.
  func restart(at server: ServerDescription) throws(ChipError) {
    pending = [:]
    attached = [:]
    try connection.renew(to: server.runEndpoint)
  }

  /// Sends a request.
  func send(_ request: PendingRequest) {
    pending[request.id] = request
    connection.send(request.frames)
  }

  /// Gives a request up; what is still heard of it is passed over.
  func forget(_ request: PendingRequest) { pending[request.id] = nil }

  /// Waits for a request's answer; nil when `shouldLeave` says, several times a second, that it
  /// will not come any more.
  func answer(
    to request: PendingRequest, orUntil shouldLeave: () throws(ChipError) -> Bool
  ) throws(ChipError) -> Message? {
    while true {
      try hear()
      if let answer = request.answer { return answer }
      if !connection.wait(milliseconds: Self.stepMilliseconds) {
        if try shouldLeave() { return nil }
        try askForLateOnes()
      }
    }
  }

  private func hear() throws(ChipError) {
    while let message = try connection.receive() {
      if let target = attached.removeValue(forKey: message.id) {
        try hear(message, about: target)
      } else if let request = pending[message.id] {
        try hear(message, of: request)
      }
    }
  }

  /// The answer to an attach; what it asks for comes by itself.
  private func hear(_ message: Message, about target: String) throws(ChipError) {
    guard let request = pending[target] else { return }
    guard message.refused?.code == .unknownRequest else { return request.noteSign() }
    // What was known once and is not any more must not be done twice.
    guard !request.isKnown else {
      throw .remote(
        code: WireError.Code.lost.rawValue, detail: "the server has forgotten a '\(request.type)'")
    }
    request.lastSign = .now
    connection.send(request.frames)
  }

  private func hear(_ message: Message, of request: PendingRequest) throws(ChipError) {
    request.noteSign()
    switch message.type {
    case "run.chunk":
      try request.assembly.take(message)
      sendCredit(request)
    case "run.accepted": break
    default: try finish(request, message)
    }
  }

  private func finish(_ request: PendingRequest, _ message: Message) throws(ChipError) {
    if message.refused == nil, try request.assembly.isMissingChunks(message) {
      request.gaps += 1
      guard request.gaps <= Self.mostGaps else {
        throw .badAnswer("chunks of the result are missing")
      }
      return attach(request)
    }
    request.answer = message
    pending[request.id] = nil
    connection.count(request.frames)
  }

  private func sendCredit(_ request: PendingRequest) {
    guard let credit = request.assembly.takeCreditToSend() else { return }
    var header: JSONObject = ["type": .text("run.credit"), "id": .text(names.next())]
    header["session"] = .text(request.session)
    header["target"] = .text(request.id)
    header.merge(credit)
    connection.send(Message.frames(header: header, payload: nil))
  }

  private func askForLateOnes() throws(ChipError) {
    for request in pending.values where request.isSilent(for: lateness) {
      request.asked += 1
      if request.asked > Self.mostAsked {
        request.asked = 0
        try connection.renew()
      }
      attach(request)
    }
  }

  private func attach(_ request: PendingRequest) {
    let id = names.next()
    attached[id] = request.id
    var header: JSONObject = ["type": .text("request.attach"), "id": .text(id)]
    header["session"] = .text(request.session)
    header["target"] = .text(request.id)
    header.merge(request.assembly.credit)
    request.lastSign = .now
    connection.send(Message.frames(header: header, payload: nil))
  }
}
