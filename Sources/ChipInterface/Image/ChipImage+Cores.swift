import HardwareSpec

/// Looking up the cores in use.
extension ChipImage {
  /// The image of a core, or nil where it is not in use.
  public func core(_ core: CoreOnChip) -> CoreImage? { slot(of: core).map { cores[$0] } }

  /// Position of a core among the cores in use, which are in ascending order.
  package func slot(of core: CoreOnChip) -> Int? {
    var (low, high) = (0, cores.count)
    while low < high {
      let middle = (low + high) / 2
      if cores[middle].core < core { low = middle + 1 } else { high = middle }
    }
    return low < cores.count && cores[low].core == core ? low : nil
  }

  /// Position of each core among the cores in use, for looking up many.
  package var slots: [CoreOnChip: Int] {
    Dictionary(cores.enumerated().map { ($1.core, $0) }) { first, _ in first }
  }
}
