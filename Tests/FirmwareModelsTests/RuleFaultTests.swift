import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// Every fault of a text is found at once, at its place, with what may stand there.
@Suite struct RuleFaultTests {
  /// The faults of a text, `line:column message`.
  static func faults(_ text: String) -> [String] {
    do {
      _ = try LearningRule(parsing: text, file: "x.rule")
      return []
    } catch {
      guard case .faults(let file, let list) = error else { return ["\(error)"] }
      #expect(file == "x.rule")
      return list.map { "\($0.line):\($0.column) \($0.message)" }
    }
  }

  @Test(arguments: [
    ("u12*w", "1:6 found 'u12', where a factor (x0 to x2"),
    ("x0*0.25", "1:9 found '0.25', where whole numbers, 2^k and n*2^k may stand"),
    (
      "x0*x1/4",
      "1:11 found '/', where '*', '+', '-' or the end of the rule may stand; a division by 2^k is"
    ),
    ("x0*rate", "1:9 found 'rate', where a factor"),
    ("x3*x0", "1:6 found 'x3', where a factor"), ("X0", "1:6 found 'X0', where a factor"),
    ("x1*y1", "1:6 found a product without a dependency"),
    ("x0 x1", "1:9 found 'x1', where '*', '+', '-' or the end of the rule may stand"),
    ("2x0", "1:7 found 'x0', where '*', '+', '-'"),
    ("x0*-x1", "1:9 found '-' behind '*', where"),
    ("x0**x1", "1:9 found '*', where a factor"),
    ("x0*", "1:9 found the end of the rule, where a f"),
    ("x0 +", "1:10 found the end of the rule, where a factor"),
    ("", "1:5 found the end of the rule, where a factor"),
    ("--x0", "1:7 found '-', where a factor"), ("x0*(x1", "1:12 found the end of the rule, where"),
    ("x0*(x1*2)", "1:12 found '*', where '+', '-' or ')' may stand"),
    ("x0*(x1+y1)", "1:13 found 'y1', where a whole number may stand"),
    ("x0*(x1+3+4)", "1:15 found '4', where ')' may stand"),
    ("x0*((x1))", "1:10 found '(', where a variable"),
    ("x0*()", "1:10 found ')', where a variable"),
    ("x0*(u2+1)", "1:10 found 'u2', where a variable"),
    ("x0*sgn(3)", "1:12 found a number alone in sgn(...)"),
    ("x0*sgn w", "1:13 found 'w', where '(' behind sgn may stand"),
    ("x0*3^2", "1:9 found a power of 3, where only powers of 2 may stand"),
    ("x0*2^x1", "1:11 found 'x1', where a whole exponent may stand"),
    ("x0*2^0.5", "1:11 found '0.5', where a whole exponent may stand"),
    ("x0*u2", "1:9 found 'u2' behind another dependency"),
    ("u2*u2", "1:9 found 'u2' behind another dependency"),
    ("x0*99999999999999999999", "1:9 found '99999999999999999999', where a whole number up to"),
    ("x0*2^999", "1:11 found '999', where a whole number up to 100"),
    ("x0*(x1 + 2^-1)", "1:15 found a constant that is no whole number"),
    ("x0*(x1 + 2^30)", "1:15 found a constant that is no whole number"),
    ("x0\u{D7}x1", "1:8 found 'U+D7', where '*'"), ("x0*)", "1:9 found ')', where a factor"),
    ("x0*1000000*1000000*1000000", "1:25 the numbers of the product multiply to more than 2^40"),
  ])
  func equationFault(equation: String, fault: String) {
    let found = Self.faults("dw = " + equation)
    // 'dw = ' is five characters; an empty equation ends behind its sign and space.
    #expect(found.count == 1)
    let expected = equation.isEmpty ? fault.replacing("1:5", with: "1:6") : fault
    #expect(found.first?.hasPrefix(expected) == true, "\(found) for \(equation)")
  }

