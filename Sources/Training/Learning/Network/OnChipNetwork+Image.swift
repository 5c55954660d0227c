import ChipInterface
import HardwareSpec

extension OnChipNetwork {
  /// Places the network and writes its image.
  ///
  /// - Throws: ``TrainingError`` for what the chip has no room or no code for.
  public func image(durationTicks: Int) throws(TrainingError) -> OnChipImage {
    guard spec.digital == nil else {
      throw .networkTooLarge(
        network: name, what: "analog cores", needed: 1, available: 0)
    }
    let placement = try OnChipPlacement(self)
    let writer = OnChipImageWriter(network: self, placement: placement)
    return OnChipImage(
      network: self, placement: placement, image: try writer.image(durationTicks))
  }
}

/// Writes the parts of an image from a placed network.
private struct OnChipImageWriter {
  let network: OnChipNetwork
  let placement: OnChipPlacement

  private var geometry: ChipGeometry { network.spec.geometry }

  func image(_ durationTicks: Int) throws(TrainingError) -> ChipImage {
    var image = ChipImage(
      chipName: network.spec.name, specHash: network.spec.hash, cores: try cores(),
      inputRoutes: inputRoutes, spikeRoutes: spikeRoutes, io: description(durationTicks))
    image.backgroundSources = backgroundSources
    image.programs = network.programs
    image.feedback = network.feedbacks.map(feedback)
    return image
  }

  // MARK: Cores

  private func cores() throws(TrainingError) -> [CoreImage] {
    var cores: [CoreImage] = []
    for index in 0..<placement.coreCount {
      var circuits: [CircuitSettings] = []
      for part in placement.parts where part.core == index {
        let settings = try network.neurons[part.population].neuron.settings(on: network.spec)
        circuits += Array(repeating: settings, count: part.count)
      }
      var core = CoreImage(geometry.cores[index], circuits: circuits, on: geometry)
      for rows in placement.rows where placement.parts[rows.part].core == index {
        write(rows, to: &core)
      }
      cores.append(core)
    }
    return cores
  }

  private func write(_ rows: OnChipPlacement.Rows, to core: inout CoreImage) {
    let (part, projection) = (placement.parts[rows.part], network.projections[rows.projection])
    for sender in 0..<rows.count {
      for i in 0..<part.count {
        let weight =
          projection.weights[sender * projection.target.count + part.firstNeuron + i]
        let row = 2 * (rows.firstPair + sender) + (weight < 0 ? 1 : 0)
        core.weights[row * geometry.circuitsPerCore + part.firstColumn + i] =
          UInt8(clamping: weight.magnitude)
      }
    }
    guard let plasticity = projection.plasticity else { return }
    let centre = network.neurons[part.population].neuron.code(at: plasticity.membraneCentre)
    core.plasticBlocks.append(
      PlasticBlock(
        firstPair: rows.firstPair, pairCount: rows.count, firstColumn: part.firstColumn,
        columnCount: part.count, program: plasticity.rule.index, isSigned: plasticity.isSigned,
        membraneCentres: Array(repeating: centre, count: part.count)))
  }

  // MARK: Routes

  /// The row pairs that a member of a group drives; a delay picks the projections that have it.
  private func targets(
    of group: OnChipNetwork.Group, member: Int, delayTicks: Int? = nil
  ) -> [RowPairOnChip] {
    placement.rows.filter { rows in
      let projection = network.projections[rows.projection]
      return projection.source == group
        && (delayTicks == nil || projection.delayTicks == delayTicks)
    }.compactMap { rows in
      RowPairOnChip(
        geometry.cores[placement.parts[rows.part].core], pair: rows.firstPair + member,
        on: geometry)
    }.sorted()
  }

  private var inputRoutes: [[RowPairOnChip]] {
    network.inputCounts.enumerated().flatMap { index, count in
      let group = OnChipNetwork.Group(kind: .inputs, index: index, count: count)
      return (0..<count).map { targets(of: group, member: $0) }
    }
  }

