import FirmwareModels
import TestSupport
import Testing

/// The same products as lava-nc 0.10.0 finds, over rules drawn at random.
@Suite struct LavaProductsTests {
  @Test func productsAreThoseOfLava() throws {
    let lines = LavaProducts.text.split(separator: "\n")
    #expect(lines.count == 160)
    for line in lines {
      let parts = line.split(separator: "=")
      let found = try LavaRulesTests.products(dw: String(parts[0]))
        .map(Self.shown).joined(separator: "; ")
      #expect(found == parts[1].dropFirst(), "\(line)")
    }
  }

  /// For example `u3 -1 0 x2-2 sgn(w+5)`.
  private static func shown(_ product: LearningProduct) -> String {
    let factors = product.factors.map(\.text).map {
      let isPlain = !$0.hasPrefix("(")
      return (isPlain ? $0 : String($0.dropFirst().dropLast())).replacing(" ", with: "")
    }
    return
      ([product.gate.text, "\(product.mantissa)", "\(product.exponent)"] + factors)
      .joined(separator: " ")
  }
}
