import HardwareSpec

/// What learning costs a core.
public enum LearningCost {
  /// Clock cycles of one epoch's end in which a core computes a rule of so many words on so many
  /// rows of synapses.
  ///
  /// `cyclesPerEpoch + rows · (cyclesPerRow + words · cyclesPerWordAndRow)`, from the chip file.
  public static func cycles(_ spec: LearningSpec, rows: Int, words: Int) -> Int {
    spec.cyclesPerEpoch + rows * (spec.cyclesPerRow + words * spec.cyclesPerWordAndRow)
  }
}
