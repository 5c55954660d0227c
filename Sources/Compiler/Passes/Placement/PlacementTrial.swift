import HardwareSpec

/// Placement alone, of any traffic between cores: for benches and tests.
package struct PlacementTrial {
  /// Events from one core to others, one copy on every link.
  package typealias Net = (source: Int, targets: [Int], weight: Double)

  private let nets: TrafficNets
  private let count: Int
  private let spec: ChipSpec

  /// Takes the traffic between so many cores.
  package init(cores count: Int, _ nets: [Net], on spec: ChipSpec) {
    (self.nets, self.count, self.spec) = (TrafficNets(cores: count, nets), count, spec)
  }

  /// The place on the mesh that the compiler gives each core.
  package func place(seed: UInt64) -> [Int] {
    var options = CompileOptions(spec)
    options.seed = seed
    let stock = CoreStock(options)
    let needs = (0..<count).map { _ in ClusterNeed(columns: 1, pairs: [1], pin: nil, layer: "") }
    let assignment = CoreAssignment(needs, stock)
    guard let start = assignment.cores else { return [] }
    return Placement(options).best(nets, assignment, start, stock).map { $0[0] }
  }

  /// Weighted hops of all multicast trees.
  package func hops(of places: [Int]) -> Double {
    var tree = TreeCost(spec)
    let columns = spec.geometry.meshColumns
    let (x, y) = (
      places.map { Int32($0 % columns) }, places.map { Int32($0 / columns) }
    )
    return nets.nets.reduce(0) { sum, net in
      sum + net.weight * Double(tree.hops(from: net.source, to: nets.targets[net.pins], x, y))
    }
  }
}
