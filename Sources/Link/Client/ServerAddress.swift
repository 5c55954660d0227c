import ChipInterface

/// What all connections of a client share: the libzmq context, the keys, and whom errors name.
struct ServerAddress: Sendable {
  let context: Context
  let key: ClientKey?
  /// The endpoint that the user named.
  let endpoint: String

  /// Prepares connections to a server.
  init(_ endpoint: String, key: ClientKey?) throws(ChipError) {
    (self.endpoint, self.key) = (endpoint, key)
    do {
      context = try Context()
    } catch { throw .connection(endpoint: endpoint, detail: "cannot be used: \(error)") }
  }

  /// Opens a socket and connects it; whether anybody answers is seen later.
  func connect(to endpoint: String, largestFrame: Int) throws(ChipError) -> Socket {
    do {
      let socket = try Socket(
        .dealer, context, largestFrame: largestFrame, security: key?.security ?? .none)
      try socket.connect(endpoint)
      return socket
    } catch { throw .connection(endpoint: self.endpoint, detail: "cannot be used: \(error)") }
  }
}
