/// A question of libzmq to the authentication handler, and its answer (ZAP, RFC 27).
struct AuthenticationRequest: Equatable {
  /// What the handler says.
  enum Verdict: Equatable {
    /// Come in, under this name.
    case welcome(userID: String)
    /// Stay out.
    case denied(String)
    /// The question cannot be answered.
    case failed(String)
  }

  static let version = "1.0"

  /// What the answer repeats.
  let id: [UInt8]
  let version, domain, mechanism: String
  /// The address of the other side, for the log.
  let address: String
  let credentials: [[UInt8]]

  /// Takes a question apart: version, id, domain, address, routing id, mechanism, credentials.
  init(_ frames: [[UInt8]]) {
    func text(_ i: Int) -> String {
      i < frames.count ? String(decoding: frames[i].prefix(256), as: UTF8.self) : ""
    }
    id = frames.count > 1 ? frames[1] : []
    (version, domain, address, mechanism) = (text(0), text(2), text(3), text(5))
    credentials = Array(frames.dropFirst(6))
  }

  /// Decides by the public key, which is all that CURVE shows.
  func verdict(domain ours: String, _ userID: (String) -> String?) -> Verdict {
    guard version == Self.version else { return .failed("this handler speaks ZAP 1.0") }
    guard domain == ours else { return .denied("another domain") }
    guard mechanism == "CURVE" else { return .denied("only CURVE is accepted") }
    guard credentials.count == 1, let key = Z85.key(credentials[0]) else {
      return .failed("CURVE shows one key of 32 bytes")
    }
    guard let user = userID(key) else { return .denied("the key is not known") }
    return .welcome(userID: user)
  }

  /// The frames of the answer: version, id, status, its text, user id, metadata.
  func answer(_ verdict: Verdict) -> [[UInt8]] {
    let (status, text, user): (String, String, String)
    switch verdict {
    case .welcome(let userID): (status, text, user) = ("200", "OK", userID)
    case .denied(let reason): (status, text, user) = ("400", reason, "")
    case .failed(let reason): (status, text, user) = ("500", reason, "")
    }
    return [Array(Self.version.utf8), id] + [status, text, user, ""].map { Array($0.utf8) }
  }
}
