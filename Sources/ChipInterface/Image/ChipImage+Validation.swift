import HardwareSpec

extension ChipImage {
  /// Proves that the image fits a chip and itself; reports all faults, up to 20.
  public func validate(against spec: ChipSpec) throws(ChipError) {
    guard chipName == spec.name, specHash == spec.hash else {
      throw .imageOfAnotherChip(
        image: chipName, imageHash: specHash, chip: spec.name, chipHash: spec.hash)
    }
    let used = ColumnsInUse(self)
    let faults =
      faultsOfCores(spec) + faultsOfRoutes(spec, used) + faultsOfDescription(spec, used)
      + faultsOfGroups(spec, used) + faultsOfSources(spec, used) + faultsOfLearning(spec)
    guard faults.isEmpty else { throw .invalidImage(Array(faults.prefix(20))) }
  }

  private func faultsOfCores(_ spec: ChipSpec) -> [ImageFault] {
    var faults: [ImageFault] = []
    for (i, core) in cores.enumerated() {
      if core.core.index >= spec.geometry.coreCount || (i > 0 && cores[i - 1].core >= core.core) {
        faults.append(.order(what: "core", index: core.core.index))
      }
      faults += core.faultsOfDigitalCore(spec, programs: programs.count)
      if core.digital == nil, spec.digital == nil { faults += core.faults(spec) }
    }
    return faults
  }

  private func faultsOfRoutes(_ spec: ChipSpec, _ used: ColumnsInUse) -> [ImageFault] {
    var faults: [ImageFault] = []
    for (channel, targets) in inputRoutes.enumerated() {
      faults += self.faults(of: targets, "input \(channel)", spec, used)
    }
    for (i, route) in delayedInputs.enumerated() {
      let isOrdered =
        i == 0
        || (delayedInputs[i - 1].channel, delayedInputs[i - 1].delayTicks)
          < (route.channel, route.delayTicks)
      if !isOrdered || !inputRoutes.indices.contains(route.channel) || route.delayTicks == 0 {
        faults.append(.order(what: "delayed input", index: i))
      }
      faults += self.faults(of: route.targets, "delayed input \(i)", spec, used)
    }
    for (i, route) in spikeRoutes.enumerated() {
      if i > 0 && !spikeRoutes[i - 1].precedes(route) {
        faults.append(.order(what: "spike route", index: i))
      }
      if !used.contains(route.source) {
        faults.append(.unused(what: "spike route \(i)", core: route.source.core.index))
      }
      faults += self.faults(of: route.targets, "spike route \(i)", spec, used)
      let longest = spec.network?.longestDelayTicks ?? spec.digital?.longestDelay ?? 0
      if route.delayTicks > longest {
        let needs = "an axonal delay of \(route.delayTicks) ticks where \(longest) is the longest"
        faults.append(.notOnChip(what: "spike route \(i)", needs: needs))
      }
    }
    return faults
  }

  private func faults(
    of targets: [RowPairOnChip], _ what: String, _ spec: ChipSpec, _ used: ColumnsInUse
  ) -> [ImageFault] {
    targets.filter {
      !used.contains($0.core, columns: 0..<0) || $0.pair >= spec.geometry.rowPairsPerCore
    }
    .map { .unused(what: what, core: $0.core.index) }
  }

  private func faultsOfDescription(_ spec: ChipSpec, _ used: ColumnsInUse) -> [ImageFault] {
    var faults: [ImageFault] = []
    for population in io.populations {
      for range in population.ranges
      where range.count < 0 || range.firstColumn < 0
        || !used.contains(range.core, columns: range.firstColumn..<range.firstColumn + range.count)
      {
        faults.append(.unused(what: "population '\(population.name)'", core: range.core.index))
      }
    }
    for projection in io.projections where !fits(projection, spec, used) {
      faults.append(.description(what: "projection", name: projection.name))
    }
    if !io.populations.isEmpty, io.population(io.readout.population) == nil {
      faults.append(.description(what: "readout", name: io.readout.population))
    }
    if !(1...Experiment.longestTicks).contains(io.durationTicks) {
      faults.append(.description(what: "duration", name: "\(io.durationTicks) ticks"))
    }
    return faults
  }

