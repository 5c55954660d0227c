/// What a server has done since it started.
struct ServerTally: Sendable {
  var malformed = 0
  var sessions = 0
  var undelivered = 0
  var loads = 0
  var writes = 0
  var runs = 0
  var crashes = 0
  var runSeconds = 0.0
  /// Microseconds in which chips were busy.
  var chipTime = 0
  private(set) var requests = 0
  private(set) var errors = 0
  /// Requests by type, errors by type and code; types are those of the protocol.
  private(set) var byType: [String: Int] = [:]
  private(set) var byCode: [String: Int] = [:]
  private(set) var latencies: [String: LatencyHistogram] = [:]

  mutating func note(_ type: String) {
    requests += 1
    byType[type, default: 0] += 1
  }

  mutating func note(_ error: WireError, of type: String) {
    errors += 1
    byCode["type=\"\(type)\",code=\"\(error.code.rawValue)\"", default: 0] += 1
  }

  mutating func note(latency milliseconds: Int, of type: String) {
    latencies[type, default: LatencyHistogram()].add(milliseconds)
  }

  mutating func finish(_ work: Command.Work) {
    switch work {
    case .loadImage: loads += 1
    case .writeWeights: writes += 1
    case .run: runs += 1
    default: break
    }
  }

  var fields: JSONObject {
    [
      "requests": .integer(requests), "malformed": .integer(malformed), "errors": .integer(errors),
      "sessions": .integer(sessions), "undelivered": .integer(undelivered),
      "loads": .integer(loads), "writes": .integer(writes), "runs": .integer(runs),
      "chip_seconds": .number(Double(chipTime) / 1e6),
    ]
  }
}
