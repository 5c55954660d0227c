import CZeroMQShim
import Foundation

/// The endpoints of a server's three sockets, made from the one that users name.
///
/// On ipc the other two stand beside it (`.run`, `.evt`); on tcp they get ports of their own.
struct ServerEndpoints: Equatable {
  var control, run, events: String
  /// The files of the sockets, on ipc.
  var paths: [String] = []

  /// Checks an endpoint to bind; without keys only this machine may be able to reach it.
  init(binding endpoint: String, hasKeys: Bool) throws(LinkError) {
    if let path = endpoint.dropping(prefix: "ipc://") {
      guard path.hasPrefix("/"), path.count > 1 else { throw .malformedEndpoint(endpoint) }
      try self.init(path: path)
    } else if let address = endpoint.dropping(prefix: "tcp://") {
      try self.init(address: address, endpoint, hasKeys)
    } else {
      throw .malformedEndpoint(endpoint)
    }
  }

  private init(path: String) throws(LinkError) {
    paths = [path, path + ".run", path + ".evt"]
    let (bytes, longest) = (paths[1].utf8.count, synapus_ipc_longest_path())
    guard bytes <= longest else {
      throw .pathTooLong(path: path, bytes: path.utf8.count, longest: longest - 4)
    }
    (control, run, events) = ("ipc://" + paths[0], "ipc://" + paths[1], "ipc://" + paths[2])
  }

  private init(address: String, _ endpoint: String, _ hasKeys: Bool) throws(LinkError) {
    guard let colon = address.lastIndex(of: ":") else { throw .malformedEndpoint(endpoint) }
    let port = address[address.index(after: colon)...]
    guard port == "*" || UInt16(port) != nil else { throw .malformedEndpoint(endpoint) }
    let host = address[..<colon] == "localhost" ? "127.0.0.1" : String(address[..<colon])
    guard !host.isEmpty, host.allSatisfy({ !$0.isWhitespace && $0 != ";" }) else {
      throw .malformedEndpoint(endpoint)
    }
    guard hasKeys || host == "[::1]" || Self.isLoopback(host) else {
      throw .notLoopback(endpoint: endpoint)
    }
    // `hello` names the other sockets by address, and no client can connect to "any".
    guard !Self.meansAll(host) else { throw .anyAddress(endpoint: endpoint) }
    control = "tcp://\(host):\(port == "0" ? "*" : port)"
    (run, events) = ("tcp://\(host):*", "tcp://\(host):*")
  }

  /// Whether an IPv4 address lies in 127.0.0.0/8.
  private static func isLoopback(_ host: String) -> Bool {
    let bytes = host.split(separator: ".", omittingEmptySubsequences: false)
    return bytes.count == 4 && bytes.allSatisfy { UInt8($0) != nil } && UInt8(bytes[0]) == 127
  }

  private static func meansAll(_ host: String) -> Bool {
    host == "*" || host == "[::]" || host.split(separator: ".").allSatisfy { UInt8($0) == 0 }
  }

  /// Makes way for the socket files: a file left by a dead server may go, a live one may not.
  func claimPaths() throws(LinkError) {
    for path in paths {
      switch synapus_ipc_probe(path) {
      case 1: throw .endpointInUse("ipc://" + path)
      case -1: throw .notASocket(path: path)
      default: continue  // libzmq removes a stale file when it binds.
      }
    }
  }

  /// Removes the socket files; for a server that still holds them, so that nobody else's go.
  func removePaths() {
    for path in paths { _ = synapus_ipc_remove(path) }
  }

  /// Lets only this user connect.
  func protectPaths() {
    for path in paths { _ = synapus_ipc_protect(path) }
  }

  /// Whether a file of a socket is still there; libzmq removes it some time after the closing.
  var hasPaths: Bool { paths.contains { synapus_ipc_probe($0) != 0 || access($0, F_OK) == 0 } }
}

extension String {
  /// The rest after a prefix; nil when the text does not begin with it.
  func dropping(prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