  private var spikeRoutes: [SpikeRoute] {
    var routes: [SpikeRoute] = []
    for part in placement.parts {
      let count = network.neurons[part.population].count
      let group = OnChipNetwork.Group(kind: .neurons, index: part.population, count: count)
      let delays = Set(network.projections.filter { $0.source == group }.map(\.delayTicks))
      for i in 0..<part.count {
        guard let source = circuit(part, i) else { continue }
        for delay in delays.sorted() {
          routes.append(
            SpikeRoute(
              source: source,
              targets: targets(of: group, member: part.firstNeuron + i, delayTicks: delay),
              delayTicks: UInt8(clamping: delay)))
        }
      }
    }
    return routes.sorted { ($0.source, $0.delayTicks) < ($1.source, $1.delayTicks) }
  }

  private var backgroundSources: [BackgroundSource] {
    network.backgrounds.enumerated().flatMap { index, background in
      let group = OnChipNetwork.Group(kind: .background, index: index, count: background.count)
      return (0..<background.count).map { member in
        BackgroundSource(
          targets: targets(of: group, member: member), periodCycles: background.periodCycles,
          probability: background.probability, seed: background.seed &+ UInt32(member))
      }
    }
  }

  // MARK: Feedback

  private func feedback(_ feedback: OnChipNetwork.Feedback) -> FeedbackProjection {
    FeedbackProjection(
      sources: circuits(of: feedback.source), targets: circuits(of: feedback.target),
      weights: feedback.weights.map { Int8(clamping: $0) }, shift: feedback.shift)
  }

  private func circuits(of group: OnChipNetwork.Group) -> [CircuitOnChip] {
    placement.parts.filter { $0.population == group.index }.flatMap { part in
      (0..<part.count).compactMap { circuit(part, $0) }
    }
  }

  private func circuit(_ part: OnChipPlacement.Part, _ i: Int) -> CircuitOnChip? {
    CircuitOnChip(geometry.cores[part.core], column: part.firstColumn + i, on: geometry)
  }

  // MARK: Description

  private func description(_ durationTicks: Int) -> ImageIO {
    let populations = network.neurons.enumerated().map { index, neurons in
      Population(
        name: neurons.name,
        ranges: placement.parts.filter { $0.population == index }.map {
          CircuitRange(
            core: geometry.cores[$0.core], firstColumn: $0.firstColumn, count: $0.count)
        })
    }
    return ImageIO(
      network: network.name, populations: populations,
      projections: network.projections.indices.compactMap(map), durationTicks: durationTicks,
      dt: network.spec.time.tickSeconds * network.spec.time.acceleration, coding: "",
      readout: ReadoutRule(
        population: populations.last?.name ?? "", measure: .mostSpikes))
  }

  /// Where a projection lies; background sources are not senders that an image can name.
  private func map(_ index: Int) -> ProjectionMap? {
    let projection = network.projections[index]
    let (source, target) = (projection.source, network.neurons[projection.target.index])
    guard source.kind != .background else { return nil }
    let isInput = source.kind == .inputs
    let firstLine = isInput ? network.firstChannel(source) : 0
    return ProjectionMap(
      name: projection.name, source: isInput ? nil : network.neurons[source.index].name,
      target: target.name,
      sourceCount: isInput ? network.inputCounts.reduce(0, +) : source.count,
      targetCount: target.count, copies: 1, weightPerStep: 1,
      blocks: placement.rows.filter { $0.projection == index }.map { rows in
        let part = placement.parts[rows.part]
        return ProjectionBlock(
          core: geometry.cores[part.core], firstPair: rows.firstPair, pairCount: rows.count,
          firstColumn: part.firstColumn, columnCount: part.count, firstLine: firstLine,
          firstTarget: part.firstNeuron)
      })
  }
}
