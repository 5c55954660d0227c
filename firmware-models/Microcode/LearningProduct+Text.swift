import HardwareSpec

extension LearningProduct {
  /// The equations of microcode, `dw = …` and so on, a line each: they assemble to the same words.
  public static func disassemble(_ words: [MicrocodeWord]) throws(RuleError) -> String {
    equations(try decode(words))
  }

  /// The equations of products, a line for each target that there is.
  public static func equations(_ products: [LearningProduct]) -> String {
    Target.allCases.compactMap { target in
      let own = products.filter { $0.target == target }
      guard let first = own.first else { return nil }
      let sign = first.mantissa < 0 ? "-" : ""
      let rest = own.dropFirst().map { ($0.mantissa < 0 ? " - " : " + ") + $0.magnitudeText }
      return "d\(target.letter) = \(sign)\(first.magnitudeText)" + rest.joined()
    }.joined(separator: "\n")
  }

  /// The product as rules write it, with its sign.
  public var text: String { (mantissa < 0 ? "-" : "") + magnitudeText }

  /// The product without its sign.
  private var magnitudeText: String {
    (literals + [gate.text] + factors.map(\.text)).joined(separator: "*")
  }

  private var literals: [String] {
    let power = exponent == 0 ? [] : ["2^\(exponent)"]
    return abs(mantissa) == 1 ? power : ["\(abs(mantissa))"] + power
  }
}

extension LearningProduct.Target {
  /// The letter that rules write behind d.
  public var letter: String {
    switch self {
    case .weight: return "w"
    case .delay: return "d"
    case .tag: return "t"
    }
  }
}

extension LearningProduct.Gate {
  /// The gate as rules write it.
  public var text: String {
    switch self {
    case .pre: return "x0"
    case .post: return "y0"
    case .epoch(let k): return "u\(k)"
    }
  }
}

extension LearningFactor {
  /// The factor as rules write it.
  public var text: String {
    let sum =
      constant == 0
      ? variable.name : "\(variable.name) \(constant < 0 ? "-" : "+") \(constant.magnitude)"
    return isSign ? "sgn(\(sum))" : constant == 0 ? sum : "(\(sum))"
  }
}
