import CZeroMQ

/// Why a server cannot serve at an endpoint.
public enum LinkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The installed libzmq has known holes.
  case libraryTooOld(found: String, needed: String)
  /// The endpoint is neither `ipc:///path` nor `tcp://address:port`.
  case malformedEndpoint(String)
  /// The address can be reached from other machines, and connections are not encrypted yet.
  case notLoopback(endpoint: String)
  /// The system cannot hold such a long path of a socket file.
  case pathTooLong(path: String, bytes: Int, longest: Int)
  /// The path of the socket file is taken by something else.
  case notASocket(path: String)
  /// Another server listens there.
  case endpointInUse(String)
  /// A call into libzmq or the system failed.
  case system(call: String, Int32)

  /// One sentence: what, where, what is allowed, what to try.
  public var description: String {
    switch self {
    case .libraryTooOld(let found, let needed):
      return "libzmq \(found) has known security holes; install \(needed) or newer"
    case .malformedEndpoint(let endpoint):
      return "'\(endpoint)' is no endpoint; use ipc:///PATH or tcp://127.0.0.1:PORT"
    case .notLoopback(let endpoint):
      return "'\(endpoint)' can be reached from other machines, which is not allowed without"
        + " encryption; bind 127.0.0.1 or ipc and tunnel to it"
    case .pathTooLong(let path, let bytes, let longest):
      return "the socket path '\(path)' has \(bytes) bytes and the system allows \(longest);"
        + " choose a shorter one, for example under /tmp"
    case .notASocket(let path):
      return "'\(path)' exists and is no socket; choose another path"
    case .endpointInUse(let endpoint):
      return "another server listens on '\(endpoint)'; stop it or choose another endpoint"
    case .system(let call, let code):
      return "\(call) failed: \(String(cString: zmq_strerror(code)))"
    }
  }
}
