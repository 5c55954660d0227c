import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// Rules against chips: ranges, what is missing, what is stored.
@Suite struct AssemblyTests {
  static func assemble(_ text: String, _ chip: String = "synapus-1") throws -> AssembledRule {
    try LearningRule(parsing: text, file: "x.rule").assemble(for: learning(chip))
  }

  /// The misfits of a text on a chip, `line:column message`.
  static func misfits(_ text: String, _ chip: String) -> [String] {
    do {
      _ = try assemble(text, chip)
      return []
    } catch {
      guard case RuleError.doesNotFit(_, let list) = error else { return ["\(error)"] }
      return list.map { "\($0.line):\($0.column) \($0.message)" }
    }
  }

  /// `dw` as a sum of the same product.
  private static func sum(_ product: String, _ count: Int) -> String {
    "dw = " + Array(repeating: product, count: count).joined(separator: "+")
  }

  private static let cases: [(String, String, String)] = [
    ("dw = 9*x0", "synapus-1", "1:6 the numbers multiply to 9*2^0; mantissas of this chip are -8"),
    ("dw = 2^9*x0", "loihi", ""), ("dw = 2^11*x0", "loihi", "1:6 the numbers multiply to 4*2^9"),
    ("dw = x0 - 2^-8*x0", "loihi", "1:11 the numbers multiply to -1*2^-8"),
    ("dw = 4*2^-8*x0", "loihi", ""), ("dw = 0*2^-50*x0", "loihi", ""),
    ("dw = x0*(w + 127)", "loihi", ""),
    ("dw = x0*(w + 128)", "loihi", "1:6 the constant beside w is 128; constants of this chip are"),
    ("dd = x0", "synapus-1", "1:6 the product changes a delay; synapses of this chip have none"),
    ("dd = x0", "loihi", ""), ("dw = x0*d", "synapus-1", "1:6 the product reads d; synapses of"),
    ("dw = x0*y1", "bss2-like", ""), ("dw = y0*x1*w", "bss2-like", ""),
    ("dw = x0*x1", "bss2-like", "1:6 the product reads x1; correlation sensors give x1 in prod"),
    ("dw = y0*y1", "bss2-like", "1:6 the product reads y1; correlation sensors"),
    ("dw = u0*x1", "bss2-like", "1:6 the product reads x1; correlation sensors"),
    ("dw = x0*y2", "bss2-like", "1:6 the product reads y2; correlation sensors"),
    (
      "dw = x0*y1*y1", "bss2-like",
      "1:6 the product reads y1 and y1; a correlation sensor is read once"
    ),
    ("dw = x0*y1", "synapus-1", "1:6 the product reads y1, and there is no line 'y1: impulse I"),
    ("dw = x0*p", "synapus-1", "1:6 the product reads p, and there is no line 'membrane: SHAPE"),
    ("dw = x0*r*e", "synapus-1", ""), ("traces: graded\ndw = x0*y1*y2*y3", "synapus-1", ""),
    ("epoch: 65\ndw = x0", "loihi", "1:1 'epoch:' is 65; an epoch of this chip is 1 to 64 ticks"),
    ("epoch: 64\ndw = x0", "loihi", ""),
    ("x1: impulse 127.99, tau 3\ndw = x0*x1", "loihi", ""),
    ("x1: impulse 128, tau 3\ndw = x0*x1", "loihi", "1:1 the impulse of x1 is 128.0; impulses of"),
    ("tag-carry: 64\ndt = x0", "synapus-1", ""),
    ("tag-carry: 256\ndt = x0", "synapus-1", "1:1 'tag-carry:' is 256; a tag that carries of this"),
    ("tag-carry: 64\ndw = x0", "synapus-1", "1:1 'tag-carry:' stands in a rule without 'dt ='"),
    ("error: tau 3, own-spike 128\ndw = x0*e", "loihi", "1:1 'error:' is 128; an own spike of"),
    (
      "rewiring: every 9, group 8, synapses 2, keep-from 1, new 32\ndw = x0", "synapus-1",
      "1:1 'rewiring:' is 32; a weight of this chip is -31 to 31"
    ),
    ("dw = x0*w*w*w*w*w*w*w", "loihi", "1:6 the product has 7 factors that multiply to 67 bits"),
    (
      sum("x0*w*w", 43), "synapus-1",
      "1:6 the rule has 129 words of microcode; a core of this chip holds 128"
    ),
    (
      sum("x0", 65), "loihi",
      "1:198 the rule has 65 products; up to 64 are allowed"
    ), (sum("x0", 64), "loihi", ""),
  ]

