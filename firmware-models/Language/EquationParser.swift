/// Reads products off the symbols of one equation.
///
/// A fault inside a product is noted and reading goes on at the next product, so that one look
/// shows all faults.
struct EquationParser {
  private let target: LearningProduct.Target
  private let tokens: [RuleToken]
  private let faults: RuleFaultList
  private let prefix: String
  private var position = 0
  /// The product being read.
  private var product = ProductParts()

  init(
    _ target: LearningProduct.Target, _ tokens: [RuleToken], _ faults: RuleFaultList,
    prefix: String
  ) {
    (self.target, self.tokens, self.faults, self.prefix) = (target, tokens, faults, prefix)
  }

  private static let factors =
    "a factor (x0 to x2, y0 to y3, u0 to u9, w, d, t, r, e, p, sgn(...), a number, 2^k, or a"
    + " variable and a constant in brackets)"

  private var current: RuleToken { tokens[position] }
  private var following: RuleToken { tokens[min(position + 1, tokens.count - 1)] }

  private mutating func advance() { position = min(position + 1, tokens.count - 1) }

  private mutating func fault(_ token: RuleToken, _ message: String) {
    product.isFaulty = true
    faults.add(token.place, prefix + message)
  }

  private mutating func expected(_ what: String, _ hint: String = "") {
    fault(current, "found \(current.shown), where \(what) may stand\(hint)")
  }

  /// The products, each with the place of its first symbol behind the sign.
  mutating func parse() -> [(product: LearningProduct, place: RulePlace)] {
    var found: [(product: LearningProduct, place: RulePlace)] = []
    repeat {
      product = ProductParts()
      readSign()
      let first = current
      if !readFactors() { skipToBorder() }
      if !product.isFaulty, product.gate == nil {
        fault(
          first,
          "found a product without a dependency, where one of its factors must be x0, y0 or"
            + " u0 to u9")
      }
      if !product.isFaulty, let whole = product.learningProduct(target) {
        found.append((whole, first.place))
      }
    } while current.kind != .end && !faults.isFull
    return found
  }

  private mutating func readSign() {
    guard current.isSign else { return }
    product.changeSign(if: current.kind == .minus)
    advance()
  }

  /// Reads factors; false where the rest of the product cannot be made sense of.
  private mutating func readFactors() -> Bool {
    while true {
      guard readFactor() else { return false }
      if current.isSign || current.kind == .end { return true }
      guard current.kind == .times else {
        refuseBorder()
        return false
      }
      advance()
      if current.isSign {
        fault(
          current,
          "found \(current.shown) behind '*', where \(Self.factors) may stand; a sign belongs"
            + " before the product, or into brackets as in (-2)")
        advance()
      }
    }
  }

  private mutating func readFactor() -> Bool {
    switch current.kind {
    case .number: return readLiteral(sign: 1)
    case .decimal: refuseDecimal()
    case .name where current.text == "sgn":
      advance()
      guard current.kind == .open else {
        expected("'(' behind sgn")
        return false
      }
      return readBracket(isSign: true)
    case .name: readVariable()
    case .open: return readBracket(isSign: false)
    default:
      expected(Self.factors)
      return false
    }
    return true
  }

  /// Behind a factor stands what cannot.
  private mutating func refuseBorder() {
    let isDivision = current.kind == .unknown && current.text == "/"
    let borders = "'*', '+', '-' or the end of the rule"
    expected(borders, isDivision ? "; a division by 2^k is written as *2^-k" : "")
  }

  private mutating func refuseDecimal() {
    fault(
      current,
      "found \(current.shown), where whole numbers, 2^k and n*2^k may stand, such as 2^-2 for 0.25"
    )
    advance()
  }

