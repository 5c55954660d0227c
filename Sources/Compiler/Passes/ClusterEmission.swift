import ChipInterface
import HardwareSpec

/// Writes one cluster down: its cores' circuits and weights, its joined circuits, and the blocks of
/// projections that lie on it.
struct ClusterEmission {
  private let placed: PlacedNetwork
  private let index: Int
  private let spec: ChipSpec
  private let cluster: CoreCluster
  private let parts: [PopulationPart]

  init(_ placed: PlacedNetwork, _ index: Int, _ spec: ChipSpec) {
    (self.placed, self.index, self.spec) = (placed, index, spec)
    cluster = placed.partitioned.clusters[index]
    parts = placed.partitioned.parts.filter { $0.cluster == index }
      .sorted { $0.firstColumn < $1.firstColumn }
  }

  private var quantised: QuantisedNetwork { placed.partitioned.quantised }

  private func column(_ part: PopulationPart, _ i: Int) -> Int {
    placed.column(part.firstColumn + i, ofCluster: index)
  }

  // MARK: Cores

  func cores() -> [CoreImage] {
    cluster.cores.indices.map { number in
      var core = CoreImage(
        placed.cores[index][number], circuits: circuits(isFirst: number == 0), on: spec.geometry)
      for part in parts { write(part, number, &core.weights) }
      return core
    }
  }

  /// Settings by column; circuits between those in use, which are broken, are switched off.
  private func circuits(isFirst: Bool) -> [CircuitSettings] {
    var circuits: [CircuitSettings?] = []
    for part in parts {
      let settings = quantised.populations[part.population].circuits
      for (i, neuron) in part.neurons.enumerated() {
        let column = column(part, i)
        while circuits.count <= column { circuits.append(nil) }
        circuits[column] = member(settings[Int(neuron)], isFirst: isFirst)
      }
    }
    let idle = circuits.compactMap { $0 }.first.map { member($0, isFirst: false) }
    return circuits.compactMap { $0 ?? idle }
  }

  /// A joined membrane has the capacitance of all its circuits, so each gives as much more.
  private func member(_ settings: CircuitSettings, isFirst: Bool) -> CircuitSettings {
    var settings = settings
    let joined = Double(cluster.cores.count)
    if joined > 1 {
      let law = spec.neuron.gain
      settings.excitatoryGain = law.code(law.value(code: Int(settings.excitatoryGain)) * joined)
      settings.inhibitoryGain = law.code(law.value(code: Int(settings.inhibitoryGain)) * joined)
    }
    settings.fires = settings.fires && isFirst
    return settings
  }

  /// The circuits of each neuron, where a neuron has several.
  var groups: [CircuitGroup] {
    guard cluster.cores.count > 1 else { return [] }
    return parts.flatMap { part in
      part.neurons.indices.map { i in
        CircuitGroup.joined(
          placed.cores[index].compactMap {
            CircuitOnChip($0, column: column(part, i), on: spec.geometry)
          })
      }
    }
  }

  // MARK: Weights

  private func write(_ part: PopulationPart, _ number: Int, _ weights: inout [UInt8]) {
    var columns = [Int32](
      repeating: -1, count: quantised.network.populations[part.population].neurons.count)
    for (i, neuron) in part.neurons.enumerated() { columns[Int(neuron)] = Int32(column(part, i)) }
    for bundle in cluster.cores[number].bundles {
      for projection in bundle.projections where leads(projection, to: part) {
        write(projection, bundle, number, columns, &weights)
      }
    }
  }

  private func leads(_ projection: Int, to part: PopulationPart) -> Bool {
    let network = quantised.network
    return network.projections[projection].target == network.populations[part.population].name
  }

