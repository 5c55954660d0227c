import ChipInterface
import HardwareSpec

/// Who sends the events of a row pair, in design words.
struct EventSources {
  private let image: ChipImage

  init(_ image: ChipImage) { self.image = image }

  /// For example `hidden:17` or `input 4`; a pair of several senders has all of them.
  func name(pair: Int, of circuit: CircuitOnChip) -> String {
    if let name = projected(pair, circuit) { return name }
    var names: [String] = []
    for (channel, targets) in image.inputRoutes.enumerated()
    where targets.contains(where: { $0.core == circuit.core && $0.pair == pair }) {
      names.append("input \(channel)")
    }
    for route in image.delayedInputs
    where route.targets.contains(where: { $0.core == circuit.core && $0.pair == pair }) {
      names.append("input \(route.channel) after \(route.delayTicks) ticks")
    }
    for route in image.spikeRoutes
    where route.targets.contains(where: { $0.core == circuit.core && $0.pair == pair }) {
      names.append(neuron(route.source))
    }
    for (number, source) in image.backgroundSources.enumerated()
    where source.targets.contains(where: { $0.core == circuit.core && $0.pair == pair }) {
      names.append("background \(number)")
    }
    return names.isEmpty ? "unknown" : names.joined(separator: " or ")
  }

  /// The projection that the synapse belongs to.
  func projection(pair: Int, of circuit: CircuitOnChip) -> String {
    block(pair, circuit)?.projection.name ?? ""
  }

  private func projected(_ pair: Int, _ circuit: CircuitOnChip) -> String? {
    guard let (projection, block) = block(pair, circuit) else { return nil }
    let sender = projection.sender(ofLine: block.line(pair - block.firstPair))
    return projection.source.map { "\($0):\(sender)" } ?? "input \(sender)"
  }

  private func block(
    _ pair: Int, _ circuit: CircuitOnChip
  ) -> (projection: ProjectionMap, block: ProjectionBlock)? {
    for projection in image.io.projections {
      for block in projection.blocks where block.core == circuit.core {
        let pairs = block.firstPair..<block.firstPair + block.pairCount
        let columns = block.firstColumn..<block.firstColumn + block.columnCount
        if pairs.contains(pair), columns.contains(circuit.column) { return (projection, block) }
      }
    }
    return nil
  }

  /// A circuit in design words; core and column where no population has it.
  private func neuron(_ circuit: CircuitOnChip) -> String {
    for population in image.io.populations {
      var first = 0
      for range in population.ranges {
        let index = circuit.column - range.firstColumn
        if range.core == circuit.core, (0..<range.count).contains(index) {
          return "\(population.name):\(first + index)"
        }
        first += range.count
      }
    }
    return "\(circuit)"
  }
}