  /// A name that stands alone: a variable, x0 or y0, or an epoch.
  private mutating func readVariable() {
    let token = current
    advance()
    if let epoch = Self.epoch(token.text) {
      guard product.gate == nil else {
        return fault(
          token,
          "found \(token.shown) behind another dependency, where x0 and y0 may stand; a product"
            + " has one epoch gate, before x0 and y0")
      }
      product.gate = .epoch(epoch)
    } else if let variable = LearningFactor.Variable(name: token.text) {
      product.append(LearningFactor(variable))
    } else {
      fault(token, "found \(token.shown), where \(Self.factors) may stand")
    }
  }

  /// The k of u0 to u9; `u12` is none.
  private static func epoch(_ name: String) -> Int? {
    name.count == 2 && name.hasPrefix("u") ? Int(name.dropFirst()) : nil
  }
}

extension EquationParser {
  /// Reads `n` or `2^k` and multiplies it in.
  private mutating func readLiteral(sign: Int) -> Bool {
    guard let literal = literal() else { return false }
    if !product.multiply(by: literal, sign: sign) {
      fault(tokens[position - 1], "the numbers of the product multiply to more than 2^40")
    }
    return true
  }

  /// The mantissa and exponent of `n` or `2^k`.
  private mutating func literal() -> (mantissa: Int, exponent: Int)? {
    let base = current
    guard base.kind == .number, let number = whole(base, most: 1_000_000) else { return nil }
    advance()
    guard current.kind == .caret else { return (number, 0) }
    guard base.text == "2" else {
      fault(base, "found a power of \(base.text), where only powers of 2 may stand")
      return nil
    }
    advance()
    let sign = current.kind == .minus ? -1 : 1
    if current.isSign { advance() }
    guard current.kind == .number else {
      expected("a whole exponent")
      return nil
    }
    guard let exponent = whole(current, most: 100) else { return nil }
    advance()
    return (1, sign * exponent)
  }

  private mutating func whole(_ token: RuleToken, most: Int) -> Int? {
    guard token.text.count < 10, let number = Int(token.text), number <= most else {
      fault(token, "found \(token.shown), where a whole number up to \(most) may stand")
      return nil
    }
    return number
  }

  /// What stands in a bracket: a variable, a constant, or both.
  private struct Sum {
    var variable: LearningFactor.Variable?
    var isNegative = false
    var constant: (mantissa: Int, exponent: Int)?
    var constantPlace: RuleToken?
  }

  private mutating func readBracket(isSign: Bool) -> Bool {
    let open = current
    advance()
    var sum = Sum()
    repeat {
      guard readTerm(&sum) else { return false }
    } while current.isSign
    guard current.kind == .close else {
      expected(
        sum.variable != nil && sum.constant != nil ? "')'" : "'+', '-' or ')'")
      return false
    }
    advance()
    take(sum, isSign: isSign, open)
    return true
  }

  /// One term of a bracket, with its sign.
  private mutating func readTerm(_ sum: inout Sum) -> Bool {
    let isNegative = current.kind == .minus
    if current.isSign { advance() }
    if current.kind == .name, sum.variable == nil,
      let variable = LearningFactor.Variable(name: current.text)
    {
      (sum.variable, sum.isNegative) = (variable, isNegative)
      advance()
      return true
    }
    guard current.kind == .number, sum.constant == nil else {
      if current.kind == .decimal { refuseDecimal() } else { expected(Self.rest(of: sum)) }
      return false
    }
    sum.constantPlace = current
    guard var constant = literal() else { return false }
    while current.kind == .times, following.kind == .number {
      advance()
      guard let factor = literal() else { return false }
      constant = (constant.mantissa * factor.mantissa, constant.exponent + factor.exponent)
      guard constant.mantissa <= 1 << 30 else {
        fault(tokens[position - 1], "the constant is more than 2^30")
        return false
      }
    }
    sum.constant = (isNegative ? -constant.mantissa : constant.mantissa, constant.exponent)
    return true
  }

