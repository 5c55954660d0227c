import ChipInterface
import HardwareSpec

/// Quantises one population and the projections that lead to it.
struct LayerQuantisation {
  private let population: SpikingPopulation
  private let options: CompileOptions
  private var incoming: [IncomingProjection]

  init(
    _ population: SpikingPopulation, _ incoming: [IncomingProjection], _ options: CompileOptions
  ) {
    (self.population, self.incoming, self.options) = (population, incoming, options)
  }

  private var spec: ChipSpec { options.spec }

  /// The population, and its projections in the order in which they came.
  mutating func quantise(
    _ log: inout CompileLog
  ) -> (population: QuantisedPopulation, projections: [QuantisedProjection]) {
    let potentials = PotentialScale(population, spec, &log)
    let gains = GainChoice(
      layer: population.name, potentials: potentials, jumps: population.neurons.map(\.jump),
      law: spec.neuron.gain, isExact: options.rounding == .leastError)
    let settled = gains.choose(wish(potentials, &log), &log)
    let scale = potentials.scale(settled)
    potentials.report(scale, &log)
    let circuits = CircuitCodes(population, scale, options)
    return (
      QuantisedPopulation(
        scale: scale, circuits: circuits.settings(gains: settled.codes),
        thresholdError: circuits.thresholdError),
      round(settled.weightPerStep, &log)
    )
  }

  // MARK: The step wanted

  private mutating func wish(
    _ potentials: PotentialScale, _ log: inout CompileLog
  ) -> GainChoice.Wish {
    let asked = asked(&log)
    let searches = options.rounding == .leastError
    switch options.scale {
    case .layer:
      return .common(asked ?? (searches ? fitted(incoming.weightGroups) : nil) ?? natural)
    case .neuron:
      if let asked { return .common(asked) }
      return .each(searches ? fittedSteps : naturalSteps)
    case .rowPair:
      return .common(spread(asked, potentials, searches: searches))
    }
  }

  /// The scale that the options ask for, if any.
  private func asked(_ log: inout CompileLog) -> Double? {
    let scales = incoming.compactMap { options.projection($0.name).weightPerStep }
    guard Set(scales).count > 1 else { return scales.first }
    if options.scale != .rowPair {
      log.add(.unlikeScales(layer: population.name, scales: scales))
      return scales.first
    }
    return scales.min()
  }

  /// The scale at which the largest weight takes the largest step; 1/largest when all are zero.
  private var natural: Double {
    let scale = incoming.naturalStep
    return scale > 0 ? scale : 1 / Double(spec.synapse.largestWeight)
  }

  /// The same for each neuron; those without weights take the layer's.
  private var naturalSteps: [Double] {
    let natural = natural
    return incoming.naturalSteps(receiverCount: population.neurons.count)
      .map { $0 > 0 ? $0 : natural }
  }

  private func fitted(_ groups: [StepSearch.Group]) -> Double? {
    StepSearch(groups, maxClip: options.maxClip).best()
  }

  private var fittedSteps: [Double] {
    let natural = naturalSteps
    return incoming.weightGroups(receiverCount: population.neurons.count).enumerated()
      .map { fitted($1) ?? natural[$0] }
  }

  /// Spreads senders over row pairs and gives the step that this allows.
  private mutating func spread(
    _ asked: Double?, _ potentials: PotentialScale, searches: Bool
  ) -> Double {
    let search = RowPairSearch(
      incoming, pairsPerCore: spec.geometry.rowPairsPerCore, maxClip: options.maxClip)
    let weakest = population.neurons.map(\.jump).min() ?? 1
    let least = spec.neuron.gain.range.lowerBound / (weakest * potentials.voltsPerUnit)
    let found =
      asked.map { (search.spread(at: $0), $0) }
      ?? search.best(leastStep: least, searchesStep: searches)
    guard let found else { return asked ?? natural }
    incoming = found.0
    return found.1
  }

  // MARK: Rounding

  private func round(_ steps: [Double], _ log: inout CompileLog) -> [QuantisedProjection] {
    let most = steps.max() ?? natural
    let isCommon = !steps.contains { $0 != most }
    return incoming.map { incoming in
      let rounding = ProjectionRounding(
        incoming: incoming, weightPerStep: most,
        receiverScales: isCommon ? [] : steps.map { $0 / most }, synapse: spec.synapse)
      let projection = rounding.round()
      let stored = incoming.storedCount
      if Double(projection.clipped) > options.maxClip * Double(stored) {
        log.add(
          .clipped(
            projection: incoming.name, clipped: projection.clipped, of: stored,
            allowed: options.maxClip))
      }
      return projection
    }
  }
}

extension SpikingNeuron {
  /// The jump of R·I for one event of weight 1, in potential.
  var jump: Double { chargePerWeight / (synapticTicks ?? 1) }
}
