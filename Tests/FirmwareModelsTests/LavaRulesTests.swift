import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// What lava-nc 0.10.0 makes of a text, ours makes too.
@Suite struct LavaRulesTests {
  /// The products of a text on loihi, after a way through microcode.
  static func products(
    dw: String? = nil, dd: String? = nil, dt: String? = nil, on chip: String = "loihi"
  ) throws -> [LearningProduct] {
    let rule = try LearningRule(dw: dw, dd: dd, dt: dt)
    return try LearningProduct.decode(rule.assemble(for: learning(chip)).words)
  }

  @Test func pairSTDP() throws {
    let products = try Self.products(dw: "2^-2 * x1 * y0 - 2^-2 * y1 * x0")
    #expect(
      products == [
        LearningProduct(
          target: .weight, gate: .post, mantissa: 1, exponent: -2, factors: [.init(.x1)]),
        LearningProduct(
          target: .weight, gate: .pre, mantissa: -1, exponent: -2, factors: [.init(.y1)]),
      ])
  }

  @Test func tripletWithRepeatedLiterals() throws {
    let products = try Self.products(
      dw: "3 * 2^-4 * x1 * y0 * y2 - 2^-3 * y1 * x0 - 2^-5 * x0 * y1 * x2")
    #expect(products.map(\.mantissa) == [3, -1, -1])
    #expect(products.map(\.exponent) == [-4, -3, -5])
    #expect(
      products.map(\.factors) == [
        [.init(.x1), .init(.y2)], [.init(.y1)], [.init(.y1), .init(.x2)],
      ])
  }

  @Test func delayAndTagAndEpochs() throws {
    let products = try Self.products(
      dw: "2^-3 * t * u2", dd: "2^-2 * x1 * y0 - 2^-1 * d * u4",
      dt: "2^-1 * x1 * y0 - 2^-1 * y1 * x0 - 2^-4 * t * u2")
    #expect(
      products.map(\.target) == [.weight, .delay, .delay, .tag, .tag, .tag])
    #expect(
      products.map(\.gate) == [.epoch(2), .post, .epoch(4), .post, .pre, .epoch(2)])
  }

  /// Mantissa and exponent as `ProductSeries` of lava-nc 0.10.0 gives them (exponent less its 7).
  @Test(arguments: [
    ("x0", 1, 0), ("-x0", -1, 0), ("+x0", 1, 0), (" - 2 * x0", -2, 0), ("2^-7*x0", 1, -7),
    ("2 ^ 8 * x0", 1, 8), ("7*x0", 7, 0), ("8*x0", 4, 1), ("-8*x0", -4, 1), ("12*2^-3*x0", 6, -2),
    ("128*2^-7*x0", 4, -2), ("3*x0*2^-4*2", 6, -4), ("(2)*2^-1*x0", 2, -1), ("(-3)*x0", -3, 0),
    ("-(-3)*x0", 3, 0), ("(-3*2^-4)*x0", -3, -4), ("0*x0", 0, 0), ("-8*2^8*x0", -8, 8),
    ("2*2*2*x0", 4, 1), ("2^3*2^-3*x0", 1, 0), ("100*x0*2^-2*2^-2", 0, 0),
  ])
  func literals(text: String, mantissa: Int, exponent: Int) throws {
    guard text != "100*x0*2^-2*2^-2" else {
      // 100 = 25 * 4 does not fit four bits; lava refuses it too.
      #expect(throws: RuleError.self) { try Self.products(dw: text) }
      return
    }
    let product = try required(Self.products(dw: text).first, "product")
    #expect(product.mantissa == mantissa && product.exponent == exponent)
  }

  @Test(arguments: [
    ("x0*(x1 + 3)", 1, LearningFactor(.x1, constant: 3)),
    ("x0*(x1 - 3)", 1, LearningFactor(.x1, constant: -3)),
    ("x0*(3 + x1)", 1, LearningFactor(.x1, constant: 3)),
    ("x0*(-x1 + 3)", -1, LearningFactor(.x1, constant: -3)),
    ("x0*(3 - x1)", -1, LearningFactor(.x1, constant: -3)),
    ("-x0*(-3 - x1)", 1, LearningFactor(.x1, constant: 3)),
    ("x0*(x1)", 1, LearningFactor(.x1)), ("x0*(w + 2^3)", 1, LearningFactor(.w, constant: 8)),
    ("x0*(w - 3*2^2)", 1, LearningFactor(.w, constant: -12)),
    ("x0*sgn(w)", 1, LearningFactor(.w, isSign: true)),
    ("x0*sgn (t - 5)", 1, LearningFactor(.t, constant: -5, isSign: true)),
    ("x0*y0", 1, LearningFactor(.y0)), ("y0*x0", 1, LearningFactor(.x0)),
    ("x0*x0", 1, LearningFactor(.x0)), ("u3*x0", 1, LearningFactor(.x0)),
    ("x0*(y0 + 2)", 1, LearningFactor(.y0, constant: 2)),
  ])
  func factors(text: String, mantissa: Int, factor: LearningFactor) throws {
    let product = try required(Self.products(dw: text).first, "product")
    #expect(product.factors == [factor] && product.mantissa == mantissa)
  }

  @Test func oursBeyondLava() throws {
    let products = try Self.products(dw: "u0*e*p*r*x1 - u1*sgn(e - 4)")
    #expect(products.first?.factors == [.init(.e), .init(.p), .init(.r), .init(.x1)])
    #expect(products.last?.factors == [.init(.e, constant: -4, isSign: true)])
  }
}

/// The learning section of a built-in chip.
func learning(_ chip: String) throws -> LearningSpec {
  try required(try ChipLibrary.chip(chip).learning, "learning section of \(chip)")
}
