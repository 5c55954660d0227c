import ChipInterface
import HardwareSpec

/// What learns on a digital chip, and what the host may overwrite.
extension DigitalImage {
  /// The projections that learn, for the engine.
  var sites: [LearningSite] {
    parts.compactMap { part in
      guard let synapses = part.synapses, let plastic = synapses.plastic,
        let digital = spec.digital, case .currentBased(let tables) = cores[part.core]
      else { return nil }
      let weights = synapses.projection.signMode.weights(of: digital)
      return LearningSite(
        core: part.core, position: part.position, synapses: plastic,
        weights: Int32(weights.lowerBound)...Int32(weights.upperBound),
        columns: 0..<tables.neuronCount, thresholds: tables.constants.map(\.threshold))
    }
  }

  /// The image with new weights; what learns is overwritten in place.
  func writing(
    _ blocks: [WeightBlock], _ spec: ChipSpec, _ digital: DigitalSpec
  ) throws(ChipError) -> DigitalImage {
    var image = self.image
    for block in blocks {
      let writer = try DigitalWeightBlock(block, image, spec, takesExact: isExact)
      try writer.write(to: &image, digital)
    }
    for block in blocks { overwritePlastic(block) }
    return DigitalImage(image, spec, digital, isExact: isExact, after: self)
  }

  private func overwritePlastic(_ block: WeightBlock) {
    for part in parts {
      guard let plastic = part.synapses?.plastic, image.cores[part.core].core == block.core else {
        continue
      }
      for (i, pair) in (block.firstPair..<block.firstPair + block.pairCount).enumerated()
      where part.axons.contains(pair) {
        for k in 0..<block.columnCount {
          let row = pair - part.axons.lowerBound
          plastic.overwrite(
            row: row, column: block.firstColumn + k, block.values, at: i * block.columnCount + k)
        }
      }
    }
  }
}

extension PlasticSynapses {
  fileprivate func overwrite(row: Int, column: Int, _ values: WeightBlock.Values, at index: Int) {
    let lane = column - firstColumn
    guard lane >= 0, lane < lanes, exists(at: row * lanes + lane) else { return }
    switch values {
    case .steps(let steps): setWeight(Int16(steps[index]), at: row * lanes + lane)
    case .exact(let numbers): exact?.weights[row * lanes + lane] = numbers[index]
    }
  }
}

/// A block of weights for a digital core, checked.
private struct DigitalWeightBlock {
  private let block: WeightBlock
  private let slot: Int

  init(
    _ block: WeightBlock, _ image: ChipImage, _ spec: ChipSpec, takesExact: Bool
  ) throws(ChipError) {
    guard let slot = image.slot(of: block.core) else {
      throw .coreNotInImage(core: block.core.index)
    }
    let (axons, neurons) = (spec.geometry.rowPairsPerCore, image.cores[slot].neuronCount)
    guard block.firstPair >= 0, block.pairCount >= 0, block.firstColumn >= 0,
      block.columnCount >= 0, block.firstPair <= axons - block.pairCount,
      block.firstColumn <= neurons - block.columnCount
    else {
      throw .weightsOutsideCore(core: block.core.index, pairs: axons, columns: neurons)
    }
    guard block.values.count == block.pairCount * block.columnCount else {
      throw .weightCount(
        core: block.core.index, found: block.values.count,
        expected: block.pairCount * block.columnCount)
    }
    if case .exact = block.values, !takesExact { throw .exactWeightsRefused }
    (self.block, self.slot) = (block, slot)
  }

  /// Writes to the synapses of an image.
  func write(to image: inout ChipImage, _ digital: DigitalSpec) throws(ChipError) {
    guard case .currentBased(var core) = image.cores[slot].digital else {
      throw .synapsesNotWritable(core: block.core.index)
    }
    for i in 0..<block.pairCount {
      for k in 0..<block.columnCount {
        let weight = try number(at: i * block.columnCount + k)
        try core.write(
          weight, axon: block.firstPair + i, column: block.firstColumn + k, digital,
          core: block.core.index)
      }
    }
    image.cores[slot].digital = .currentBased(core)
  }

  private func number(at index: Int) throws(ChipError) -> Int {
    switch block.values {
    case .steps(let steps): return Int(steps[index])
    case .exact(let numbers):
      guard abs(numbers[index]) < 0x1p15 else {
        throw .weightOutOfRange(core: block.core.index, weight: .max, largest: 1 << 15)
      }
      return Int(numbers[index].rounded())
    }
  }
}

extension CurrentBasedCore {
  /// Writes one weight; a synapse that does not exist takes 0 only.
  fileprivate mutating func write(
    _ weight: Int, axon: Int, column: Int, _ digital: DigitalSpec, core: Int
  ) throws(ChipError) {
    guard
      let p = projections.firstIndex(where: {
        axon >= $0.firstAxon && axon < $0.firstAxon + $0.axonCount
      })
    else {
      if weight == 0 { return }
      throw .noSynapse(core: core, pair: axon, column: column)
    }
    let row = axon - projections[p].firstAxon
    let synapses = Int(projections[p].starts[row])..<Int(projections[p].starts[row + 1])
    guard let s = synapses.first(where: { projections[p].targets[$0] == column }) else {
      if weight == 0 { return }
      throw .noSynapse(core: core, pair: axon, column: column)
    }
    let range = projections[p].signMode.weights(of: digital)
    guard range.contains(weight) else {
      throw .weightOutOfRange(core: core, weight: weight, largest: range.upperBound)
    }
    projections[p].weights[s] = Int16(weight)
  }
}