  private func write(
    _ projection: Int, _ bundle: RowBundle, _ number: Int, _ columns: [Int32],
    _ weights: inout [UInt8]
  ) {
    let synapses = quantised.network.projections[projection].synapses
    let scaled = quantised.projections[projection]
    let width = spec.geometry.circuitsPerCore
    var pair = bundle.firstPair
    for sender in bundle.senders {
      let copies = scaled.copies(ofSender: Int(sender))
      for copy in 0..<copies {
        let row = 2 * placed.pair(pair, ofCluster: index, core: number) * width
        pair += 1
        for synapse in synapses.synapses(of: Int(sender)) {
          let column = columns[Int(synapses.receivers[synapse])]
          guard column >= 0 else { continue }
          let step = StepRounding<Double>.share(
            of: Int(scaled.steps[synapse]), copy: copy, copies: copies)
          weights[row + (step < 0 ? width : 0) + Int(column)] = UInt8(clamping: abs(step))
        }
      }
    }
  }

  // MARK: Blocks

  func addBlocks(to maps: inout [ProjectionMap]) {
    for (number, core) in cluster.cores.enumerated() {
      for bundle in core.bundles {
        for projection in bundle.projections {
          for part in parts where leads(projection, to: part) {
            maps[projection].blocks += blocks(projection, bundle, number, part)
          }
        }
      }
    }
  }

  /// One block, or several where broken rows or columns lie in between.
  private func blocks(
    _ projection: Int, _ bundle: RowBundle, _ number: Int, _ part: PopulationPart
  ) -> [ProjectionBlock] {
    let lines = lines(projection, bundle)
    let pairs = (0..<bundle.pairCount).map {
      placed.pair(bundle.firstPair + $0, ofCluster: index, core: number)
    }
    let columns = part.neurons.indices.map { column(part, $0) }
    return runs(pairs).flatMap { pairRun in
      runs(columns).map { columnRun in
        ProjectionBlock(
          core: placed.cores[index][number], pairs: pairs[pairRun], lines: lines[pairRun],
          columns: columns[columnRun], targets: part.neurons[columnRun])
      }
    }
  }

  /// The projection's line of each row pair of a bundle.
  private func lines(_ projection: Int, _ bundle: RowBundle) -> [Int32] {
    let scaled = quantised.projections[projection]
    var first = bundle.senders.first.map { firstLine(Int($0), scaled) } ?? 0
    var previous = bundle.senders.first ?? 0
    return bundle.senders.flatMap { sender -> [Int32] in
      while previous < sender {
        first += scaled.copies(ofSender: Int(previous))
        previous += 1
      }
      return (0..<scaled.copies(ofSender: Int(sender))).map { Int32(first + $0) }
    }
  }

  private func firstLine(_ sender: Int, _ scaled: QuantisedProjection) -> Int {
    scaled.senderCopies.isEmpty
      ? sender * scaled.copies : scaled.senderCopies[..<sender].reduce(0, +)
  }

  /// The stretches in which numbers follow each other.
  private func runs(_ numbers: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for (i, number) in numbers.enumerated() {
      if let last = runs.last, numbers[last.upperBound - 1] + 1 == number {
        runs[runs.count - 1] = last.lowerBound..<i + 1
      } else {
        runs.append(i..<i + 1)
      }
    }
    return runs
  }
}

extension ProjectionBlock {
  /// Lists lines and receivers only where they do not follow each other.
  fileprivate init(
    core: CoreOnChip, pairs: ArraySlice<Int>, lines: ArraySlice<Int32>, columns: ArraySlice<Int>,
    targets: ArraySlice<Int32>
  ) {
    self.init(
      core: core, firstPair: pairs.first ?? 0, pairCount: pairs.count,
      firstColumn: columns.first ?? 0, columnCount: columns.count,
      firstLine: Int(lines.first ?? 0), firstTarget: Int(targets.first ?? 0))
    if !lines.follow { self.lines = Array(lines) }
    if !targets.follow { self.targets = Array(targets) }
  }
}

extension ArraySlice<Int32> {
  fileprivate var follow: Bool { zip(self, dropFirst()).allSatisfy { $0 + 1 == $1 } }
}
