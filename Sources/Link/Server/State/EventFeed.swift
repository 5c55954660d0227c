/// Numbers events, and holds back those of the state so that at most ten a second go out.
struct EventFeed: Sendable {
  /// Milliseconds between two events of a kind.
  static let spacing = 100
  private var sequence = 0
  private var nextAt = 0
  /// Whether subscribers have not seen the newest state.
  var isStale = false

  /// Whether news can go out now.
  mutating func isDue(at now: Int) -> Bool {
    guard isStale, now >= nextAt else { return false }
    isStale = false
    nextAt = now + Self.spacing
    return true
  }

  /// An event with its number.
  mutating func event(_ type: String, _ fields: JSONObject) -> ServerEffect {
    sequence += 1
    var event: JSONObject = ["type": .text(type), "sequence": .integer(sequence)]
    event.merge(fields)
    return .publish(event)
  }
}
