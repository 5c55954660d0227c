import HardwareSpec

extension ChipImage {
  /// Proves that the image fits a chip and itself; reports all faults, up to 20.
  public func validate(against spec: ChipSpec) throws(ChipError) {
    guard chipName == spec.name, specHash == spec.hash else {
      throw .imageOfAnotherChip(
        image: chipName, imageHash: specHash, chip: spec.name, chipHash: spec.hash)
    }
    let faults = faultsOfCores(spec) + faultsOfRoutes(spec) + faultsOfDescription(spec)
    guard faults.isEmpty else { throw .invalidImage(Array(faults.prefix(20))) }
  }

  private func faultsOfCores(_ spec: ChipSpec) -> [ImageFault] {
    var faults: [ImageFault] = []
    for (i, core) in cores.enumerated() {
      if core.core.index >= spec.geometry.coreCount || (i > 0 && cores[i - 1].core >= core.core) {
        faults.append(.order(what: "core", index: core.core.index))
      }
      faults += core.faults(spec)
    }
    return faults
  }

  private func faultsOfRoutes(_ spec: ChipSpec) -> [ImageFault] {
    var faults: [ImageFault] = []
    for (channel, targets) in inputRoutes.enumerated() {
      faults += self.faults(of: targets, "input \(channel)", spec)
    }
    for (i, route) in spikeRoutes.enumerated() {
      if i > 0 && spikeRoutes[i - 1].source >= route.source {
        faults.append(.order(what: "spike route", index: i))
      }
      if !uses(route.source.core, columns: route.source.column..<route.source.column + 1) {
        faults.append(.unused(what: "spike route \(i)", core: route.source.core.index))
      }
      faults += self.faults(of: route.targets, "spike route \(i)", spec)
    }
    return faults
  }

  private func faults(
    of targets: [RowPairOnChip], _ what: String, _ spec: ChipSpec
  ) -> [ImageFault] {
    targets.filter { !uses($0.core, columns: 0..<0) || $0.pair >= spec.geometry.rowPairsPerCore }
      .map { .unused(what: what, core: $0.core.index) }
  }

  private func faultsOfDescription(_ spec: ChipSpec) -> [ImageFault] {
    var faults: [ImageFault] = []
    for population in io.populations {
      for range in population.ranges
      where range.count < 0 || range.firstColumn < 0
        || !uses(range.core, columns: range.firstColumn..<range.firstColumn + range.count)
      {
        faults.append(.unused(what: "population '\(population.name)'", core: range.core.index))
      }
    }
    for projection in io.projections where !fits(projection, spec) {
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

  private func fits(_ projection: ProjectionMap, _ spec: ChipSpec) -> Bool {
    let sources = projection.source.map { io.population($0)?.count } ?? inputRoutes.count
    guard sources == projection.sourceCount, projection.copies >= 1,
      io.population(projection.target)?.count == projection.targetCount
    else { return false }
    return projection.blocks.allSatisfy { block in
      block.firstPair >= 0 && block.pairCount >= 0 && block.firstColumn >= 0
        && block.columnCount >= 0 && block.firstLine >= 0 && block.firstTarget >= 0
        && block.firstPair + block.pairCount <= spec.geometry.rowPairsPerCore
        && uses(block.core, columns: block.firstColumn..<block.firstColumn + block.columnCount)
        && block.firstLine + block.pairCount <= projection.sourceCount * projection.copies
        && block.firstTarget + block.columnCount <= projection.targetCount
    }
  }

  private func uses(_ core: CoreOnChip, columns: Range<Int>) -> Bool {
    cores.contains { $0.core == core && columns.upperBound <= $0.circuits.count }
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
      for (name, code, highest) in circuit.limits(spec.neuron) where code > highest {
        faults.append(
          .code(core: core.index, column: column, parameter: name, found: code, highest: highest))
      }
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

extension CircuitSettings {
  /// Each code with its name and the highest code allowed.
  fileprivate func limits(_ neuron: NeuronSpec) -> [(String, Int, Int)] {
    [
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
