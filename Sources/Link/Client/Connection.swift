import ChipInterface

/// A client's socket to one of a server's sockets, which can be replaced by a fresh one.
final class Connection {
  private let address: ServerAddress
  private let largestFrame: Int
  private var endpoint: String
  private var socket: Socket
  /// What went over it.
  private(set) var statistics = LinkStatistics()

  /// Connects; frames above `largestFrame` bytes end the connection.
  init(_ endpoint: String, _ address: ServerAddress, largestFrame: Int) throws(ChipError) {
    (self.endpoint, self.address, self.largestFrame) = (endpoint, address, largestFrame)
    socket = try address.connect(to: endpoint, largestFrame: largestFrame)
  }

  /// Throws the socket away with all that it has not sent, and connects again.
  func renew(to endpoint: String? = nil) throws(ChipError) {
    self.endpoint = endpoint ?? self.endpoint
    socket = try address.connect(to: self.endpoint, largestFrame: largestFrame)
  }

  /// Sends a message; what is not taken now is lost, and must be sent again.
  func send(_ frames: [Frame]) { _ = socket.send(frames) }

  /// Waits for a message, or for the wake-up.
  func wait(milliseconds: Int, _ wakeUp: WakeUp? = nil) -> Bool {
    Socket.poll([socket], wakeUp, milliseconds: milliseconds)[0]
  }

  /// Takes a message that has come; nil when there is none.
  func receive() throws(ChipError) -> Message? {
    guard let (frames, excess) = socket.receive(atMost: Message.mostFrames) else { return nil }
    statistics.bytesReceived += frames.reduce(0) { $0 + $1.count }
    do {
      return try Message(
        frames: frames, excess: excess, payloadLimit: Message.mostFrames * largestFrame)
    } catch { throw .badAnswer(error.error.detail) }
  }

  /// Counts a request that was answered.
  func count(_ frames: [Frame]) {
    statistics.roundTrips += 1
    statistics.bytesSent += frames.reduce(0) { $0 + $1.count }
  }
}
