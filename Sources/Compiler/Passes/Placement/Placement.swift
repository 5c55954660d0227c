import HardwareSpec

/// Gives every cluster of parts its cores, and every part columns and row pairs that work.
///
/// From a legal start (``CoreAssignment``), or for many clusters one by bisection, annealing looks
/// for the placement whose multicast trees take the fewest weighted hops.
struct Placement {
  private let options: CompileOptions
  private var spec: ChipSpec { options.spec }
  /// Visits of a net's targets that all runs together may take.
  private static let mostVisits = 600_000_000
  /// The stream of the generator.
  private static let stream: UInt64 = 0x504C_4143

  init(_ options: CompileOptions) { self.options = options }

  func place(_ partitioned: PartitionedNetwork, _ log: inout CompileLog) -> PlacedNetwork {
    let stock = CoreStock(options)
    let assignment = CoreAssignment(partitioned, stock)
    guard let start = assignment.cores else {
      log.add(assignment.shortfall ?? .cores(needed: 1, available: 0))
      return PlacedNetwork(partitioned: partitioned, cores: [])
    }
    let rates = NeuronRates(options.rates, partitioned.network.populations.map(\.name))
    let slots = best(TrafficNets(partitioned, rates), assignment, start, stock)
    let all = spec.geometry.cores
    var placed = PlacedNetwork(
      partitioned: partitioned, cores: slots.map { $0.map { all[$0] } })
    if !options.defects.isEmpty {
      DefectAvoidance(options, stock).avoid(&placed, &log)
    }
    return placed
  }

  func best(
    _ nets: TrafficNets, _ assignment: CoreAssignment, _ start: [[Int]], _ stock: CoreStock
  ) -> [[Int]] {
    guard spec.network?.router != .crossbar, !nets.nets.isEmpty else { return start }
    let nets = nets.targets.count > 400_000 ? nets.pairwise() : nets
    var annealing = Annealing(nets, assignment, start: start, stock, options)
    let least = nets.leastCost * (1 + 1e-9)
    var best = (cost: annealing.cost, slots: start)
    guard best.cost > least else { return start }
    let runs = start.count <= 40 ? 6 : 1
    for run in 0..<runs {
      var random = SequentialRandom(
        seed: CounterRandom(seed: options.seed, stream: Self.stream).bits(run), stream: 1)
      let bisected = run == 0 ? self.bisected(nets, start, assignment, stock) : nil
      annealing.restart(from: bisected ?? start)
      if annealing.cost < best.cost * (1 - 1e-9) {
        best = (annealing.cost, annealing.slots)
      }
      annealing.run(
        heat: bisected == nil ? 1 : 0.15, mostVisits: Self.mostVisits / runs, &random)
      if annealing.cost < best.cost * (1 - 1e-9) { best = (annealing.cost, annealing.slots) }
      if best.cost <= least { break }
    }
    return best.slots
  }

  /// A start by bisection, where there are many single cores and all are alike.
  private func bisected(
    _ nets: TrafficNets, _ start: [[Int]], _ assignment: CoreAssignment, _ stock: CoreStock
  ) -> [[Int]]? {
    let singles = start.indices.filter {
      start[$0].count == 1 && assignment.needs[$0].pin == nil
    }
    guard singles.count > 40, stock.isWhole else { return nil }
    let fixed = Set(start.indices.filter { !singles.contains($0) }.flatMap { start[$0] })
    let places = BisectionStart(
      nets, clusters: start.count, columns: spec.geometry.meshColumns, seed: options.seed
    ).places(of: singles, on: (0..<spec.geometry.coreCount).filter { !fixed.contains($0) })
    var slots = start
    for single in singles { slots[single] = places[single].map { [$0] } ?? start[single] }
    return slots
  }
}
