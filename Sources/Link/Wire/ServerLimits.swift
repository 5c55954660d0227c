/// The limits that a server keeps, and announces in `hello`.
public struct ServerLimits: Equatable, Sendable {
  /// The largest payload frame, in bytes.
  public var frameBytes = 1 << 20
  /// Bytes of uploads that a session may hold, and of the recording of one run.
  public var uploadBytes = 512 << 20, resultBytes = 256 << 20
  /// Bytes of uploads, and of results that were not fetched, of all sessions together.
  ///
  /// They are the server's own, and not announced: no client can keep to them by itself.
  public var uploadTotalBytes = 4 << 30, resultTotalBytes = 4 << 30
  /// Requests of one session on one chip that may wait.
  public var queue = 8
  /// Chunks of a run that may be under way.
  public var credit = 64
  /// Sessions of one user, and of all.
  public var sessionsPerUser = 4, sessions = 64
  /// Seconds without a message after which a session ends.
  public var sessionIdleSeconds = 60
  /// The longest time to live of a lease, in milliseconds.
  public var leaseMilliseconds = 30_000
  /// Samples times ticks of one run.
  public var runTicks = 1 << 32

  /// Makes the default limits.
  public init() {}

  /// The limits under the names that the wire gives them.
  private static var named: [(String, WritableKeyPath<ServerLimits, Int>)] {
    [
      ("frame_bytes", \.frameBytes), ("upload_bytes", \.uploadBytes),
      ("result_bytes", \.resultBytes), ("queue", \.queue), ("credit", \.credit),
      ("sessions_per_user", \.sessionsPerUser), ("sessions", \.sessions),
      ("session_idle_seconds", \.sessionIdleSeconds), ("lease_ttl_ms", \.leaseMilliseconds),
      ("run_ticks", \.runTicks),
    ]
  }

  var fields: JSONObject {
    var fields: JSONObject = [
      "header_bytes": .integer(Message.largestHeader), "frames": .integer(Message.mostFrames),
    ]
    for (name, path) in Self.named { fields[name] = .integer(self[keyPath: path]) }
    return fields
  }

  init(_ object: JSONObject) throws(WireError) {
    for (name, path) in Self.named {
      self[keyPath: path] = try object.integer(name, 1...1 << 48)
    }
  }
}