  private static func rest(of sum: Sum) -> String {
    let variable = "a variable (x0 to x2, y0 to y3, w, d, t, r, e, p)"
    switch (sum.variable != nil, sum.constant != nil) {
    case (false, false): return "\(variable) or a whole number"
    case (true, false): return "a whole number"
    case (false, true): return variable
    case (true, true): return "')'"
    }
  }

  /// Makes a factor, a literal or a gate of a bracket.
  private mutating func take(_ sum: Sum, isSign: Bool, _ open: RuleToken) {
    guard let variable = sum.variable else {
      if isSign {
        fault(open, "found a number alone in sgn(...), where a variable may stand")
      } else if let constant = sum.constant, !product.multiply(by: constant, sign: 1) {
        fault(open, "the numbers of the product multiply to more than 2^40")
      }
      return
    }
    guard let constant = wholeConstant(sum) else { return }
    product.changeSign(if: sum.isNegative)
    let factor = LearningFactor(
      variable, constant: sum.isNegative ? -constant : constant, isSign: isSign)
    product.append(factor)
  }

  /// The constant of a bracket as a whole number within 16 bits.
  private mutating func wholeConstant(_ sum: Sum) -> Int? {
    guard let (mantissa, exponent) = sum.constant, let place = sum.constantPlace else { return 0 }
    let isWhole = exponent >= 0 || mantissa.trailingZeroBitCount >= -exponent || mantissa == 0
    let value =
      exponent >= 0 ? mantissa << min(exponent, 31) : mantissa >> min(-exponent, 31)
    guard isWhole, abs(value) < 1 << 15 else {
      fault(place, "found a constant that is no whole number from -32767 to 32767")
      return nil
    }
    return value
  }

  /// Goes to the sign that begins the next product, or to the end.
  private mutating func skipToBorder() {
    // Inside a bracket that is never closed, every sign begins a product.
    let hasClose = tokens[position...].contains { $0.kind == .close }
    var depth = 0
    for token in tokens[..<position].reversed() {
      if token.kind == .open { depth = hasClose ? 1 : 0 }
      if token.kind == .open || token.kind == .close { break }
    }
    while current.kind != .end {
      let isBorder = depth == 0 && current.isSign && position > 0
      if isBorder, ![.times, .caret].contains(tokens[position - 1].kind) { return }
      if current.kind == .open, hasClose { depth += 1 }
      if current.kind == .close { depth = max(0, depth - 1) }
      advance()
    }
  }
}

/// The parts of a product as they are met.
struct ProductParts {
  var gate: LearningProduct.Gate?
  var isFaulty = false
  private var mantissa = 1, exponent = 0
  private var factors: [LearningFactor] = []

  mutating func changeSign(if isNegative: Bool) { if isNegative { mantissa = -mantissa } }

  /// Multiplies a literal in; false where the product becomes too large.
  mutating func multiply(by literal: (mantissa: Int, exponent: Int), sign: Int) -> Bool {
    let (value, overflow) = mantissa.multipliedReportingOverflow(by: literal.mantissa * sign)
    guard !overflow, abs(value) <= 1 << 40, abs(exponent) <= 1000 else { return false }
    (mantissa, exponent) = (value, exponent + literal.exponent)
    return true
  }

  /// The first x0 or y0 that stands alone is the dependency; the rest are factors.
  mutating func append(_ factor: LearningFactor) {
    let isPlain = factor.constant == 0 && !factor.isSign
    switch factor.variable {
    case .x0 where gate == nil && isPlain: gate = .pre
    case .y0 where gate == nil && isPlain: gate = .post
    default: factors.append(factor)
    }
  }

  func learningProduct(_ target: LearningProduct.Target) -> LearningProduct? {
    gate.map {
      LearningProduct(
        target: target, gate: $0, mantissa: mantissa, exponent: exponent, factors: factors)
    }
  }
}

extension LearningFactor.Variable {
  /// The variable of a name as rules write it.
  init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// How rules write the variable.
  public var name: String { "\(self)" }
}
