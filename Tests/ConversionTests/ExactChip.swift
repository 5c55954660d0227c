import ChipInterface
import NIR

/// An ideal chip whose weights are a graph's own numbers instead of whole steps.
final class ExactChip: Chip {
  private let chip: any Chip
  private let graph: NIRGraph
  private let image: ChipImage

  init(_ chip: any Chip, _ graph: NIRGraph, _ image: ChipImage) {
    (self.chip, self.graph, self.image) = (chip, graph, image)
  }

  var info: ChipInfo { chip.info }

  func load(_ image: ChipImage) throws(ChipError) {
    try chip.load(image)
    try chip.write(image.io.projections.flatMap(blocks))
  }

  func write(_ weights: [WeightBlock]) throws(ChipError) { try chip.write(weights) }

  func snapshot() throws(ChipError) -> ChipState { try chip.snapshot() }

  func restore(_ state: ChipState) throws(ChipError) { try chip.restore(state) }

  func run(_ experiment: Experiment, cancellation: Cancellation?) throws(ChipError) -> Recording {
    try chip.run(experiment, cancellation: cancellation)
  }

  /// The weights of a projection that is one Linear or Affine node.
  private func blocks(_ map: ProjectionMap) -> [WeightBlock] {
    let weight: NIRTensor
    switch graph.node(named: map.name) {
    case .linear(let linear)?: weight = linear.weight
    case .affine(let affine)?: weight = affine.weight
    default: return []
    }
    return map.blocks.map { block in
      let values = (0..<block.pairCount).flatMap { pair in
        let line = block.lines.isEmpty ? block.firstLine + pair : Int(block.lines[pair])
        return (0..<block.columnCount).map { column -> Double in
          let target =
            block.targets.isEmpty ? block.firstTarget + column : Int(block.targets[column])
          let value = weight.values[target * weight.shape[1] + line / map.copies]
          return value / map.weightPerStep / Double(map.copies)
        }
      }
      return WeightBlock(
        core: block.core, firstPair: block.firstPair, pairCount: block.pairCount,
        firstColumn: block.firstColumn, columnCount: block.columnCount, values: .exact(values))
    }
  }
}
