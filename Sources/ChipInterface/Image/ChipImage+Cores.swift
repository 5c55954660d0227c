import HardwareSpec

/// Looking up the cores in use.
extension ChipImage {
  /// The image of a core, or nil where it is not in use.
  public func core(_ core: CoreOnChip) -> CoreImage? { slot(of: core).map { cores[$0] } }

  /// Position of a core among the cores in use.
  package func slot(of core: CoreOnChip) -> Int? { cores.firstIndex { $0.core == core } }

  /// Position of each core among the cores in use, for looking up many.
  package var slots: [CoreOnChip: Int] {
    Dictionary(cores.enumerated().map { ($1.core, $0) }) { first, _ in first }
  }
}
