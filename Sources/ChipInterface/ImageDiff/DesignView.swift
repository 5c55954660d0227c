import HardwareSpec

/// An image seen through its populations and projections.
struct DesignView {
  /// Who drives a row pair: a population's neuron, an input, or a circuit that is no neuron's.
  enum Sender: Hashable {
    case input(Int)
    case neuron(String, Int)
    case circuit(CircuitOnChip)
  }

  /// A sender, and after how many ticks its events come.
  struct Driver: Hashable {
    var sender: Sender
    var delay: Int
    /// Where it sits; inputs sit nowhere.
    var core: CoreOnChip?

    /// The same without its place.
    var anywhere: Driver { Driver(sender: sender, delay: delay) }
  }

  let image: ChipImage
  let spec: ChipSpec
  /// The circuits of each population's neurons, the one that fires first.
  let circuits: [String: [[CircuitOnChip]]]
  /// By core in use and pair: who drives it.
  let drivers: [[[Driver]]]
  /// By core in use: the blocks of all projections that lie there.
  let blocks: [[ProjectionBlock]]
  /// By core in use and column: whether a neuron's.
  let isNeuron: [[Bool]]

  init(_ image: ChipImage, _ spec: ChipSpec) {
    (self.image, self.spec) = (image, spec)
    let joined = Dictionary(
      image.groups.filter(\.isJoined).compactMap { group in group.members.first.map { ($0, group) }
      },
      uniquingKeysWith: { a, _ in a })
    var circuits: [String: [[CircuitOnChip]]] = [:]
    var names: [CircuitOnChip: Sender] = [:]
    var isNeuron = image.cores.map { Array(repeating: false, count: $0.circuits.count) }
    for population in image.io.populations where circuits[population.name] == nil {
      let neurons = population.ranges.flatMap { range in
        (0..<range.count).compactMap { k in
          CircuitOnChip(range.core, column: range.firstColumn + k, on: spec.geometry)
        }
      }
      circuits[population.name] = neurons.map { joined[$0]?.members ?? [$0] }
      for (number, neuron) in neurons.enumerated() {
        names[neuron] = .neuron(population.name, number)
      }
      for circuit in (circuits[population.name] ?? []).joined() {
        if let slot = image.slot(of: circuit.core), isNeuron[slot].indices.contains(circuit.column)
        {
          isNeuron[slot][circuit.column] = true
        }
      }
    }
    (self.circuits, self.isNeuron) = (circuits, isNeuron)
    var blocks = [[ProjectionBlock]](repeating: [], count: image.cores.count)
    for block in image.io.projections.flatMap(\.blocks) {
      if let slot = image.slot(of: block.core) { blocks[slot].append(block) }
    }
    self.blocks = blocks
    drivers = Self.drivers(image, spec, names)
  }

  private static func drivers(
    _ image: ChipImage, _ spec: ChipSpec, _ names: [CircuitOnChip: Sender]
  ) -> [[[Driver]]] {
    var drivers = image.cores.map { _ in
      [[Driver]](repeating: [], count: spec.geometry.rowPairsPerCore)
    }
    func add(_ targets: [RowPairOnChip], _ driver: Driver) {
      for target in targets {
        if let slot = image.slot(of: target.core) { drivers[slot][target.pair].append(driver) }
      }
    }
    for (channel, targets) in image.inputRoutes.enumerated() {
      add(targets, Driver(sender: .input(channel), delay: 0))
    }
    for route in image.delayedInputs {
      add(route.targets, Driver(sender: .input(route.channel), delay: Int(route.delayTicks)))
    }
    for route in image.spikeRoutes {
      add(
        route.targets,
        Driver(
          sender: names[route.source] ?? .circuit(route.source), delay: Int(route.delayTicks),
          core: route.source.core))
    }
    return drivers
  }

  /// Which cells of a core's array belong to a projection, row pair by row pair.
  func coveredCells(_ slot: Int) -> [Bool] {
    let columns = spec.geometry.circuitsPerCore
    var covered = [Bool](repeating: false, count: spec.geometry.rowPairsPerCore * columns)
    for block in blocks[slot] {
      for pair in block.firstPair..<block.firstPair + block.pairCount {
        for column in block.firstColumn..<block.firstColumn + block.columnCount {
          covered[pair * columns + column] = true
        }
      }
    }
    return covered
  }

  /// Which row pairs of a core belong to a projection.
  func coveredPairs(_ slot: Int) -> [Bool] {
    var covered = [Bool](repeating: false, count: spec.geometry.rowPairsPerCore)
    for block in blocks[slot] {
      for pair in block.firstPair..<block.firstPair + block.pairCount { covered[pair] = true }
    }
    return covered
  }
}

extension CircuitGroup {
  /// Whether the members are one membrane, and not compartments.
  fileprivate var isJoined: Bool { couplings.allSatisfy { $0.conductance == nil } }
}

extension DesignView.Driver: CustomStringConvertible {
  /// For example `input 4` or `hidden:7 after 3 ticks`.
  var description: String {
    let name =
      switch sender {
      case .input(let channel): "input \(channel)"
      case .neuron(let population, let number): "\(population):\(number)"
      case .circuit(let circuit): "\(circuit)"
      }
    return delay == 0 ? name : "\(name) after \(delay) \(delay == 1 ? "tick" : "ticks")"
  }
}
