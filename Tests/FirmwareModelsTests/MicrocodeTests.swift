import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// Words, bit by bit, and the ways to and from them.
@Suite struct MicrocodeTests {
  /// Worked by hand from the table in docs/microcode.md.
  @Test func wordsAreAsDocumented() throws {
    let product = LearningProduct(
      target: .tag, gate: .epoch(5), mantissa: -3, exponent: -4,
      factors: [.init(.x1), .init(.w, constant: -2, isSign: true), .init(.p, constant: 100)])
    let words = try LearningProduct.encode([product])
    #expect(
      words.map(\.rawValue) == [
        0b01_10_10_0101_11111101_111100_0011_0000, 0b10_0001_0_0000000000000000_000000000,
        0b10_0111_1_1111111111111110_000000000, 0b10_1100_0_0000000001100100_000000000,
      ])
    #expect(words.first?.hexadecimal == "0x697f7c30")
    #expect(try LearningProduct.decode(words) == [product])
    #expect(try LearningProduct.disassemble(words) == "dt = -3*2^-4*u5*x1*sgn(w - 2)*(p + 100)")
  }

  @Test(arguments: [
    ([0], 0, MicrocodeFault.kind), ([0xFFFF_FFFF], 0, .kind), ([0x8400_0000], 0, .productExpected),
    ([0x7000_0000], 0, .target), ([0x4C00_0000], 0, .gate), ([0x4A80_0000], 0, .epoch),
    ([0x4040_0000], 0, .epoch), ([0x4000_0001], 0, .reserved), ([0x4000_0010], 0, .factorsMissing),
    ([0x4000_0010, 0x4000_0000], 1, .factorExpected), ([0x4000_0010, 0], 1, .kind),
    ([0x4000_0010, 0xB400_0000], 1, .variable), ([0x4000_0010, 0x8400_0100], 1, .reserved),
    ([0x4000_0000, 0x8400_0000], 1, .productExpected), ([0x6000_0000, 0x4000_0000], 1, .order),
  ])
  func impossibleWords(bits: [UInt32], position: Int, fault: MicrocodeFault) {
    let words = bits.map { MicrocodeWord(rawValue: $0) }
    #expect(throws: RuleError.impossibleWord(position: position, words[position], fault)) {
      try LearningProduct.decode(words)
    }
  }

  @Test(arguments: [
    (LearningProduct.Gate.epoch(10), 1, 0, 0, 0, MicrocodeLimit.epoch),
    (.epoch(-1), 1, 0, 0, 0, .epoch),
    (.pre, 128, 0, 0, 0, .mantissa), (.pre, 1, 32, 0, 0, .exponent),
    (.pre, 1, -33, 0, 0, .exponent),
    (.pre, 1, 0, 16, 0, .factors), (.pre, 1, 0, 1, 32_768, .constant),
  ])
  func limits(
    gate: LearningProduct.Gate, mantissa: Int, exponent: Int, count: Int, constant: Int,
    limit: MicrocodeLimit
  ) {
    let factors = Array(repeating: LearningFactor(.w, constant: constant), count: count)
    let product = LearningProduct(
      target: .weight, gate: gate, mantissa: mantissa, exponent: exponent, factors: factors)
    let good = LearningProduct(target: .weight, gate: .pre, mantissa: 1, exponent: 0, factors: [])
    #expect(throws: RuleError.unencodable(product: 1, limit)) {
      try LearningProduct.encode([good, product])
    }
  }

  @Test func targetsComeInOrder() {
    let products = [LearningProduct.Target.tag, .weight].map {
      LearningProduct(target: $0, gate: .pre, mantissa: 1, exponent: 0, factors: [])
    }
    #expect(throws: RuleError.unencodable(product: 1, .order)) {
      try LearningProduct.encode(products)
    }
  }

  /// Words from elsewhere are held to the chip, as the assembler holds a text.
  @Test(arguments: [
    ("x0*w - 7*2^8*x0*w", "synapus-1", 2, "the numbers multiply to -7*2^8"),
    ("x0*w - x0*d", "synapus-1", 2, "the product reads d"),
    ("x0*y1 - x0*x1", "bss2-like", 2, "the product reads x1; correlation sensors"),
    ("x0*t*t - x0*w", "bss2-like", -1, ""), ("x0*w - 7*2^8*x0*w", "loihi", -1, ""),
  ])
  func wordsAreHeldToTheChip(text: String, chip: String, position: Int, reason: String) throws {
    let words = try LearningRule(dw: text).assemble(for: learning("loihi")).words
    let spec = try learning(chip)
    do throws(RuleError) {
      _ = try LearningProduct.decode(words, for: spec)
      #expect(position == -1)
    } catch {
      guard case .unfitProduct(let place, let word, let found) = error, place == position,
        word == words[place]
      else {
        Issue.record("\(error)")
        return
      }
      #expect(found.hasPrefix(reason), "\(found)")
    }
  }

  /// Words to text to words, and products to words to products, on every chip that learns.
  @Test(arguments: ["loihi", "synapus-1", "bss2-like"])
  func roundTrip(chip: String) throws {
    let spec = try learning(chip)
    for seed in 0..<300 {
      var random = SequentialRandom(seed: UInt64(seed), stream: 31)
      let products = Self.products(&random, spec)
      let words = try LearningProduct.encode(products)
      #expect(try LearningProduct.decode(words) == products, "seed \(seed)")
      let text = try LearningProduct.disassemble(words)
      do {
        let again = try LearningRule(
          dw: Self.side("dw", text), dd: Self.side("dd", text), dt: Self.side("dt", text)
        )
        .assemble(for: spec)
        #expect(again.words == words, "seed \(seed): \(text)")
        let file = try LearningRule(
          parsing: "traces: graded\nmembrane: linear\nx1: impulse 1 tau 1\nx2: impulse 1 tau 1\n"
            + text, file: "x")
        #expect(try file.assemble(for: spec).words == words, "seed \(seed): \(text)")
      } catch {
        Issue.record("seed \(seed): \(error) of \(text)")
      }
    }
  }

  /// The right side of one equation.
  private static func side(_ name: String, _ text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(name + " = ") }.map { String($0.dropFirst(5)) }
  }

  /// Products that a chip's assembler makes: mantissas halved as far as they are.
  static func products(_ random: inout SequentialRandom, _ spec: LearningSpec) -> [LearningProduct]
  {
    let count = 1 + Int(random.next() % 8)
    let targets: [LearningProduct.Target] =
      spec.longestDelay > 0 ? [.weight, .delay, .tag] : [.weight, .tag]
    let drawn = (0..<count).map { _ in targets[Int(random.next() % UInt64(targets.count))] }
    return drawn.sorted { $0.rawValue < $1.rawValue }.map { product($0, &random, spec) }
  }

  private static func product(
    _ target: LearningProduct.Target, _ random: inout SequentialRandom, _ spec: LearningSpec
  ) -> LearningProduct {
    let gates: [LearningProduct.Gate] = [.pre, .post, .epoch(Int(random.next() % 10))]
    let gate = gates[Int(random.next() % 3)]
    let bits = spec.mantissaBits - 1
    var mantissa = Int(random.next() % UInt64(2 << bits)) - (1 << bits)
    var exponent =
      spec.exponents.lowerBound + Int(random.next() % UInt64(spec.exponents.count))
    if mantissa == -(1 << bits), exponent < spec.exponents.upperBound { mantissa += 1 }
    if mantissa == 0 { exponent = 0 }
    let factors = (0..<Int(random.next() % 5)).compactMap { _ in
      Self.factor(gate, &random, spec)
    }
    return LearningProduct(
      target: target, gate: gate, mantissa: mantissa, exponent: exponent, factors: factors)
  }

  private static func factor(
    _ gate: LearningProduct.Gate, _ random: inout SequentialRandom, _ spec: LearningSpec
  ) -> LearningFactor? {
    let all = LearningFactor.Variable.allCases
    let variable = all[Int(random.next() % UInt64(all.count))]
    if variable == .d, spec.longestDelay == 0 { return nil }
    if spec.traceSource == .sensors, [.x1, .x2, .y1, .y2, .y3].contains(variable) { return nil }
    let constant =
      Int(random.next() % UInt64(1 << spec.constantBits)) - (1 << (spec.constantBits - 1))
    return LearningFactor(
      variable, constant: random.next() % 2 == 0 ? 0 : constant, isSign: random.next() % 4 == 0)
  }
}
