import HardwareSpec

/// Reads the value of one header line; what is not understood is a fault at its word.
struct HeaderValue {
  /// A part of a value: a keyword, and the number behind it unless it is a flag.
  struct Clause {
    var name: String
    /// The numbers that may follow; nil: none does.
    var range: ClosedRange<Double>?
    var isWhole = false, isRequired = true

    static let timeConstant = Clause("tau", 0...65_535)

    init(_ name: String, _ range: ClosedRange<Double>) { (self.name, self.range) = (name, range) }
    init(_ name: String, whole: ClosedRange<Int>, isRequired: Bool = true) {
      self.init(name, Double(whole.lowerBound)...Double(whole.upperBound))
      (isWhole, self.isRequired) = (true, isRequired)
    }
    init(flag: String) { (name, range, isRequired) = (flag, nil, false) }

    /// How a message shows the clause.
    var shown: String { range == nil ? name : "\(name) NUMBER" }
  }

  private let key: String
  private let words: [RuleWord]
  private let end: RulePlace
  private let faults: RuleFaultList
  private var position = 0
  /// After a fault the rest of the line is not judged.
  private var isFaulty = false

  init(_ key: String, _ words: [RuleWord], end: RulePlace, _ faults: RuleFaultList) {
    (self.key, self.words, self.end, self.faults) = (key, words, end, faults)
  }

  private var current: RuleWord? { position < words.count ? words[position] : nil }

  private mutating func expected(_ what: String) {
    guard !isFaulty else { return }
    isFaulty = true
    let found = current?.shown ?? "the end of the line"
    faults.add(
      current?.place ?? end, "found \(found) in '\(key):', where \(what) may stand")
  }

  /// Refuses what is left.
  mutating func finish() {
    if current != nil { expected("the end of the line") }
  }

  /// One of some words.
  mutating func word(of allowed: [String]) -> String {
    guard let word = current, allowed.contains(word.text) else {
      expected(allowed.joined(separator: " or "))
      return ""
    }
    position += 1
    return word.text
  }

  mutating func name() -> String? {
    let isPlain = { (scalar: Unicode.Scalar) in
      scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "-_.".unicodeScalars.contains(scalar)
    }
    guard let word = current, word.text.unicodeScalars.allSatisfy(isPlain), word.text.count <= 64
    else {
      expected("a name of up to 64 letters, digits and -_.")
      return nil
    }
    position += 1
    return word.text
  }

  mutating func whole(_ what: String, _ range: ClosedRange<Int>) -> Int {
    let number = number(
      Double(range.lowerBound)...Double(range.upperBound), isWhole: true, "\(what): ")
    return Int(number ?? Double(range.lowerBound))
  }

  private mutating func number(
    _ range: ClosedRange<Double>, isWhole: Bool, _ prefix: String = ""
  ) -> Double? {
    guard let word = current, let number = Self.number(word.text), range.contains(number),
      !isWhole || number == number.rounded(.towardZero), number == 0 || abs(number) >= 0.0001
    else {
      let kind = isWhole ? "a whole number" : "a number"
      expected(
        "\(prefix)\(kind) from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))")
      return nil
    }
    position += 1
    return number
  }

  /// Digits with a sign and a fraction, as a number; `inf`, `nan` and `0x1` are none.
  private static func number(_ text: String) -> Double? {
    let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    let isNumber =
      (1...2).contains(parts.count)
      && parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) }
      }
    return isNumber && text.utf8.count <= 24 ? Double(text) : nil
  }

  private static func text(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
  }
}

extension HeaderValue {
  /// Clauses in any order, each once; flags that stand there are 1.
  mutating func clauses(_ allowed: [Clause]) -> [String: Double] {
    var found: [String: Double] = [:]
    while let word = current {
      guard let clause = allowed.first(where: { $0.name == word.text && found[$0.name] == nil })
      else { break }
      position += 1
      guard let range = clause.range else {
        found[clause.name] = 1
        continue
      }
      guard let number = number(range, isWhole: clause.isWhole, "behind \(clause.name) ") else {
        return found
      }
      found[clause.name] = number
    }
    let rest = allowed.filter { found[$0.name] == nil }
    if current != nil || rest.contains(where: \.isRequired) {
      expected(rest.isEmpty ? "the end of the line" : rest.map(\.shown).joined(separator: ", "))
    }
    return found
  }

  mutating func trace() -> TraceSettings? {
    let words = TraceSettings.Trigger.allCases.map(\.rawValue)
    let found = clauses(
      [.init("impulse", 0...511), .timeConstant] + words.map { .init(flag: $0) })
    let triggers = TraceSettings.Trigger.allCases.filter { found[$0.rawValue] != nil }
    if triggers.count > 1 { expected("one of \(words.joined(separator: ", "))") }
    guard let impulse = found["impulse"], let tau = found["tau"] else { return nil }
    return TraceSettings(impulse: impulse, timeConstant: tau, trigger: triggers.first ?? .spikes)
  }

  mutating func shape() -> MembraneShape? {
    let height = Clause("height", -127...127)
    let slope = Clause("slope", 0...1000)
    switch word(of: MembraneShape.names) {
    case "triangle":
      let found = clauses([.init("width", 0.5...256), height])
      return .triangle(width: found["width"] ?? 1, height: found["height"] ?? 0)
    case "sigmoid-derivative":
      let found = clauses([slope, height])
      return .sigmoidDerivative(slope: found["slope"] ?? 0, height: found["height"] ?? 0)
    case "fast-sigmoid-derivative":
      let found = clauses([slope, height])
      return .fastSigmoidDerivative(slope: found["slope"] ?? 0, height: found["height"] ?? 0)
    case "sigmoid":
      let found = clauses([slope, height])
      return .sigmoid(slope: found["slope"] ?? 0, height: found["height"] ?? 0)
    case "linear": return .linear
    default: return nil
    }
  }

  mutating func rewiring() -> Rewiring? {
    let found = clauses([
      .init("every", whole: 1...1_000_000), .init("group", whole: 1...65_535),
      .init("synapses", whole: 1...65_535), .init("keep-from", whole: -511...511),
      .init("new", whole: -511...511),
    ])
    guard found.count == 5 else { return nil }
    let value = { (name: String) in Int(found[name] ?? 0) }
    if value("synapses") > value("group") {
      expected("a number of synapses up to that of the group")
    }
    return Rewiring(
      everyEpochs: value("every"), groupPairs: value("group"),
      synapsesPerGroup: value("synapses"), keepsFrom: value("keep-from"),
      initialWeight: value("new"))
  }
}

extension MembraneShape {
  /// How rules write the shapes.
  static let names = [
    "triangle", "sigmoid-derivative", "fast-sigmoid-derivative", "sigmoid", "linear",
  ]
}
