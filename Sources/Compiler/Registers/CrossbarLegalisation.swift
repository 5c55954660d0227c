import ChipInterface
import HardwareSpec

/// Turns a network of integrate-and-fire neurons into crossbar cores, where that is exact.
///
/// Potentials count from the reset potential, so that a reset leads to 0, or takes the threshold off.
/// A crossbar neuron adds whole numbers, one for each of four axon types, and leaks by a whole
/// number a step. So weights must be whole multiples of one number, a neuron may have four of them,
/// and a sender takes an axon for each type under which its neurons hear it.
struct CrossbarLegalisation {
  private let options: CompileOptions
  private let spec: ChipSpec
  private let digital: DigitalSpec
  private let network: SpikingNetwork

  init(_ network: SpikingNetwork, _ digital: DigitalSpec, _ options: CompileOptions) {
    (self.network, self.digital, self.options) = (network, digital, options)
    spec = options.spec
  }

  /// Cores with the places of populations on them, in the order of the network's.
  struct Result {
    var body: CrossbarNetwork
    /// For each population, the core and column of each neuron.
    var places: [[(core: Int, column: Int)]]
  }

  func cores(_ log: inout CompileLog) -> Result? {
    let before = log.report.misfits.count
    let populations = network.populations.map { whole($0, &log) }
    guard log.report.misfits.count == before else { return nil }
    var packing = CrossbarPacking(spec)
    var places: [[(core: Int, column: Int)]] = []
    for (index, population) in populations.enumerated() {
      let placed = packing.place(index, population.neurons, population.synapses)
      if let misfit = packing.misfit(of: network.populations[index].name) { log.add(misfit) }
      places.append(placed)
    }
    guard log.report.misfits.count == before else { return nil }
    let names = Dictionary(
      network.populations.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
    return Result(
      body: packing.network(inputs: network.inputCount, sources: names, places), places: places)
  }

  /// A population in whole numbers.
  private struct Whole {
    var neurons: [CrossbarNeuron]
    /// What each neuron hears.
    var synapses: [[CrossbarSynapse]]
  }

  private func whole(_ population: SpikingPopulation, _ log: inout CompileLog) -> Whole {
    var whole = Whole(neurons: [], synapses: population.neurons.map { _ in [] })
    if population.neurons.contains(where: {
      $0.membraneTicks != .infinity || $0.synapticTicks != nil
    }) {
      log.add(.crossbarNeurons(layer: population.name))
      return whole
    }
    let refractory = population.refractoryTicks ?? options.refractoryTicks
    if refractory > 1 {
      log.add(.refractory(needed: refractory, available: 1))
    }
    guard let scale = scale(population) else {
      log.add(.crossbarWeights(layer: population.name, largest: digital.weights.upperBound))
      return whole
    }
    collect(population, scale, &whole.synapses, &log)
    assignTypes(population, &whole, scale, &log)
    return whole
  }

  // MARK: Whole numbers

  private func projections(_ population: SpikingPopulation) -> [SpikingProjection] {
    network.projections(to: population.name).map { network.projections[$0] }
  }

  /// The factor that makes weights, drifts and resets of a population whole, the smallest; nil:
  /// there is none within the registers.
  private func scale(_ population: SpikingPopulation) -> Double? {
    var weights: Set<Double> = []
    for projection in projections(population) {
      for (receiver, weight) in zip(projection.synapses.receivers, projection.synapses.weights) {
        weights.insert((weight * population.neurons[Int(receiver)].firstStep).magnitude)
        if weights.count > 512 { return nil }
      }
    }
    weights.remove(0)
    guard let least = weights.min(), let most = weights.max(), least.isNormal else {
      return weights.isEmpty ? 1 : nil
    }
    let exact = Set(population.neurons.flatMap { exactNumbers(population, $0) })
    let largest = Double(digital.weights.upperBound)
    let thresholds = population.neurons.map { $0.threshold - $0.reset }
    for multiple in 1...digital.weights.upperBound {
      let scale = Double(multiple) / least
      guard most * scale <= largest * (1 + 1e-6) else { return nil }
      if weights.allSatisfy({ isWhole($0 * scale) }), exact.allSatisfy({ isWhole($0 * scale) }),
        population.neurons.allSatisfy({ ($0.biasShift * scale).magnitude <= largest + 0.5 }),
        !population.fires
          || thresholds.allSatisfy({ $0 * scale <= Double(1 << digital.thresholdBits) - 1 })
      {
        return scale
      }
    }
    return nil
  }

  /// What must be whole beside weights: a threshold only where it is subtracted.
  private func exactNumbers(
    _ population: SpikingPopulation, _ neuron: SpikingNeuron
  ) -> [Double] {
    guard population.fires else { return [neuron.biasShift, neuron.leak] }
    let step = population.reset == .subtract ? [neuron.threshold - neuron.reset] : []
    return [neuron.biasShift, neuron.reset] + step
  }

  private func isWhole(_ number: Double) -> Bool {
    (number - number.rounded()).magnitude <= 1e-5 * max(1, number.magnitude)
  }

  // MARK: Synapses

  private func collect(
    _ population: SpikingPopulation, _ scale: Double, _ synapses: inout [[CrossbarSynapse]],
    _ log: inout CompileLog
  ) {
    for projection in projections(population) {
      let matrix = projection.synapses
      for sender in 0..<matrix.senderCount {
        let delay = projection.delay(ofSender: sender)
        if delay > (projection.source == nil ? 0 : digital.longestDelay) {
          log.add(
            .register(
              owner: projection.name, index: sender, register: "delay", value: delay,
              allowed: 0...(projection.source == nil ? 0 : digital.longestDelay)))
          return
        }
        for i in matrix.synapses(of: sender) where matrix.weights[i] != 0 {
          let receiver = Int(matrix.receivers[i])
          let weight = matrix.weights[i] * population.neurons[receiver].firstStep * scale
          synapses[receiver].append(
            CrossbarSynapse(
              source: projection.source, sender: sender, delay: delay,
              weight: Int(weight.rounded()), type: 0))
        }
      }
    }
  }

  /// One type for each weight, over the whole population where four suffice.
  private func assignTypes(
    _ population: SpikingPopulation, _ whole: inout Whole, _ scale: Double,
    _ log: inout CompileLog
  ) {
    let common = Set(whole.synapses.joined().map(\.weight)).sorted()
    var worst = (neuron: 0, count: 0)
    for i in whole.synapses.indices {
      let own = Set(whole.synapses[i].map(\.weight)).sorted()
      if own.count > digital.axonTypes, own.count > worst.count { worst = (i, own.count) }
      let weights = common.count <= digital.axonTypes ? common : own
      for k in whole.synapses[i].indices {
        whole.synapses[i][k].type =
          weights.firstIndex(of: whole.synapses[i][k].weight) ?? 0
      }
      whole.neurons.append(neuron(population, i, weights, scale))
    }
    if worst.count > 0 {
      log.add(
        .crossbarTypes(
          layer: population.name, neuron: worst.neuron, found: worst.count,
          available: digital.axonTypes))
    }
  }

  private func neuron(
    _ population: SpikingPopulation, _ i: Int, _ weights: [Int], _ scale: Double
  ) -> CrossbarNeuron {
    let (neuron, most) = (population.neurons[i], Int32(1 << digital.thresholdBits) - 1)
    let padded = (weights + Array(repeating: 0, count: 4)).prefix(4)
    // Whole potentials reach a threshold when they reach the next whole number.
    let origin = population.origin(i)
    let threshold = ((neuron.threshold - origin) * scale * (1 - 1e-9)).rounded(.up)
    var registers = CrossbarNeuron(
      weights: padded.map { Int16(clamping: $0) },
      leak: Int16(min(max((neuron.biasShift * scale).rounded(), -512), 511)),
      threshold: population.fires ? Int32(min(max(threshold, 0), Double(most))) : most,
      negativeThreshold: most)
    registers.reset = population.fires ? population.reset == .subtract ? .linear : .normal : .none
    registers.initialPotential = Int32(
      min(max((-origin * scale).rounded(), -Double(most)), Double(most)))
    return registers
  }
}

/// One synapse of a crossbar neuron.
struct CrossbarSynapse {
  /// The population that sends, or nil for the input, and its neuron.
  var source: String?
  var sender: Int
  var delay: Int
  /// The weight, whole, and the axon type under which the neuron has it.
  var weight: Int
  var type: Int
}
