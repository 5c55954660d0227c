import ChipInterface
import HardwareSpec

/// Writes a placed current-based network down as an image.
struct RegisterEmission {
  private let network: CurrentBasedNetwork
  private let placement: RegisterPlacement
  private let spec: ChipSpec
  private var projectionsOfCore: [[DigitalProjection]]
  private var axonsOfCore: [Int], axonsOfProjection: [Int]
  private var programs: [LearningProgram] = []
  private var targets: [Sender: [RowPairOnChip]] = [:]
  /// What rounding did to the weights of each projection.
  private(set) var roundings: [WeightRounding]

  /// Who sends: a neuron of a population, or an input channel.
  private struct Sender: Hashable {
    var population: Int?
    var index: Int
  }

  init(_ network: CurrentBasedNetwork, _ placement: RegisterPlacement, _ spec: ChipSpec) {
    (self.network, self.placement, self.spec) = (network, placement, spec)
    projectionsOfCore = Array(repeating: [], count: placement.coreCount)
    axonsOfCore = Array(repeating: 0, count: placement.coreCount)
    axonsOfProjection = Array(repeating: 0, count: network.projections.count)
    roundings = network.projections.map { WeightRounding($0) }
  }

  mutating func emitProjections() {
    for index in network.projections.indices {
      let target = network.projections[index].target
      for part in placement.parts where network.populations[part.population].name == target {
        emit(index, onto: part)
      }
    }
  }

  /// One projection onto one core: an axon for each sender that reaches it, in ascending order.
  private mutating func emit(_ index: Int, onto part: RegisterPlacement.Part) {
    let projection = network.projections[index]
    let synapses = projection.synapses.filter { part.neurons.contains($0.receiver) }
      .sorted { ($0.sender, $0.receiver) < ($1.sender, $1.receiver) }
    guard !synapses.isEmpty else { return }
    var stored = DigitalProjection(
      firstAxon: axonsOfCore[part.core], starts: [], targets: [], weights: [],
      weightExponent: Int8(clamping: projection.weightExponent),
      signMode: roundings[index].signMode, weightBits: projection.storedWeightBits)
    var last: Int?
    for synapse in synapses {
      if synapse.sender != last {
        stored.starts.append(UInt32(stored.targets.count))
        connect(synapse.sender, of: projection, to: part.core)
        last = synapse.sender
      }
      stored.targets.append(
        UInt16(clamping: part.firstColumn + synapse.receiver - part.firstNeuron))
      stored.weights.append(roundings[index].stored(synapse.weight))
    }
    stored.starts.append(UInt32(stored.targets.count))
    axonsOfProjection[index] += stored.axonCount
    complete(&stored, projection, synapses)
    projectionsOfCore[part.core].append(stored)
  }

  /// The parts of a projection that most do not have.
  private mutating func complete(
    _ stored: inout DigitalProjection, _ projection: RegisterProjection,
    _ synapses: [RegisterSynapse]
  ) {
    if synapses.contains(where: { $0.delay != 0 }) {
      stored.delays = synapses.map { UInt8(clamping: $0.delay) }
    }
    if synapses.contains(where: { $0.tag != 0 }) {
      stored.tags = synapses.map { Int16(clamping: $0.tag) }
    }
    stored.delayActs = projection.delayActs
    stored.subtractsNegativeSpikes = projection.subtractsNegativeSpikes
    guard let program = projection.program else { return }
    stored.program = programs.firstIndex(of: program) ?? programs.count
    if stored.program == programs.count { programs.append(program) }
  }

  private mutating func connect(_ index: Int, of projection: RegisterProjection, to core: Int) {
    let population = projection.source.flatMap { source in
      network.populations.firstIndex { $0.name == source }
    }
    let axon = RowPairOnChip(cores[core], pair: axonsOfCore[core], on: spec.geometry)
    axonsOfCore[core] += 1
    if let axon { targets[Sender(population: population, index: index), default: []].append(axon) }
  }

  private var cores: ArraySlice<CoreOnChip> { spec.geometry.cores.prefix(placement.coreCount) }
}

extension RegisterEmission {
  /// For each input channel, the axons that hear it.
  var inputRoutes: [[RowPairOnChip]] {
    (0..<network.inputCount).map {
      (targets[Sender(population: nil, index: $0)] ?? []).sorted()
    }
  }

  /// The routes of neurons that send.
  var spikeRoutes: [SpikeRoute] {
    let cores = cores
    var routes: [SpikeRoute] = []
    for part in placement.parts {
      for neuron in part.neurons {
        let sender = Sender(population: part.population, index: neuron)
        let column = part.firstColumn + neuron - part.firstNeuron
        guard let targets = targets[sender],
          let source = CircuitOnChip(cores[part.core], column: column, on: spec.geometry)
        else { continue }
        routes.append(SpikeRoute(source: source, targets: targets.sorted()))
      }
    }
    return routes.sorted { $0.source < $1.source }
  }

  func image(of named: RegisterNetwork) -> ChipImage {
    let images = cores.enumerated().map { index, core in
      CoreImage(core, digital: .currentBased(registers(ofCore: index)))
    }
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: images, inputRoutes: inputRoutes,
      spikeRoutes: spikeRoutes, io: description(named))
    image.programs = programs
    return image
  }

  private func registers(ofCore core: Int) -> CurrentBasedCore {
    let parts = placement.parts.filter { $0.core == core }
    return CurrentBasedCore(
      neurons: parts.flatMap { network.populations[$0.population].neurons[$0.neurons] },
      projections: projectionsOfCore[core],
      lowestVoltage: parts.first.map { network.populations[$0.population].lowestVoltage } ?? 0)
  }

  private func description(_ named: RegisterNetwork) -> ImageIO {
    let cores = cores
    let populations = network.populations.enumerated().map { index, population in
      Population(
        name: population.name,
        ranges: placement.parts.filter { $0.population == index }.map {
          CircuitRange(core: cores[$0.core], firstColumn: $0.firstColumn, count: $0.count)
        })
    }
    return ImageIO(
      network: named.name, populations: populations, projections: [],
      durationTicks: named.steps,
      dt: named.stepSeconds, coding: "",
      readout: ReadoutRule(population: populations.last?.name ?? "", measure: .mostSpikes))
  }

  /// What the report says of a population and the projections that lead to it.
  func layer(of population: RegisterPopulation) -> CompileReport.Layer {
    let leading = network.projections.indices.filter {
      network.projections[$0].target == population.name
    }
    var layer = CompileReport.Layer(
      name: population.name, neurons: population.neurons.count,
      synapses: leading.reduce(0) { $0 + network.projections[$1].synapses.count },
      rows: leading.reduce(0) { $0 + axonsOfProjection[$1] },
      clipped: leading.reduce(0) { $0 + roundings[$1].clipped }, quantisationSNRdB: nil, scale: 1,
      addedTicks: 1)
    layer.truncated = leading.reduce(0) { $0 + roundings[$1].truncated }
    return layer
  }
}
