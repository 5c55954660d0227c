import HardwareSpec

/// Learning rules, plastic blocks and feedback against the chip's file.
extension ChipImage {
  /// What is wrong with the rules and with what uses them.
  func faultsOfLearning(_ spec: ChipSpec) -> [ImageFault] {
    guard !programs.isEmpty || !feedback.isEmpty || cores.contains(where: \.learns) else {
      return []
    }
    guard let learning = spec.learning else {
      return [.notOnChip(what: "a learning rule", needs: "a learning engine")]
    }
    var faults: [ImageFault] = []
    for (i, program) in programs.enumerated() where !program.isValid(learning) {
      faults.append(.description(what: "learning rule \(i)", name: program.name))
    }
    for core in cores { faults += core.faultsOfBlocks(spec, programs: programs.count) }
    for (i, projection) in feedback.enumerated() where !fits(projection) {
      faults.append(.description(what: "feedback projection", name: "\(i)"))
    }
    return faults
  }

  private func fits(_ projection: FeedbackProjection) -> Bool {
    let known = (projection.sources + projection.targets).allSatisfy { circuit in
      core(circuit.core).map { circuit.column < $0.neuronCount } ?? false
    }
    return known && (0...15).contains(projection.shift)
      && projection.weights.count == projection.sources.count * projection.targets.count
  }
}

extension CoreImage {
  /// Whether any synapse of the core learns.
  fileprivate var learns: Bool {
    if case .currentBased(let core) = digital {
      return core.projections.contains { $0.program != nil }
    }
    return !plasticBlocks.isEmpty
  }

  fileprivate func faultsOfBlocks(_ spec: ChipSpec, programs: Int) -> [ImageFault] {
    var faults: [ImageFault] = []
    for (i, block) in plasticBlocks.enumerated() {
      let fits =
        block.firstPair >= 0 && block.pairCount >= 1 && block.firstColumn >= 0
        && block.columnCount >= 1
        && block.firstPair <= spec.geometry.rowPairsPerCore - block.pairCount
        && block.firstColumn <= circuits.count - block.columnCount
        && (0..<programs).contains(block.program)
        && [0, block.columnCount].contains(block.membraneCentres.count)
      let overlaps = plasticBlocks[..<i].contains { $0.overlaps(block) }
      if !fits || overlaps {
        let what = overlaps ? "overlapping plastic block" : "plastic block"
        faults.append(.description(what: "core \(core.index) \(what)", name: "\(i)"))
      }
    }
    return faults
  }
}

extension PlasticBlock {
  fileprivate func overlaps(_ other: PlasticBlock) -> Bool {
    let pairs = (firstPair..<firstPair + max(0, pairCount))
    let columns = (firstColumn..<firstColumn + max(0, columnCount))
    return pairs.overlaps(other.firstPair..<other.firstPair + max(0, other.pairCount))
      && columns.overlaps(other.firstColumn..<other.firstColumn + max(0, other.columnCount))
  }
}

extension LearningProgram {
  fileprivate func isValid(_ spec: LearningSpec) -> Bool {
    let traces = [x1, x2, y1, y2, y3]
    let graded = [reward, error]
    return (1...spec.longestEpoch).contains(epochTicks) && words.count <= spec.microcodeWords
      && traces.allSatisfy { $0.impulse < 256 && $0.impulse.isTime && $0.timeConstant.isTime }
      && graded.allSatisfy { $0.timeConstant.isTime && (-128...127).contains($0.ownSpike) }
      && (0...65_535).contains(burstTicks) && [0, 256].contains(membraneTable.count)
      && (tagCarry.map { (1...spec.tags.upperBound).contains($0) } ?? true)
      && (rewiring?.isValid ?? true)
  }
}

extension Double {
  /// Whether the number is a time constant: finite and not negative.
  fileprivate var isTime: Bool { isFinite && self >= 0 && sign == .plus }
}

extension Rewiring {
  fileprivate var isValid: Bool {
    (1...1 << 20).contains(everyEpochs) && (2...4096).contains(groupPairs)
      && (1..<groupPairs).contains(synapsesPerGroup) && (-255...255).contains(keepsFrom)
      && (-255...255).contains(initialWeight)
  }
}
