import ChipInterface
import HardwareSpec

/// Where the neurons of a current-based network sit: population by population, core by core.
///
/// A core takes neurons while its columns, axons, synapse bits and microcode suffice. An axon
/// belongs to one sender of one projection, so a sender of two projections takes two.
struct RegisterPlacement {
  /// Neighbouring neurons of one population on one core.
  struct Part: Equatable {
    var core, population, firstNeuron, firstColumn, count: Int

    /// The neurons of the population.
    var neurons: Range<Int> { firstNeuron..<firstNeuron + count }
  }

  private(set) var parts: [Part] = []
  private(set) var coreCount = 0
  private(set) var misfits: [Misfit] = []
  /// Axons and synapse bits in use, over all cores.
  private(set) var axons = 0, synapseBits = 0
  private let network: CurrentBasedNetwork
  private let limits: CoreLimits
  /// For each projection and receiver, the senders.
  private let senders: [[[Int]]]
  private let bitsPerSynapse: [Int]
  private var load: CoreLoad

  /// Places a network whose synapses name existing neurons.
  init(_ network: CurrentBasedNetwork, on spec: ChipSpec) {
    self.network = network
    let limits = CoreLimits(spec)
    self.limits = limits
    bitsPerSynapse = network.projections.map(CoreLimits.bitsPerSynapse)
    senders = network.projections.map { projection in
      let receivers = network.population(projection.target)?.neurons.count ?? 0
      var lists = [[Int]](repeating: [], count: receivers)
      for synapse in projection.synapses { lists[synapse.receiver].append(synapse.sender) }
      return lists
    }
    load = CoreLoad(network)
    for index in network.populations.indices { place(population: index) }
    close()
    let cores = spec.geometry.coreCount
    if coreCount > cores { misfits.append(.cores(needed: coreCount, available: cores)) }
  }

  private mutating func place(population index: Int) {
    let population = network.populations[index]
    let leading = network.projections.indices.filter {
      network.projections[$0].target == population.name
    }
    for neuron in population.neurons.indices {
      let demand = demand(of: neuron, leading)
      if let misfit = limits.misfit(demand, population: population.name, neuron: neuron) {
        return misfits.append(misfit)
      }
      if coreCount == 0 || !load.takes(demand, population.lowestVoltage, limits) {
        close()
        coreCount += 1
      }
      load.add(demand, population.lowestVoltage)
      note(population: index, neuron)
    }
  }

  private func demand(of neuron: Int, _ projections: [Int]) -> CoreDemand {
    let reaching = projections.map { ($0, senders[$0][neuron]) }.filter { !$0.1.isEmpty }
    return CoreDemand(
      senders: reaching,
      synapseBits: reaching.reduce(0) { $0 + bitsPerSynapse[$1.0] * $1.1.count },
      programs: reaching.compactMap { network.projections[$0.0].program })
  }

  private mutating func close() {
    (axons, synapseBits) = (axons + load.axonCount, synapseBits + load.synapseBits)
    load = CoreLoad(network)
  }

  private mutating func note(population: Int, _ neuron: Int) {
    if let last = parts.last, last.core == coreCount - 1, last.population == population {
      parts[parts.count - 1].count += 1
    } else {
      parts.append(
        Part(
          core: coreCount - 1, population: population, firstNeuron: neuron,
          firstColumn: load.neurons - 1, count: 1))
    }
  }
}

/// The parts of a digital core that can run short.
public enum CorePart: String, Sendable {
  /// What a core has a fixed number of.
  case neurons, axons
  /// Bits of weights, delays and tags.
  case synapseBits = "synapse bits"
  /// Words of learning rules.
  case microcodeWords = "microcode words"
}

/// What one core holds.
struct CoreLimits {
  let neurons, axons, synapseBits, microcodeWords: Int

  init(_ spec: ChipSpec) {
    neurons = spec.geometry.circuitsPerCore
    axons = spec.geometry.rowPairsPerCore
    synapseBits = spec.digital?.synapseBitsPerCore ?? 0
    microcodeWords = spec.learning?.microcodeWords ?? 0
  }

  /// Bits of one synapse: its weight, and its delay and tag where the projection has any.
  static func bitsPerSynapse(_ projection: RegisterProjection) -> Int {
    var one = DigitalProjection(
      firstAxon: 0, starts: [0, 1], targets: [0], weights: [0],
      weightBits: projection.storedWeightBits)
    if projection.synapses.contains(where: { $0.delay != 0 }) { one.delays = [0] }
    if projection.synapses.contains(where: { $0.tag != 0 }) { one.tags = [0] }
    return one.storedBits
  }

  /// Why a neuron does not even fit an empty core.
  func misfit(_ demand: CoreDemand, population: String, neuron: Int) -> Misfit? {
    let needs: [(CorePart, Int, Int)] = [
      (.axons, demand.senders.reduce(0) { $0 + $1.1.count }, axons),
      (.synapseBits, demand.synapseBits, synapseBits),
      (.microcodeWords, demand.programs.reduce(0) { $0 + $1.words.count }, microcodeWords),
    ]
    return needs.first { $0.1 > $0.2 }.map { part, needed, available in
      .fanIn(
        population: population, neuron: neuron, part: part, needed: needed, available: available)
    }
  }
}

/// What one neuron adds to its core.
struct CoreDemand {
  /// Projections with the senders that reach the neuron.
  var senders: [(Int, [Int])]
  var synapseBits: Int
  var programs: [LearningProgram]
}

/// What is in use of the core that is being filled.
struct CoreLoad {
  private(set) var neurons = 0, axonCount = 0, synapseBits = 0
  /// For each projection, which senders have an axon; empty until one has.
  private var hasAxon: [[Bool]]
  private let senderCounts: [Int]
  private var programs: [LearningProgram] = []
  private var lowestVoltage: Int32?

  init(_ network: CurrentBasedNetwork) {
    senderCounts = network.projections.map { network.senderCount(of: $0) ?? 0 }
    hasAxon = senderCounts.map { _ in [] }
  }

  func takes(_ demand: CoreDemand, _ lowest: Int32, _ limits: CoreLimits) -> Bool {
    guard neurons < limits.neurons, lowestVoltage == nil || lowestVoltage == lowest,
      synapseBits + demand.synapseBits <= limits.synapseBits
    else { return false }
    let added = demand.senders.reduce(0) { sum, entry in
      let known = hasAxon[entry.0]
      return sum + (known.isEmpty ? entry.1.count : entry.1.count { !known[$0] })
    }
    let words = merged(demand.programs).reduce(0) { $0 + $1.words.count }
    return axonCount + added <= limits.axons && words <= limits.microcodeWords
  }

  mutating func add(_ demand: CoreDemand, _ lowest: Int32) {
    neurons += 1
    synapseBits += demand.synapseBits
    lowestVoltage = lowest
    programs = merged(demand.programs)
    for (projection, senders) in demand.senders {
      if hasAxon[projection].isEmpty {
        hasAxon[projection] = Array(repeating: false, count: senderCounts[projection])
      }
      for sender in senders where !hasAxon[projection][sender] {
        hasAxon[projection][sender] = true
        axonCount += 1
      }
    }
  }

  private func merged(_ more: [LearningProgram]) -> [LearningProgram] {
    more.reduce(into: programs) { known, program in
      if !known.contains(program) { known.append(program) }
    }
  }
}
