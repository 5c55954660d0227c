/// Reads the lines of a `.rule` file: header lines, equations, comments.
struct RuleReader {
  static let nothingLearns = "found no equation, where one of 'dw =', 'dd =' and 'dt =' must stand"

  let faults = RuleFaultList()
  private(set) var header = RuleHeader()
  private(set) var products: [(product: LearningProduct, place: RulePlace)] = []
  /// The equations in the order of the text.
  private var equations: [(key: RuleWord, equation: Equation)] = []

  init(_ text: String) {
    guard text.utf8.count <= RuleLines.mostBytes else {
      faults.add(
        RulePlace(line: 1, column: 1),
        "the text has \(text.utf8.count) bytes; up to \(RuleLines.mostBytes) are allowed")
      return
    }
    let lines = RuleLines(text).lines
    for (number, line) in lines.enumerated() where !faults.isFull {
      read(line.prefix { $0 != "#" }, line: number + 1)
    }
    for entry in equations where !faults.isFull {
      products += entry.equation.products(faults)
    }
    if equations.isEmpty {
      faults.add(
        RulePlace(line: lines.count, column: (lines.last?.count ?? 0) + 1), Self.nothingLearns)
    }
    header.check(faults)
  }

  private mutating func read(_ line: ArraySlice<Unicode.Scalar>, line number: Int) {
    guard let first = line.firstIndex(where: { !$0.properties.isWhitespace }) else { return }
    if first > 0, !equations.isEmpty {
      // An indented line goes on with the equation above it.
      return equations[equations.count - 1].equation.append(line, line: number)
    }
    guard let border = line.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
      return faults.add(
        RulePlace(line: number, column: first + 1),
        "found a line without ':' or '=', where 'key: value', 'dw = ...' or a comment may stand;"
          + " lines that go on with an equation are indented")
    }
    let key = RuleWord(line[first..<border], line: number)
    let rest = line[(border + 1)...]
    if line[border] == "=" { readEquation(key, rest) } else { header.read(key, rest, faults) }
  }

  private mutating func readEquation(_ key: RuleWord, _ rest: ArraySlice<Unicode.Scalar>) {
    let targets = LearningProduct.Target.allCases
    guard let target = targets.first(where: { key.text == "d" + $0.letter }) else {
      return faults.add(key.place, "found \(key.shown) before '=', where dw, dd or dt may stand")
    }
    if let other = equations.first(where: { $0.key.text == key.text }) {
      faults.add(
        key.place,
        "found a second '\(key.text) =', where one may stand; line"
          + " \(other.key.place.line) has the first, and indented lines go on with it")
    }
    var equation = Equation(target, at: key.place)
    equation.append(rest, line: key.place.line)
    equations.append((key, equation))
  }
}

/// A word of a header line, and where it stands.
struct RuleWord {
  var text: String
  var place: RulePlace

  init(_ scalars: ArraySlice<Unicode.Scalar>, line: Int) {
    let trimmed = scalars.reversed().drop { $0.properties.isWhitespace }.reversed()
    text = String(String.UnicodeScalarView(trimmed))
    place = RulePlace(line: line, column: scalars.startIndex + 1)
  }

  /// How a message calls it.
  var shown: String {
    let plain = text.unicodeScalars.prefix(40).map { scalar in
      scalar.properties.generalCategory == .control ? "?" : String(scalar)
    }
    return "'\(plain.joined())'"
  }

  /// The words of a value, which spaces and commas separate.
  static func words(of value: ArraySlice<Unicode.Scalar>, line: Int) -> [RuleWord] {
    value.split { $0 == "," || $0.properties.isWhitespace }.map { RuleWord($0, line: line) }
  }
}
