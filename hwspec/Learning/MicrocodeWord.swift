/// One word of a learning engine's microcode, as the chip stores it; docs/microcode.md says how
/// products are laid out in words.
public struct MicrocodeWord: RawRepresentable, Hashable, Sendable {
  /// The 32 bits of the word.
  public var rawValue: UInt32

  /// Makes a word from its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
}
