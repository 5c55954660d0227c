/// What a client needs to connect to a server with keys: its own pair, and the server's public key.
public struct ClientKey: Equatable, Sendable {
  /// The name that the file gives its owner; the server knows it by the key.
  public let name: String
  package let keys: CurveKeyPair
  package let serverKey: String

  /// Puts the keys together.
  package init(name: String, keys: CurveKeyPair, serverKey: String) {
    (self.name, self.keys, self.serverKey) = (name, keys, serverKey)
  }

  /// Reads a user's secret key file, as `synapus keys new` writes it.
  ///
  /// The server's key is in it, or in the file `server.key` beside it.
  public init(file path: String) throws(LinkError) {
    let file = try KeyFile(path, .secret)
    guard let keys = file.keys else { throw .keys(path: path, .missing(entry: "secret-key")) }
    (name, self.keys) = (file.name, keys)
    if let serverKey = file.serverKey {
      self.serverKey = serverKey
      return
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    guard let beside = try? KeyFile(folder + "server.key", .open) else {
      throw .keys(path: path, .missing(entry: "server-key"))
    }
    serverKey = beside.publicKey
  }

  /// How a client's socket is secured.
  package var security: Socket.Security { .client(keys, serverKey: serverKey) }
}
