import HardwareSpec

/// A fault of a rule's text, of a rule on its way to a chip, or of microcode.
public enum RuleError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One fault of a rule's text, at a place.
  public struct Fault: Equatable, Sendable {
    /// Line and column of the text, from 1.
    public var line, column: Int
    /// What was found and what may stand there, in one sentence without the place.
    public var message: String

    /// Makes a fault.
    public init(line: Int, column: Int, message: String) {
      (self.line, self.column, self.message) = (line, column, message)
    }
  }

  /// The text is not a rule; all faults are listed.
  case faults(file: String, [Fault])
  /// The rule is one, but not for this chip; all faults are listed.
  case doesNotFit(file: String, [Fault])
  /// No rule of that name is built in.
  case unknownRule(name: String, known: [String])
  /// A product that no word can hold, by its position from 0.
  case unencodable(product: Int, MicrocodeLimit)
  /// A word that no product has at this position, from 0.
  case impossibleWord(position: Int, MicrocodeWord, MicrocodeFault)

  /// Words that are microcode, but not for this chip: the product that begins at a position.
  case unfitProduct(position: Int, MicrocodeWord, reason: String)

  /// One sentence a fault, with file, line and column.
  public var description: String {
    switch self {
    case .faults(let file, let faults), .doesNotFit(let file, let faults):
      return faults.map { "\(file):\($0.line):\($0.column): \($0.message)" }
        .joined(separator: "\n")
    case .unknownRule(let name, let known):
      return "there is no rule '\(name)'; built in are \(known.joined(separator: ", ")),"
        + " and the path of a .rule file is taken too"
    case .unencodable(let product, let limit):
      return "product \(product) cannot be written as microcode: \(limit.rawValue)"
    case .impossibleWord(let position, let word, let fault):
      return "microcode word \(position), \(word.hexadecimal), is impossible: \(fault.rawValue)"
    case .unfitProduct(let position, let word, let reason):
      return "microcode word \(position), \(word.hexadecimal), begins a product that does not fit:"
        + " \(reason)"
    }
  }
}

/// What the fields of a microcode word can hold at most.
public enum MicrocodeLimit: String, Equatable, Sendable {
  case epoch = "an epoch gate is u0 to u9"
  case mantissa = "a mantissa is -128 to 127"
  case exponent = "an exponent is -32 to 31"
  case factors = "a product has up to 15 factors"
  case constant = "a constant is -32768 to 32767"
  case order = "products of weights come first, then those of delays, then those of tags"
}

/// Why a word cannot stand where it does.
public enum MicrocodeFault: String, Equatable, Sendable {
  case kind = "bits 31 and 30 must be 01 (a product) or 10 (a factor)"
  case target = "bits 29 and 28 must be 0 to 2 (weight, delay, tag)"
  case gate = "bits 27 and 26 must be 0 to 2 (pre, post, epoch)"
  case epoch = "bits 25 to 22 must be 0 to 9, and 0 where the gate is no epoch"
  case variable = "bits 29 to 26 must be 0 to 12 (x0 to p)"
  case reserved = "its lowest bits are reserved and must be 0"
  case order = "products of weights come first, then those of delays, then those of tags"
  case factorExpected = "a factor of the product before it is missing here"
  case productExpected = "a factor stands where a product must begin"
  case factorsMissing = "the microcode ends before its last product has all its factors"
}

extension MicrocodeWord {
  /// The word as eight hexadecimal digits behind `0x`.
  public var hexadecimal: String {
    let digits = String(rawValue, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// A place in a rule's text, line and column from 1.
struct RulePlace: Hashable, Sendable {
  var line, column: Int
}

/// The faults of one text; a damaged file may have a fault in every product, people read the first.
final class RuleFaultList {
  static let most = 100
  private(set) var faults: [RuleError.Fault] = []
  var isFull: Bool { faults.count >= Self.most }

  func add(_ place: RulePlace, _ message: String) {
    guard !isFull else { return }
    faults.append(.init(line: place.line, column: place.column, message: message))
  }

  /// The faults in the order of the text.
  var sorted: [RuleError.Fault] {
    faults.enumerated().sorted { a, b in
      (a.element.line, a.element.column, a.offset) < (b.element.line, b.element.column, b.offset)
    }.map(\.element)
  }
}
