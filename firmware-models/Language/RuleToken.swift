/// One symbol of an equation, and where it stands.
struct RuleToken {
  enum Kind: Equatable {
    case number, decimal, name, plus, minus, times, caret, open, close, unknown, end
  }

  var kind: Kind
  var text: String
  var place: RulePlace

  /// How a message calls it.
  var shown: String { kind == .end ? "the end of the rule" : "'\(text.prefix(40))'" }
  var isSign: Bool { kind == .plus || kind == .minus }
}

/// The right side of an equation: its characters, each with its place.
struct Equation {
  let target: LearningProduct.Target
  private var characters: [(scalar: Unicode.Scalar, place: RulePlace)] = []
  private var end: RulePlace

  /// Starts an empty equation that ends at a place.
  init(_ target: LearningProduct.Target, at place: RulePlace) {
    (self.target, end) = (target, place)
  }

  /// Takes a whole text; its lines count from 1.
  init(_ text: String, _ target: LearningProduct.Target) {
    self.init(target, at: RulePlace(line: 1, column: 1))
    for (number, line) in RuleLines(text).lines.enumerated() {
      append(line[...], line: number + 1)
    }
  }

  /// Adds a line, or the rest of one.
  mutating func append(_ line: ArraySlice<Unicode.Scalar>, line number: Int) {
    for index in line.indices {
      characters.append((line[index], RulePlace(line: number, column: index + 1)))
    }
    end = RulePlace(line: number, column: line.endIndex + 1)
  }

  /// The products of the equation; what is none is added to the faults.
  func products(
    _ faults: RuleFaultList, naming: Bool = false
  ) -> [(product: LearningProduct, place: RulePlace)] {
    var parser = EquationParser(
      target, tokens, faults, prefix: naming ? "in d\(target.letter): " : "")
    return parser.parse()
  }

  /// The symbols, with one that marks the end.
  private var tokens: [RuleToken] {
    var (tokens, index): ([RuleToken], Int) = ([], 0)
    while index < characters.count {
      let (scalar, place) = characters[index]
      if scalar.properties.isWhitespace {
        index += 1
        continue
      }
      let kind = Self.kind(of: scalar)
      let end = kind == .number || kind == .name ? wordEnd(index, kind) : index + 1
      let word = characters[index..<end].map { $0.scalar }
      let isDecimal = kind == .number && word.contains { !Self.isDigit($0) }
      tokens.append(
        RuleToken(
          kind: isDecimal ? .decimal : kind, text: Self.text(word), place: place))
      index = end
    }
    return tokens + [RuleToken(kind: .end, text: "", place: end)]
  }

  /// Where a number or name that begins at `start` ends.
  private func wordEnd(_ start: Int, _ kind: RuleToken.Kind) -> Int {
    var end = start + 1
    while end < characters.count {
      let (scalar, place) = characters[end]
      let last = characters[end - 1].place
      let belongs =
        Self.isDigit(scalar)
        || (kind == .number ? scalar == "." : Self.isLetter(scalar) || scalar == "_")
      guard belongs, place.line == last.line else { break }
      end += 1
    }
    return end
  }

  private static func kind(of scalar: Unicode.Scalar) -> RuleToken.Kind {
    switch scalar {
    case "+": return .plus
    case "-": return .minus
    case "*": return .times
    case "^": return .caret
    case "(": return .open
    case ")": return .close
    case ".": return .number
    default: return isDigit(scalar) ? .number : isLetter(scalar) ? .name : .unknown
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }

  /// The characters as a message may show them.
  private static func text(_ scalars: [Unicode.Scalar]) -> String {
    guard scalars.count == 1, let scalar = scalars.first else {
      return String(String.UnicodeScalarView(scalars))
    }
    let isPlain = scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7F
    return isPlain ? String(scalar) : "U+" + String(scalar.value, radix: 16, uppercase: true)
  }
}
