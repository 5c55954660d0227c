import ChipInterface
import HardwareSpec

/// The clusters of an image whose plain circuits are joined column by column, and nothing else.
///
/// Their membranes advance as wholes (``JoinedCores``); all other groups are coupled circuit by
/// circuit (``CircuitCoupling``).
struct JoinedPlan {
  /// One membrane: its column, and the cores of its circuits by position in the cluster, ascending.
  struct Membrane: Equatable {
    var column: Int
    var cores: [Int]
  }

  /// Cores that share membranes.
  struct Cluster {
    /// Positions among the cores in use, ascending.
    var slots: [Int]
    /// The membranes in planes: in each at most one of a column.
    var planes: [[Membrane]]
  }

  /// The clusters, in the order of their first cores.
  private(set) var clusters: [Cluster] = []
  /// By core in use: whether it is part of a cluster.
  private(set) var isJoined: [Bool]
  /// The groups of all other cores.
  private(set) var otherGroups: [CircuitGroup] = []

  /// A column with more membranes is left to the coupling, and so are clusters of more cores: one
  /// thread advances a cluster.
  private static let mostPlanes = 8, mostCores = 64

  /// Looks for the clusters of a checked image; where circuits differ from sample to sample, or
  /// learn, there are none.
  init(_ image: ChipImage, _ spec: ChipSpec, variesBySample: Bool) {
    isJoined = Array(repeating: false, count: image.cores.count)
    guard !variesBySample, image.programs.isEmpty, image.feedback.isEmpty else {
      otherGroups = image.groups
      return
    }
    let slots = image.slots
    let slotsOfGroups = image.groups.map { $0.members.compactMap { slots[$0.core] } }
    var isOther = Array(repeating: true, count: image.groups.count)
    for found in CouplingBuilder.clusters(slotsOfGroups, slotCount: image.cores.count) {
      let builder = JoinedClusterBuilder(image, slots: found.slots)
      guard found.slots.count <= Self.mostCores,
        !found.slots.contains(where: { FullCore.isNeeded(image.cores[$0], spec) }),
        let planes = builder.planes(found.groups.map { image.groups[$0] }),
        planes.count <= Self.mostPlanes
      else { continue }
      clusters.append(Cluster(slots: found.slots, planes: planes))
      for slot in found.slots { isJoined[slot] = true }
      for group in found.groups { isOther[group] = false }
    }
    otherGroups = zip(image.groups, isOther).filter(\.1).map(\.0)
  }
}

/// Sorts the circuits of one cluster by membranes.
private struct JoinedClusterBuilder {
  private let positions: [CoreOnChip: Int]
  private let counts: [Int]

  init(_ image: ChipImage, slots: [Int]) {
    counts = slots.map { image.cores[$0].circuits.count }
    positions = Dictionary(
      slots.enumerated().map { (image.cores[$1].core, $0) }, uniquingKeysWith: { a, _ in a })
  }

  /// The cluster's membranes; nil where any connects circuits of two columns or of one core, or has
  /// conductances.
  func planes(_ groups: [CircuitGroup]) -> [[JoinedPlan.Membrane]]? {
    var columns = [[JoinedPlan.Membrane]](repeating: [], count: counts.max() ?? 0)
    var isTaken = counts.map { Array(repeating: false, count: $0) }
    for group in groups {
      if group.couplings.contains(where: { $0.conductance != nil }) { return nil }
      for members in CoupledGroup(group, conductance: { _ in 0 }).membranes {
        guard let membrane = membrane(members.map { group.members[$0] }) else { return nil }
        for core in membrane.cores { isTaken[core][membrane.column] = true }
        columns[membrane.column].append(membrane)
      }
    }
    for (core, taken) in isTaken.enumerated() {
      for column in taken.indices where !taken[column] {
        columns[column].append(.init(column: column, cores: [core]))
      }
    }
    return Self.planes(columns)
  }

  private func membrane(_ circuits: [CircuitOnChip]) -> JoinedPlan.Membrane? {
    let cores = circuits.compactMap { positions[$0.core] }.sorted()
    guard let column = circuits.first?.column, circuits.allSatisfy({ $0.column == column }),
      Set(cores).count == circuits.count, cores.allSatisfy({ column < counts[$0] })
    else { return nil }
    return .init(column: column, cores: cores)
  }

  private static func planes(
    _ columns: [[JoinedPlan.Membrane]]
  ) -> [[JoinedPlan.Membrane]] {
    var planes: [[JoinedPlan.Membrane]] = []
    for column in columns {
      let membranes = column.sorted { $0.cores.lexicographicallyPrecedes($1.cores) }
      for (plane, membrane) in membranes.enumerated() {
        if plane == planes.count { planes.append([]) }
        planes[plane].append(membrane)
      }
    }
    return planes
  }
}
