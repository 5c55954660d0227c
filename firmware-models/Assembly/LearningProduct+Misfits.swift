import HardwareSpec

extension LearningProduct {
  /// The products that a rule may have: as many as engines keep at hand for a row.
  public static let most = 64

  /// The products of words that a chip can compute; used where microcode comes from elsewhere.
  ///
  /// Throws ``RuleError/impossibleWord(position:_:_:)`` and
  /// ``RuleError/unfitProduct(position:_:reason:)``. What passes multiplies within 62 bits.
  public static func decode(
    _ words: [MicrocodeWord], for spec: LearningSpec
  ) throws(RuleError) -> [LearningProduct] {
    let products = try decode(words)
    var position = 0
    for (number, product) in products.enumerated() {
      let surplus = number < most ? nil : "a rule has up to \(most) products"
      if let reason = surplus ?? product.misfits(to: spec).first {
        throw .unfitProduct(position: position, words[position], reason: reason)
      }
      position += 1 + product.factors.count
    }
    return products
  }

  /// What of the product a chip cannot do, a sentence each.
  func misfits(to spec: LearningSpec) -> [String] {
    scaleMisfits(spec) + factorMisfits(spec)
      + (spec.traceSource == .sensors ? sensorMisfits : [])
  }

  private func scaleMisfits(_ spec: LearningSpec) -> [String] {
    var misfits: [String] = []
    if target == .delay, spec.longestDelay == 0 {
      misfits.append("the product changes a delay; synapses of this chip have none")
    }
    if !spec.mantissas.contains(mantissa) || !spec.exponents.contains(exponent) {
      misfits.append(
        "the numbers multiply to \(mantissa)*2^\(exponent); mantissas of this chip are"
          + " \(spec.mantissas.lowerBound) to \(spec.mantissas.upperBound) and exponents"
          + " \(spec.exponents.lowerBound) to \(spec.exponents.upperBound)" + neighbours(spec))
    }
    return misfits
  }

  /// The scales below and above that the chip has, as an advice.
  private func neighbours(_ spec: LearningSpec) -> String {
    var (size, power) = (mantissa.magnitude, exponent)
    while size > spec.mantissas.upperBound { (size, power) = (size / 2, power + 1) }
    let scales = [size, size + 1].map { size in
      LearningProduct(
        target: target, gate: gate, mantissa: mantissa.signum() * Int(size), exponent: power,
        factors: []
      ).fitted(to: spec)
    }
    let fit = scales.filter {
      spec.mantissas.contains($0.mantissa) && spec.exponents.contains($0.exponent)
    }
    guard fit.count == 2, size != mantissa.magnitude else { return "" }
    let texts = fit.map { "\($0.mantissa)*2^\($0.exponent)" }
    return "; \(texts.joined(separator: " and ")) are the nearest"
  }

  private func factorMisfits(_ spec: LearningSpec) -> [String] {
    var misfits: [String] = []
    for factor in factors {
      if !spec.constants.contains(factor.constant) {
        misfits.append(
          "the constant beside \(factor.variable.name) is \(factor.constant); constants of this"
            + " chip are \(spec.constants.lowerBound) to \(spec.constants.upperBound)")
      }
      if factor.variable == .d, spec.longestDelay == 0 {
        misfits.append("the product reads d; synapses of this chip have no delay")
      }
    }
    let bits = spec.bits(of: self)
    if factors.count > 15 || bits > 62 {
      misfits.append(
        "the product has \(factors.count) factors that multiply to \(bits) bits; up to 15 factors"
          + " and 62 bits are allowed")
    }
    return misfits
  }

  /// A sensor is read at its own side's gate, once a product.
  private var sensorMisfits: [String] {
    let traces = factors.map(\.variable).filter { [.x1, .x2, .y1, .y2, .y3].contains($0) }
    let foreign = traces.filter { trace in
      !(trace == .x1 && gate == .post) && !(trace == .y1 && gate == .pre)
    }
    let misfits = foreign.map { trace in
      "the product reads \(trace.name); correlation sensors give x1 in products of y0 (causal) and"
        + " y1 in products of x0 (acausal), and no other trace"
    }
    guard traces.count > 1 else { return misfits }
    let names = traces.map(\.name).joined(separator: " and ")
    return misfits + ["the product reads \(names); a correlation sensor is read once a product"]
  }
}