  @Test(arguments: [
    ("epoch: 0", "1:8 found '0' in 'epoch:', where ticks: a whole number from 1 to 65535"),
    ("epoch: 1.5", "1:8 found '1.5'"), ("epoch:", "1:7 found the end of the line in 'epoch:'"),
    ("epoch: 2 3", "1:10 found '3' in 'epoch:', where the end of the line"),
    ("epoch: nan", "1:8 found 'nan'"), ("epoch: 0x1", "1:8 found '0x1'"),
    ("epochs: 1", "1:1 found 'epochs' before ':', where name, epoch, x1,"),
    ("x1: impulse 16", "1:15 found the end of the line in 'x1:', where tau NUMBER"),
    ("x1: impulse 16, tau -1", "1:21 found '-1' in 'x1:', where behind tau"),
    ("x1: impulse 16, tau inf", "1:21 found 'inf'"),
    ("x1: impulse 1, tau 1, sometimes", "1:23 found 'sometimes' in 'x1:', where spikes, events"),
    ("x1: impulse 1, impulse 1", "1:16 found 'impulse' in 'x1:', where tau NUMBER"),
    ("y1: impulse 1, tau 1, bursts", "1:1 found 'bursts' in a rule without 'burst: TICKS'"),
    ("traces: some", "1:9 found 'some' in 'traces:', where spikes or graded may stand"),
    ("membrane: square", "1:11 found 'square' in 'membrane:', where triangle or"),
    ("membrane: triangle width 3", "1:27 found the end of the line in 'membrane:', where height"),
    ("error: tau 3, minus-membrane", "1:1 found 'minus-membrane' in a rule without a line"),
    (
      "rewiring: every 1, group 2, synapses 3, keep-from 1, new 1", "1:59 found the end of the line"
    ),
    ("dx = x0", "1:1 found 'dx' before '=', where dw, dd or dt may stand"),
    ("hello", "1:1 found a line without ':' or '='"), ("name: a b", "1:9 found 'b' in 'name:'"),
    ("x1: impulse 0.00001, tau 3", "1:13 found '0.00001' in 'x1:', where behind impulse a number"),
    ("name: \u{7}", "1:7 found '?' in 'name:'"),
  ])
  func headerFault(line: String, fault: String) {
    let found = Self.faults(line + "\ndw = x0\n")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix(fault) == true, "\(found) for \(line)")
  }

  @Test func allFaultsAtOnce() {
    let text = """
      name: bad rule name
      epoch: 0   # a comment: with = signs
      x1: impulse 3
      dw = u12*w + 0.5*x0*rate - x1*y1
           - 2^-2*x0*y1 + 2^2*x0/3 + x0*(y1 + )
      dd = u0*q
      dw = x0
      """
    let places = Self.faults(text).map { $0.prefix { $0 != " " } }
    #expect(
      places == [
        "1:11", "2:8", "3:14", "4:6", "4:14", "4:21", "4:28", "5:27", "5:41", "6:9", "7:1",
      ])
  }

  @Test func bareTextsNameTheirEquation() {
    #expect(
      throws: RuleError.faults(
        file: "rule",
        [
          .init(
            line: 1, column: 1,
            message:
              "in dw: found a product without a dependency, where one of its factors must be x0, y0 or u0 to u9"
          )
        ])
    ) { try LearningRule(dw: "x1") }
    #expect(throws: RuleError.self) { try LearningRule() }
  }

  @Test func noEquation() {
    #expect(Self.faults("").first?.hasPrefix("1:1 found no equation") == true)
    #expect(Self.faults("epoch: 1\n").first?.hasPrefix("2:1 found no equation") == true)
  }

  @Test func faultsAndLengthAreBounded() {
    let many = "dw = " + Array(repeating: "q", count: 5_000).joined(separator: "+")
    #expect(Self.faults(many).count == 100)
    let long = "dw = x0" + String(repeating: " ", count: 70_000)
    #expect(Self.faults(long) == ["1:1 the text has 70007 bytes; up to 65536 are allowed"])
  }
}
