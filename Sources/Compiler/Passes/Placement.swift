import HardwareSpec

/// Gives every cluster of parts its cores.
///
/// Clusters follow the network's layers, so consecutive clusters talk most. They are laid along a
/// snake over the mesh, which makes consecutive cores neighbours.
struct Placement {
  private let geometry: ChipGeometry

  init(_ options: CompileOptions) { geometry = options.spec.geometry }

  func place(_ partitioned: PartitionedNetwork) -> PlacedNetwork {
    let all = geometry.cores
    var next = 0
    let cores = partitioned.clusters.map { cluster in
      cluster.cores.indices.map { _ in
        defer { next += 1 }
        return all[alongSnake(next)]
      }
    }
    return PlacedNetwork(partitioned: partitioned, cores: cores)
  }

  private func alongSnake(_ position: Int) -> Int {
    let columns = geometry.meshColumns
    let (row, column) = (position / columns, position % columns)
    return row * columns + (row.isMultiple(of: 2) ? column : columns - 1 - column)
  }
}
