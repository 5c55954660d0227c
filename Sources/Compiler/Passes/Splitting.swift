import ChipInterface
import HardwareSpec

/// Decides how many circuits each neuron takes.
///
/// One circuit does where a neuron's inputs fit the row pairs of a core. Where they do not, and
/// where it saves cores, neurons are made of circuits of one column on several connected cores,
/// whose rows they have together.
struct Splitting {
  private let options: CompileOptions
  private let spec: ChipSpec

  init(_ options: CompileOptions) { (self.options, spec) = (options, options.spec) }

  func split(_ quantised: QuantisedNetwork, _ log: inout CompileLog) -> SplitNetwork {
    let limit = CoreStock(options).limits.first ?? CoreLimit(spec.geometry, columns: 1, pairs: 1)
    return split(quantised, Wiring(quantised), limit, &log)
  }

  /// Decides for cores that may be asked for so much.
  func split(
    _ quantised: QuantisedNetwork, _ wiring: Wiring, _ limit: CoreLimit, _ log: inout CompileLog
  ) -> SplitNetwork {
    var split = SplitNetwork(
      quantised: quantised, shapes: shapes(wiring, limit, &log), limit: limit)
    for (index, shape) in split.shapes.enumerated() where shape.circuits > 1 {
      fitGains(index, shape.circuits, &split.quantised, &log)
    }
    return split
  }

  /// The circuits of each population's neurons.
  func shapes(
    _ wiring: Wiring, _ limit: CoreLimit, _ log: inout CompileLog
  ) -> [NeuronShape] {
    wiring.populations.indices.map { shape($0, wiring, limit, &log) }
  }

  // MARK: Circuits

  /// Joined circuits cost accuracy, so they must save this part of the cores at least.
  private static let worthwhileSaving = 0.25

  private func shape(
    _ population: Int, _ wiring: Wiring, _ limit: CoreLimit, _ log: inout CompileLog
  ) -> NeuronShape {
    let single = NeuronShape(circuits: 1, neuronsPerPart: limit.columns(1))
    guard wiring.pairs(ofPopulation: population) > limit.pairs(1) else { return single }
    let (hearing, copies) = (Hearing(wiring, population: population), wiring.copies)
    let needed = hearing.mostNeeded.pairs
    let most = max(min(spec.coupling?.mostCores ?? 1, spec.geometry.coreCount), 1)
    guard copies.most <= limit.ownPairs else {
      log.add(
        .copies(
          layer: wiring.populations[population].name, needed: copies.most,
          available: limit.ownPairs))
      return single
    }
    guard needed <= limit.pairs(most, copies: copies) else {
      log.add(
        .rowPairs(
          layer: wiring.populations[population].name, needed: needed,
          available: needed > limit.pairs(most)
            ? limit.pairs(most) : limit.pairs(most, copies: copies), cores: most, chip: spec.name))
      return single
    }
    var best: (cores: Int, circuits: Int)?
    for circuits in 1...most {
      let own = PartLimit(
        columns: limit.columns(circuits), pairs: limit.pairs(circuits, copies: copies))
      let fewest = circuits * ((hearing.neuronCount + own.columns - 1) / own.columns)
      if let best, fewest >= target(best) { continue }
      let cut = NeuronCut(
        hearing, own, shape: wiring.populations[population].shape, seed: options.seed)
      guard let parts = cut.best(isThorough: false)?.parts.count else { continue }
      if best.map({ circuits * parts < target($0) }) ?? true {
        best = (circuits * parts, circuits)
      }
    }
    let circuits = best?.circuits ?? 1
    return NeuronShape(circuits: circuits, neuronsPerPart: limit.columns(circuits))
  }

  /// How few cores more circuits must take to be worth it.
  private func target(_ best: (cores: Int, circuits: Int)) -> Int {
    best.circuits > 1
      ? best.cores : Int((Double(best.cores) * (1 - Self.worthwhileSaving)).rounded(.up))
  }

  // MARK: Gains

  /// The smallest swing from leak to threshold that is worth reading, as a part of the usual one.
  private static let smallestSwing = 0.15

  /// Each of n joined circuits gives n times the charge, which its gain must reach; where it does
  /// not, the population's volts are scaled down.
  private func fitGains(
    _ index: Int, _ circuits: Int, _ quantised: inout QuantisedNetwork, _ log: inout CompileLog
  ) {
    let law = spec.neuron.gain
    let population = quantised.populations[index]
    let codes = Set(population.circuits.flatMap { [$0.excitatoryGain, $0.inhibitoryGain] })
    let gains = codes.map { law.value(code: Int($0)) }
    guard let largest = gains.max(), let smallest = gains.min(),
      largest * Double(circuits) > law.range.upperBound * (1 + 1e-9)
    else { return }
    let factor = law.range.upperBound / (largest * Double(circuits))
    let isPossible =
      factor >= Self.smallestSwing
      && smallest * factor * Double(circuits) >= law.range.lowerBound * (1 - 1e-9)
    guard isPossible else {
      log.add(
        .joinedGain(
          layer: population.scale.population, circuits: circuits,
          needed: largest * Double(circuits), available: law.range.upperBound))
      return
    }
    log.add(
      .smallerSwing(layer: population.scale.population, circuits: circuits, factor: factor))
    quantised.populations[index] = population.shrunk(by: factor, spec.neuron)
  }
}

extension QuantisedPopulation {
  /// The population with its volts, and with them its gains, scaled towards the leak potential.
  fileprivate func shrunk(by factor: Double, _ laws: NeuronSpec) -> QuantisedPopulation {
    var shrunk = self
    func potential(_ code: UInt16) -> UInt16 {
      let volts = laws.potential.value(code: Int(code))
      return laws.potential.code(scale.leakVolts + (volts - scale.leakVolts) * factor)
    }
    func gain(_ code: UInt16) -> UInt16 {
      laws.gain.code(laws.gain.value(code: Int(code)) * factor)
    }
    shrunk.scale.voltsPerUnit *= factor
    for i in circuits.indices {
      shrunk.circuits[i].leak = potential(circuits[i].leak)
      shrunk.circuits[i].reset = potential(circuits[i].reset)
      shrunk.circuits[i].threshold = potential(circuits[i].threshold)
      shrunk.circuits[i].excitatoryGain = gain(circuits[i].excitatoryGain)
      shrunk.circuits[i].inhibitoryGain = gain(circuits[i].inhibitoryGain)
    }
    return shrunk
  }
}
