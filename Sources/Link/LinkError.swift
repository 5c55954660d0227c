import CZeroMQ

/// Why a server cannot serve at an endpoint, or a client cannot use its key.
public enum LinkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The installed libzmq has known holes.
  case libraryTooOld(found: String, needed: String)
  /// The installed libzmq was built without encryption.
  case curveMissing(version: String)
  /// The endpoint is neither `ipc:///path` nor `tcp://address:port`.
  case malformedEndpoint(String)
  /// The address can be reached from other machines, and there are no keys.
  case notLoopback(endpoint: String)
  /// The endpoint stands for all addresses of the machine, so that clients cannot be told where
  /// the other sockets are.
  case anyAddress(endpoint: String)
  /// The system cannot hold such a long path of a socket file.
  case pathTooLong(path: String, bytes: Int, longest: Int)
  /// The path of the socket file is taken by something else.
  case notASocket(path: String)
  /// Another server listens there.
  case endpointInUse(String)
  /// A key file, or the folder of keys, cannot be used.
  case keys(path: String, KeyFault)
  /// The folder with the server's journal cannot be used.
  case state(folder: String, reason: String)
  /// A log cannot be written.
  case log(path: String, Int32)
  /// The settings of the server contradict each other.
  case settings(SettingsFault)
  /// A call into libzmq or the system failed.
  case system(call: String, Int32)

  /// One sentence: what, where, what is allowed, what to try.
  public var description: String {
    switch self {
    case .libraryTooOld(let found, let needed):
      return "libzmq \(found) has known security holes; install \(needed) or newer"
    case .curveMissing(let version):
      return "libzmq \(version) was built without CURVE, which keys need; install one with it"
    case .malformedEndpoint(let endpoint):
      return "'\(endpoint)' is no endpoint; use ipc:///PATH or tcp://127.0.0.1:PORT"
    case .notLoopback(let endpoint):
      return "'\(endpoint)' can be reached from other machines, which is not allowed without"
        + " keys; make some with 'synapus keys' or bind 127.0.0.1 or ipc"
    case .anyAddress(let endpoint):
      return "'\(endpoint)' stands for all addresses of this machine; bind the one that clients use"
    case .pathTooLong(let path, let bytes, let longest):
      return "the socket path '\(path)' has \(bytes) bytes and the system allows \(longest);"
        + " choose a shorter one, for example under /tmp"
    case .notASocket(let path):
      return "'\(path)' exists and is no socket; choose another path"
    case .endpointInUse(let endpoint):
      return "another server listens on '\(endpoint)'; stop it or choose another endpoint"
    case .keys(let path, let fault): return "'\(path)' \(fault)"
    case .state(let folder, let reason):
      return "the state folder '\(folder)' cannot be used: \(reason)"
    case .log(let path, let code):
      return "the log '\(path)' cannot be written: \(String(cString: zmq_strerror(code)))"
    case .settings(let fault): return "\(fault)"
    case .system(let call, let code):
      return "\(call) failed: \(String(cString: zmq_strerror(code)))"
    }
  }
}

/// How the settings of a server contradict each other.
public enum SettingsFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is no chip to serve.
  case noChip
  /// Two chips have one name, or a name is empty or longer than 64 bytes.
  case chipName(String)
  /// Metrics are for this machine only, over TCP.
  case metricsEndpoint(String)

  /// One sentence: what, where, what is allowed.
  public var description: String {
    switch self {
    case .noChip: return "a server needs a chip to serve"
    case .chipName(let name):
      return "'\(name)' cannot name a chip: names are different, of 1 to 64 bytes"
    case .metricsEndpoint(let endpoint):
      return "metrics cannot be served at '\(endpoint)'; use tcp://127.0.0.1:PORT"
    }
  }
}