  @Test(arguments: cases)
  func misfit(text: String, chip: String, expected: String) {
    let found = Self.misfits(text, chip)
    #expect(found.count == (expected.isEmpty ? 0 : 1), "\(found)")
    #expect(found.first.map { $0.hasPrefix(expected) } ?? expected.isEmpty, "\(found)")
  }

  @Test(arguments: [
    ("dw = 9*x0", "4*2^1 and 5*2^1"), ("dw = -31*2^-3*x0", "-7*2^-1 and -4*2^0"),
    ("dw = 999999*2^-12*x0", "7*2^5 and 4*2^6"), ("dw = 2^60*x0", ""),
  ])
  func misfitsNameTheNearest(text: String, nearest: String) {
    let found = Self.misfits(text, "loihi").first ?? ""
    let ending = "; \(nearest) are the nearest"
    #expect(nearest.isEmpty ? !found.contains("nearest") : found.hasSuffix(ending), "\(found)")
  }

  /// As facts of lava-nc have it: one trace 2^0, two traces 2^-3, tag and trace 2^-5.
  @Test(arguments: [
    ("x0*y1", 0), ("x1*y0*y2", 3), ("u0*t*y2", 5), ("x0*y0*w", 0), ("x0*y0*y0*w", 0),
    ("x0*w*d*t", 16), ("x0*y0*t*y2", 6),
  ])
  func hiddenShifts(text: String, shift: Int) throws {
    let product = try required(LavaRulesTests.products(dw: text).first, "product")
    #expect(try learning("loihi").shift(of: product) == shift)
  }

  @Test func allMisfitsAtOnce() {
    let text = """
      epoch: 5000
      x1: impulse 200, tau 3
      dw = 9*x0*x1 - x0*y1
           + u0*d
      dd = x0*(w + 1000)
      """
    let places = Self.misfits(text, "synapus-1").map { $0.prefix { $0 != " " } }
    #expect(places == ["1:1", "2:1", "3:6", "3:16", "4:8", "5:6", "5:6"])
  }

  @Test func impulsesAreStoredInParts() throws {
    let rule = try Self.assemble(
      "x1: impulse 20.25, tau 8.5\ny1: impulse 0.1, tau 0\ndw = x0*y1*x1")
    #expect(rule.settings.x1 == TraceSettings(impulse: 20.25, timeConstant: 8.5))
    #expect(rule.settings.y1 == TraceSettings(impulse: 26.0 / 256, timeConstant: 0))
    #expect(rule.notes == ["y1: the impulse 0.1 is stored as 0.1015625"])
  }