  private func fits(
    _ projection: ProjectionMap, _ spec: ChipSpec, _ used: ColumnsInUse
  ) -> Bool {
    let sources = projection.source.map { io.population($0)?.count } ?? inputRoutes.count
    guard sources == projection.sourceCount, projection.copies >= 1,
      io.population(projection.target)?.count == projection.targetCount,
      [0, projection.sourceCount].contains(projection.senderCopies.count),
      projection.senderCopies.allSatisfy({ (0...spec.geometry.rowPairsPerCore).contains($0) }),
      [0, projection.targetCount].contains(projection.receiverScales.count)
    else { return false }
    let lines = projection.lineCount
    return projection.blocks.allSatisfy { block in
      block.firstPair >= 0 && block.pairCount >= 0 && block.firstColumn >= 0
        && block.columnCount >= 0
        && block.firstPair + block.pairCount <= spec.geometry.rowPairsPerCore
        && used.contains(
          block.core, columns: block.firstColumn..<block.firstColumn + block.columnCount)
        && fits(block.firstLine, block.lines, block.pairCount, below: lines)
        && fits(block.firstTarget, block.targets, block.columnCount, below: projection.targetCount)
    }
  }

  /// Whether a block's lines or receivers, listed or following the first, exist.
  private func fits(_ first: Int, _ listed: [Int32], _ count: Int, below end: Int) -> Bool {
    if listed.isEmpty { return first >= 0 && first + count <= end }
    return listed.count == count && listed.allSatisfy { (0..<Int32(end)).contains($0) }
  }

  /// Members exist, each in one group only, and connections name members.
  private func faultsOfGroups(_ spec: ChipSpec, _ used: ColumnsInUse) -> [ImageFault] {
    var faults: [ImageFault] = []
    var seen: Set<CircuitOnChip> = []
    let wiring = WiringCheck(self, spec)
    for (i, group) in groups.enumerated() {
      for member in group.members {
        if !used.contains(member) {
          faults.append(.unused(what: "group \(i)", core: member.core.index))
        }
        if !seen.insert(member).inserted {
          faults.append(.description(what: "\(member), which two groups name, in", name: "\(i)"))
        }
      }
      let members = group.members.indices
      let fits = group.couplings.allSatisfy {
        members.contains($0.first) && members.contains($0.second) && $0.first != $0.second
      }
      if !fits || members.count < 2 {
        faults.append(.description(what: "group", name: "\(i)"))
      } else if group.members.allSatisfy({ used.contains($0) }) {
        faults += wiring.faults(of: group, index: i)
      }
    }
    return faults
  }

  private func faultsOfSources(_ spec: ChipSpec, _ used: ColumnsInUse) -> [ImageFault] {
    var faults: [ImageFault] = []
    for (i, source) in backgroundSources.enumerated() {
      if !(1...65_535).contains(source.periodCycles) || !(1...256).contains(source.probability) {
        faults.append(.description(what: "background source", name: "\(i)"))
      }
      faults += self.faults(of: source.targets, "background source \(i)", spec, used)
    }
    return faults
  }
}

/// How many columns of each core an image uses.
private struct ColumnsInUse {
  private let counts: [CoreOnChip: Int]

  init(_ image: ChipImage) {
    counts = Dictionary(image.cores.map { ($0.core, $0.neuronCount) }) { first, _ in first }
  }

  func contains(_ core: CoreOnChip, columns: Range<Int>) -> Bool {
    counts[core].map { columns.upperBound <= $0 } ?? false
  }

