import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The joined circuits of an image on a device, cluster by cluster, laid out for the kernels.
///
/// A membrane of joined circuits is one circuit with the synapses of many: the currents of each
/// circuit stay its own, and everything else is done once a membrane. Clusters share nothing and
/// may be advanced at once on different threads.
final class JoinedCores: @unchecked Sendable {
  /// For each cluster the cores' positions among the cores in use, ascending.
  let slots: [[Int]]
  /// What the kernels see of the clusters.
  let clusters: UnsafeMutablePointer<synapus_joined_cluster>
  /// For each core in use, its cluster and its position there; −1 where it has none.
  let places: [(cluster: Int, position: Int)]
  /// Bytes of a row of effective weights.
  let lanes: Int
  private let memory: [UnsafeMutableRawPointer]

  /// Prepares the clusters of a plan; nil without any.
  init?(_ plan: JoinedPlan, _ cores: [CoreDevice]) {
    guard let first = plan.clusters.first.map({ cores[$0.slots[0]] }) else { return nil }
    slots = plan.clusters.map(\.slots)
    lanes = first.lanes
    var places = [(cluster: Int, position: Int)](repeating: (-1, -1), count: cores.count)
    for (c, cluster) in plan.clusters.enumerated() {
      for (position, slot) in cluster.slots.enumerated() { places[slot] = (c, position) }
    }
    self.places = places
    let builders = plan.clusters.map { JoinedClusterTables($0, cores) }
    clusters = .allocateCopy(of: builders.map(\.view))
    memory = builders.flatMap(\.memory)
  }

  deinit {
    clusters.deallocate()
    for block in memory { block.deallocate() }
  }
}

/// The tables of one cluster, in memory that is handed over.
private struct JoinedClusterTables {
  private(set) var memory: [UnsafeMutableRawPointer] = []
  private let cores: [CoreDevice]
  private let lanes, planes: Int
  /// By core: the constants of its synapses, and which lanes belong to which plane.
  private let inputs, rare: [UnsafeMutablePointer<Float>]
  private let members: [UnsafeMutablePointer<UInt16>]
  private let membranes: UnsafeMutablePointer<Float>
  private let firing: UnsafeMutablePointer<UInt8>
  private(set) var view = synapus_joined_cluster()

  init(_ cluster: JoinedPlan.Cluster, _ all: [CoreDevice]) {
    cores = cluster.slots.map { all[$0] }
    (lanes, planes) = (cores[0].lanes, max(1, cluster.planes.count))
    let (lanes, planes) = (lanes, planes)
    inputs = cores.map { _ in .table(lanes * Int(SYNAPUS_JOINED_INPUTS), of: 0) }
    rare = cores.map { _ in .table(lanes * Int(SYNAPUS_JOINED_RARE), of: 1e30) }
    members = cores.map { _ in .table(planes * lanes / 16, of: 0) }
    membranes = .table(planes * lanes * Int(SYNAPUS_JOINED_MEMBRANES), of: 0)
    firing = .table(planes * lanes, of: 0)
    for lane in 0..<planes * lanes { JoinedTables.write(.init(), lane, membranes: membranes) }
    for (p, plane) in cluster.planes.enumerated() {
      for membrane in plane { write(membrane, plane: p) }
    }
    memory = (inputs + rare).map { UnsafeMutableRawPointer($0) }
    memory += members.map { UnsafeMutableRawPointer($0) } + [.init(membranes), .init(firing)]
    makeView(cluster)
  }

  private func write(_ membrane: JoinedPlan.Membrane, plane: Int) {
    let joined = JoinedDerivation(
      membrane.cores.map { cores[$0].joinedCircuit(membrane.column) })
    let lane = plane * lanes + membrane.column
    JoinedTables.write(joined.membrane, lane, membranes: membranes)
    firing[lane] = UInt8(membrane.cores[joined.firing ?? 0])
    for (i, core) in membrane.cores.enumerated() {
      let (exc, inh) = joined.inputs(i, cores[core].fullDerivation)
      for (sign, constants) in [exc, inh].enumerated() {
        JoinedTables.write(
          constants, membrane.column, sign: sign, inputs: inputs[core], rare: rare[core])
      }
      members[core][lane / 16] |= 1 << UInt16(lane % 16)
    }
  }

  /// The least level of both signs in each block of a core's lanes.
  private func leastLevels(_ core: Int) -> UnsafeMutablePointer<Float> {
    let levels = UnsafeMutablePointer<Float>.table(lanes / 16, of: 0)
    for block in 0..<lanes / 16 {
      let first = rare[core] + block * 16 * Int(SYNAPUS_JOINED_RARE)
      levels[block] = (0..<32).map { first[$0] }.min() ?? 0
    }
    return levels
  }

  private mutating func makeView(_ cluster: JoinedPlan.Cluster) {
    let levels = cores.indices.map(leastLevels)
    let views = UnsafeMutablePointer<synapus_joined_core>.allocateCopy(
      of: cores.indices.map { core in
        let synapses = cores[core].synapses
        return synapus_joined_core(
          slot: Int32(cluster.slots[core]),
          whole: cluster.planes.dropFirst().allSatisfy { !$0.contains { $0.cores.contains(core) } },
          weights: UnsafePointer(synapses.effective), non_zero: UnsafePointer(synapses.nonZero),
          inputs: UnsafePointer(inputs[core]), rare: UnsafePointer(rare[core]),
          least_levels: UnsafePointer(levels[core]), members: UnsafePointer(members[core]))
      })
    memory += levels.map { UnsafeMutableRawPointer($0) } + [.init(views)]
    let active = cores.map(\.circuits.count).max() ?? 0
    view = synapus_joined_cluster(
      lanes: Int32(lanes), active: Int32((active + 31) / 32 * 32),
      core_count: Int32(cores.count), planes: Int32(planes),
      second_order: cores.contains(where: \.constants.kernelView.second_order),
      noisy: cores.contains(where: \.constants.kernelView.noisy), cores: views,
      membranes: membranes, firing: firing, rail_low: Float(cores[0].rails.low),
      rail_high: Float(cores[0].rails.high))
  }
}

extension UnsafeMutablePointer {
  /// Memory at a cache line's start, filled with a number.
  fileprivate static func table(_ count: Int, of number: Pointee) -> Self {
    let table = Self.allocateAligned(count)
    table.update(repeating: number, count: count)
    return table
  }
}