  @Test func headerIsRead() throws {
    let text = """
      # All keys.
      name: my-rule.2
      epoch: 8
      x1: impulse 16, tau 10, events
      x2: impulse 16 tau 10 spikes
      y1: tau 20, impulse 3, bursts
      burst: 16
      reward: tau 100
      error: minus-membrane, tau 50, own-spike -12
      membrane: triangle width 40 height 100
      tag-carry: 32
      rewiring: every 10, group 8, synapses 2, keep-from 3, new 4
      dw = 2^-2*x1*y0   # the weight
           - 2^-2*y1*x0
      dt = u0*e*p*x2
      """
    let rule = try Self.assemble(text)
    var settings = RuleSettings()
    settings.epochTicks = 8
    settings.x1 = TraceSettings(impulse: 16, timeConstant: 10, trigger: .events)
    settings.x2 = TraceSettings(impulse: 16, timeConstant: 10)
    settings.y1 = TraceSettings(impulse: 3, timeConstant: 20, trigger: .bursts)
    settings.burstTicks = 16
    settings.reward.timeConstant = 100
    (settings.error.timeConstant, settings.error.ownSpike) = (50, -12)
    settings.error.subtractsMembrane = true
    settings.membrane = .triangle(width: 40, height: 100)
    settings.tagCarry = 32
    settings.rewiring = Rewiring(
      everyEpochs: 10, groupPairs: 8, synapsesPerGroup: 2, keepsFrom: 3, initialWeight: 4)
    #expect(rule.name == "my-rule.2")
    #expect(rule.settings == settings)
    #expect(rule.words.count == 8)
    #expect(rule.membraneTable.count == 256)
    #expect(try Self.assemble(rule.text) == rule)
  }

  @Test func nameIsThatOfTheFile() throws {
    #expect(try LearningRule(parsing: "dw = x0", file: "/a/b-c.rule").name == "b-c")
    #expect(try LearningRule(parsing: "dw = x0", file: "text").name == "text")
  }

  @Test func sensorsHaveTheirOwnTraces() throws {
    let rule = try Self.assemble("y1: impulse 3, tau 4\ndw = x0*y1", "bss2-like")
    #expect(rule.notes.count == 1 && rule.notes.first?.hasPrefix("y1: the chip's") == true)
  }

  /// Closed forms at a few codes, and symmetry.
  @Test func membraneTables() {
    let triangle = MembraneShape.triangle(width: 40, height: 100).table
    #expect(triangle[128] == 100 && triangle[138] == 75 && triangle[118] == 75)
    #expect(triangle[88] == 0 && triangle[168] == 0 && triangle[0] == 0 && triangle[255] == 0)
    let bell = MembraneShape.sigmoidDerivative(slope: 0.05, height: -127).table
    #expect(bell[128] == -127 && (1..<128).allSatisfy { bell[128 + $0] == bell[128 - $0] })
    // 4 s (1 − s) at s = 1/(1 + e⁻¹), 0.786448: v = 20.
    #expect(bell[148] == -100)
    let fast = MembraneShape.fastSigmoidDerivative(slope: 0.1, height: 100).table
    #expect(fast[128] == 100 && fast[138] == 25 && fast[118] == 25 && fast[218] == 1)
    let step = MembraneShape.sigmoid(slope: 0.1, height: 100).table
    // 1/(1 + e⁻¹) = 0.731059.
    #expect(step[128] == 50 && step[138] == 73 && step[118] == 27 && step[255] == 100)
    #expect(MembraneShape.linear.table == (-128...127).map { Int8($0) })
  }

  @Test func costIsThatOfTheChipFile() throws {
    let spec = try learning("synapus-1")
    #expect(LearningCost.cycles(spec, rows: 0, words: 5) == spec.cyclesPerEpoch)
    #expect(LearningCost.cycles(spec, rows: 256, words: 4) == 64 + 256 * (8 + 4 * 2))
    #expect(LearningCost.cycles(try learning("loihi"), rows: 4096, words: 9) == 0)
  }

  @Test func builtInRulesFitTheirChips() throws {
    #expect(!RuleLibrary.names.isEmpty)
    for name in RuleLibrary.names {
      let rule = try RuleLibrary.rule(name)
      #expect(rule.name == name)
      _ = try rule.assemble(for: learning("synapus-1"))
      let summary = RuleLibrary.summary(of: try required(RuleLibrary.text(of: name), "text"))
      #expect(summary.count > 10 && summary.hasSuffix("."), "\(name): \(summary)")
    }
    #expect(throws: RuleError.unknownRule(name: "none", known: RuleLibrary.names)) {
      try RuleLibrary.rule("none")
    }
  }
}
