import HardwareSpec

/// A rule as a chip's engines take it: microcode, and numbers in the chip's ranges.
public struct AssembledRule: Equatable, Sendable {
  /// The rule's name.
  public var name: String
  /// The microcode.
  public var words: [MicrocodeWord]
  /// Epoch, traces, third factors, upkeep; impulses in whole 1/256.
  public var settings: RuleSettings
  /// What p is for each 8-bit code of the membrane; empty: p is 0.
  public var membraneTable: [Int8]
  /// What the chip does otherwise than the rule says, a sentence each.
  public var notes: [String]

  /// The rule's text, without comments: it assembles to the same rule for the same chip.
  public var text: String {
    get throws(RuleError) {
      let header = [(key: "name", value: name)] + settings.headerLines
      return header.map { "\($0.key): \($0.value)\n" }.joined()
        + (try LearningProduct.disassemble(words)) + "\n"
    }
  }
}
