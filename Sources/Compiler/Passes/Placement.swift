import HardwareSpec

/// Gives every group of parts a core.
///
/// Groups follow the network's layers, so consecutive groups talk most. They are laid along a
/// snake over the mesh, which makes consecutive groups neighbours.
struct Placement {
  private let geometry: ChipGeometry

  init(_ spec: ChipSpec) { geometry = spec.geometry }

  func place(_ partitioned: PartitionedNetwork) -> PlacedNetwork {
    let cores = geometry.cores
    return PlacedNetwork(
      partitioned: partitioned,
      cores: (0..<partitioned.groupCount).map { cores[alongSnake($0)] })
  }

  private func alongSnake(_ position: Int) -> Int {
    let columns = geometry.meshColumns
    let (row, column) = (position / columns, position % columns)
    return row * columns + (row.isMultiple(of: 2) ? column : columns - 1 - column)
  }
}
