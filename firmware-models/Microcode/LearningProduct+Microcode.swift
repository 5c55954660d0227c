import HardwareSpec

// docs/microcode.md draws the words that are written and read here.

extension LearningProduct {
  /// The words of products, one a product and one a factor.
  public static func encode(_ products: [LearningProduct]) throws(RuleError) -> [MicrocodeWord] {
    var (words, last): ([MicrocodeWord], UInt8) = ([], 0)
    for (position, product) in products.enumerated() {
      let limit = product.target.rawValue < last ? .order : product.exceededLimit
      if let limit { throw .unencodable(product: position, limit) }
      last = product.target.rawValue
      words.append(product.head)
      words += product.factors.map(\.word)
    }
    return words
  }

  /// The products of words; a word that cannot stand where it does is thrown with its position.
  public static func decode(_ words: [MicrocodeWord]) throws(RuleError) -> [LearningProduct] {
    var products: [LearningProduct] = []
    var position = 0
    while position < words.count {
      let product = try LearningProduct(at: position, words, after: products.last?.target)
      products.append(product)
      position += 1 + product.factors.count
    }
    return products
  }

  /// What of the product no word can hold.
  private var exceededLimit: MicrocodeLimit? {
    if case .epoch(let k) = gate, !(0...9).contains(k) { return .epoch }
    if !(-128...127).contains(mantissa) { return .mantissa }
    if !(-32...31).contains(exponent) { return .exponent }
    if factors.count > 15 { return .factors }
    let isWide = factors.contains { !(-32_768...32_767).contains($0.constant) }
    return isWide ? .constant : nil
  }

  /// The word that begins the product.
  private var head: MicrocodeWord {
    let (kind, k) = gate.code
    return MicrocodeWord(
      rawValue: 1 << 30 | UInt32(target.rawValue) << 28 | kind << 26 | k << 22
        | (UInt32(truncatingIfNeeded: mantissa) & 0xFF) << 14
        | (UInt32(truncatingIfNeeded: exponent) & 0x3F) << 8 | UInt32(factors.count) << 4)
  }

  /// Reads the product that begins at a position.
  private init(
    at position: Int, _ words: [MicrocodeWord], after last: Target?
  ) throws(RuleError) {
    let word = words[position]
    func refusal(_ fault: MicrocodeFault) -> RuleError {
      .impossibleWord(position: position, word, fault)
    }
    switch word.rawValue >> 30 {
    case 1: break
    case 2: throw refusal(.productExpected)
    default: throw refusal(.kind)
    }
    guard let target = Target(rawValue: UInt8(word.field(28, 2))) else { throw refusal(.target) }
    guard target.rawValue >= (last?.rawValue ?? 0) else { throw refusal(.order) }
    guard word.field(26, 2) < 3 else { throw refusal(.gate) }
    guard let gate = Gate(code: word.field(26, 2), epoch: word.field(22, 4)) else {
      throw refusal(.epoch)
    }
    guard word.field(0, 4) == 0 else { throw refusal(.reserved) }
    let count = Int(word.field(4, 4))
    guard position + count < words.count else { throw refusal(.factorsMissing) }
    var factors: [LearningFactor] = []
    for index in position + 1..<position + 1 + count {
      factors.append(try LearningFactor(words[index], at: index))
    }
    self.init(
      target: target, gate: gate, mantissa: word.signedField(14, 8),
      exponent: word.signedField(8, 6), factors: factors)
  }
}

extension LearningProduct.Gate {
  /// The gate's two bits, and the four of its epoch.
  fileprivate var code: (kind: UInt32, epoch: UInt32) {
    switch self {
    case .pre: return (0, 0)
    case .post: return (1, 0)
    case .epoch(let k): return (2, UInt32(k))
    }
  }

  fileprivate init?(code: UInt32, epoch: UInt32) {
    guard code == 2 ? epoch < 10 : epoch == 0 else { return nil }
    self = code == 0 ? .pre : code == 1 ? .post : .epoch(Int(epoch))
  }
}

extension LearningFactor {
  fileprivate var word: MicrocodeWord {
    MicrocodeWord(
      rawValue: 2 << 30 | UInt32(variable.rawValue) << 26 | (isSign ? 1 << 25 : 0)
        | (UInt32(truncatingIfNeeded: constant) & 0xFFFF) << 9)
  }

  fileprivate init(_ word: MicrocodeWord, at position: Int) throws(RuleError) {
    func refusal(_ fault: MicrocodeFault) -> RuleError {
      .impossibleWord(position: position, word, fault)
    }
    switch word.rawValue >> 30 {
    case 2: break
    case 1: throw refusal(.factorExpected)
    default: throw refusal(.kind)
    }
    guard let variable = Variable(rawValue: UInt8(word.field(26, 4))) else {
      throw refusal(.variable)
    }
    guard word.field(0, 9) == 0 else { throw refusal(.reserved) }
    self.init(
      variable, constant: word.signedField(9, 16), isSign: word.field(25, 1) == 1)
  }
}

extension MicrocodeWord {
  /// `count` bits from `first` up.
  fileprivate func field(_ first: UInt32, _ count: UInt32) -> UInt32 {
    rawValue >> first & (1 << count - 1)
  }

  /// The same bits in two's complement.
  fileprivate func signedField(_ first: UInt32, _ count: UInt32) -> Int {
    let bits = Int(field(first, count))
    return bits < 1 << (count - 1) ? bits : bits - 1 << count
  }
}