  func contains(_ circuit: CircuitOnChip) -> Bool {
    contains(circuit.core, columns: circuit.column..<circuit.column + 1)
  }
}

extension SpikeRoute {
  fileprivate func precedes(_ next: SpikeRoute) -> Bool {
    (source, delayTicks) < (next.source, next.delayTicks)
  }
}

extension CoreImage {
  fileprivate func faults(_ spec: ChipSpec) -> [ImageFault] {
    let geometry = spec.geometry
    var faults: [ImageFault] = []
    if circuits.count > geometry.circuitsPerCore {
      faults.append(
        .coreSize(
          core: core.index, what: "circuits", found: circuits.count,
          allowed: geometry.circuitsPerCore))
    }
    for (column, circuit) in circuits.enumerated() {
      for (name, code, highest) in circuit.limits(spec) where code > highest {
        faults.append(
          .code(core: core.index, column: column, parameter: name, found: code, highest: highest))
      }
    }
    faults += faultsOfRowPlasticity(spec) + faultsOfMissingParts(spec)
    if sensesCorrelation, spec.correlation == nil {
      faults.append(.notOnChip(what: "core \(core.index)", needs: "correlation sensors"))
    }
    let synapses = geometry.synapseRowsPerCore * geometry.circuitsPerCore
    guard weights.count == synapses else {
      faults.append(
        .coreSize(core: core.index, what: "weights", found: weights.count, allowed: synapses))
      return faults
    }
    let largest = spec.synapse.largestWeight
    if let bad = weights.firstIndex(where: { $0 > largest }) {
      faults.append(
        .weight(
          core: core.index, row: bad / geometry.circuitsPerCore,
          column: bad % geometry.circuitsPerCore, found: Int(weights[bad]), largest: largest))
    }
    return faults
  }
}

extension CoreImage {
  private func faultsOfRowPlasticity(_ spec: ChipSpec) -> [ImageFault] {
    var faults: [ImageFault] = []
    let geometry = spec.geometry
    let utilisation = spec.circuits?.shortTermPlasticity?.utilisation.highestCode ?? 15
    let recovery = spec.circuits?.shortTermPlasticity?.recoveryTime.highestCode ?? 0xFFFF
    for (i, row) in rowPlasticity.enumerated() {
      if !(0..<geometry.rowPairsPerCore).contains(row.pair)
        || (i > 0 && rowPlasticity[i - 1].pair >= row.pair)
      {
        faults.append(.order(what: "plastic row pair", index: row.pair))
      }
      let codes = [
        ("utilisation", Int(row.utilisation), utilisation),
        ("recovery time", Int(row.recoveryTime), recovery),
      ]
      for (name, code, highest) in codes where code > highest {
        faults.append(
          .code(
            core: core.index, column: row.pair, parameter: name, found: code, highest: highest))
      }
    }
    return faults
  }
}

extension CircuitSettings {
  /// Each code with its name and the highest code allowed.
  fileprivate func limits(_ spec: ChipSpec) -> [(String, Int, Int)] {
    let neuron = spec.neuron
    return options.limits(spec) + [
      ("leak", Int(leak), neuron.potential.highestCode),
      ("reset", Int(reset), neuron.potential.highestCode),
      ("threshold", Int(threshold), neuron.potential.highestCode),
      ("membrane time", Int(membraneTime), neuron.membraneTime.highestCode),
      ("excitatory time", Int(excitatoryTime), neuron.synapticTime.highestCode),
      ("inhibitory time", Int(inhibitoryTime), neuron.synapticTime.highestCode),
      ("excitatory gain", Int(excitatoryGain), neuron.gain.highestCode),
      ("inhibitory gain", Int(inhibitoryGain), neuron.gain.highestCode),
      ("refractory count", Int(refractoryCount), neuron.largestRefractoryCount),
      ("refractory count below 1 by", refractoryCount < 1 ? 1 : 0, 0),
    ]
  }
}
