/// The header lines of a rule: `key: value`, each key once.
struct RuleHeader {
  /// The name that a line gives; nil: that of the file.
  private(set) var name: String?
  private(set) var settings = RuleSettings()
  /// Where each key stands.
  private(set) var places: [String: RulePlace] = [:]

  private static let keys = [
    "name", "epoch", "x1", "x2", "y1", "y2", "y3", "traces", "burst", "reward", "error",
    "membrane", "tag-carry", "rewiring",
  ]

  mutating func read(
    _ key: RuleWord, _ value: ArraySlice<Unicode.Scalar>, _ faults: RuleFaultList
  ) {
    guard Self.keys.contains(key.text) else {
      let keys = Self.keys.joined(separator: ", ")
      return faults.add(key.place, "found \(key.shown) before ':', where \(keys) may stand")
    }
    if let first = places[key.text] {
      return faults.add(
        key.place,
        "found a second '\(key.text):', where one may stand; line \(first.line) has the first")
    }
    places[key.text] = key.place
    let words = RuleWord.words(of: value, line: key.place.line)
    let end = RulePlace(line: key.place.line, column: value.endIndex + 1)
    var reader = HeaderValue(key.text, words, end: end, faults)
    read(key.text, &reader)
    reader.finish()
  }

  private mutating func read(_ key: String, _ value: inout HeaderValue) {
    switch key {
    case "name": name = value.name()
    case "epoch": settings.epochTicks = value.whole("ticks", 1...65_535)
    case "x1": settings.x1 = value.trace()
    case "x2": settings.x2 = value.trace()
    case "y1": settings.y1 = value.trace()
    case "y2": settings.y2 = value.trace()
    case "y3": settings.y3 = value.trace()
    case "traces": settings.tracesFromEvents = value.word(of: ["spikes", "graded"]) == "graded"
    case "burst": settings.burstTicks = value.whole("ticks", 1...65_535)
    case "reward":
      let clauses = value.clauses([.timeConstant])
      settings.reward.timeConstant = clauses["tau"] ?? 0
    case "error": readError(&value)
    case "membrane": settings.membrane = value.shape()
    case "tag-carry": settings.tagCarry = value.whole("a tag", 1...511)
    default: settings.rewiring = value.rewiring()
    }
  }

  private mutating func readError(_ value: inout HeaderValue) {
    let clauses = value.clauses([
      .timeConstant, .init("own-spike", whole: -511...511, isRequired: false),
      .init(flag: "minus-membrane"),
    ])
    settings.error.timeConstant = clauses["tau"] ?? 0
    settings.error.ownSpike = Int(clauses["own-spike"] ?? 0)
    settings.error.subtractsMembrane = clauses["minus-membrane"] != nil
  }

  /// What lines say against each other.
  func check(_ faults: RuleFaultList) {
    let traces = [
      ("x1", settings.x1), ("x2", settings.x2), ("y1", settings.y1), ("y2", settings.y2),
      ("y3", settings.y3),
    ]
    for case (let key, let trace?) in traces {
      guard let place = places[key] else { continue }
      if settings.tracesFromEvents, key.hasPrefix("y") {
        faults.add(
          place, "found '\(key):' beside 'traces: graded', where graded events alone set y1 to y3")
      }
      if trace.trigger != .spikes, settings.burstTicks == 0, places["burst"] == nil {
        faults.add(
          place,
          "found '\(trace.trigger.rawValue)' in a rule without 'burst: TICKS', which says what a"
            + " burst is")
      }
    }
    if settings.error.subtractsMembrane, settings.membrane == nil, places["membrane"] == nil,
      let place = places["error"]
    {
      faults.add(
        place, "found 'minus-membrane' in a rule without a line 'membrane:', which says what p is")
    }
  }
}
