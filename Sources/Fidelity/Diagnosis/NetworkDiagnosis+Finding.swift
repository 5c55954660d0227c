import ChipInterface
import Compiler
import Emulator
import HardwareSpec

extension NetworkDiagnosis {
  /// Runs the sample with more and more effects, up to all that the chip has.
  /// - Throws: ``DiagnosisError``, ``CompilerError``, `ChipError` or `EmulatorError`.
  public init(_ question: NetworkQuestion) throws {
    let ladder = try EffectLadder(question)
    let reference = try ladder.run(.float)
    var steps: [Step] = []
    for rung in try ladder.rungs() {
      var together = try ladder.run(rung.together)
      together.compare(with: reference, ladder)
      var alone: EffectLadder.Run?
      if let variant = rung.alone {
        alone = try ladder.run(variant)
        alone?.compare(with: try ladder.run(rung.base), ladder)
      }
      steps.append(
        Step(effect: rung.effect, together: together.outcome, alone: alone?.outcome))
    }
    self.init(
      sample: question.sampleIndex, tolerance: question.tolerance,
      populations: question.image.io.populations.map(\.name), reference: reference.outcome,
      steps: steps, findings: [])
    if let divergence {
      findings = try NeuronFindings(question, ladder.network, divergence).sentences
    }
  }
}

/// The runs of a diagnosis: a network's weights and parameters, and a device's effects.
final class EffectLadder {
  /// What a run is made of.
  enum Variant: Equatable {
    /// The float network on the ideal chip.
    case float
    /// Other weights on the ideal chip with exact parameters.
    case weights(Weights)
    /// Float weights with the image's parameters, on the ideal chip.
    case parameters
    /// The image on the ideal chip.
    case ideal
    /// The image on the device with some effects, and with or without a network that loses events.
    case device(Effects, network: Bool)
  }

  /// Weights between those of the file and those of the image.
  enum Weights { case rounded, clipped, compiled, written }

  /// An effect: the run with it and all before, the run with it alone, and what that compares with.
  struct Rung {
    var effect: DiagnosedEffect
    var together: Variant
    var alone: Variant?
    var base = Variant.float
  }

  /// One run's spikes and what is told of them.
  struct Run {
    var trains: SpikeTrains
    var outcome: NetworkDiagnosis.Outcome

    mutating func compare(with other: Run, _ ladder: EffectLadder) {
      outcome.divergence = other.trains.divergence(
        of: trains, tolerance: ladder.question.tolerance, ladder.question.image.io)
    }
  }

  let question: NetworkQuestion
  let network: FloatNetwork
  private var done: [(variant: Variant, run: Run)] = []

  init(_ question: NetworkQuestion) throws {
    self.question = question
    network = try FloatNetwork(
      question.graph, name: question.image.io.network, question.options, of: question.image)
  }

  private var spec: ChipSpec { question.options.spec }

  // MARK: Rungs

  func rungs() throws -> [Rung] {
    // Charges that do not go with the stored weight have no whole steps beyond the largest.
    let isLinear = spec.synapse.weightLaw == .linear
    var rungs = [
      Rung(
        effect: .quantisation, together: .weights(isLinear ? .rounded : .compiled),
        alone: .weights(isLinear ? .rounded : .compiled))
    ]
    if isLinear {
      rungs.append(
        Rung(effect: .clipping, together: .weights(.compiled), alone: .weights(.clipped)))
    }
    if hasOtherWeights {
      rungs.append(Rung(effect: .writtenWeights, together: .weights(.written), alone: nil))
    }
    rungs.append(Rung(effect: .parameters, together: .ideal, alone: .parameters))
    guard let device = question.device else { return rungs }
    let bare = Variant.device([], network: false)
    rungs.append(Rung(effect: .ticks, together: bare, alone: bare, base: .ideal))
    var effects: Effects = []
    for (effect, flag) in DiagnosedEffect.ofDevices where device.effects.contains(flag) {
      effects.insert(flag)
      rungs.append(
        Rung(
          effect: effect, together: .device(effects, network: false),
          alone: .device(flag, network: false), base: bare))
    }
    rungs.append(
      Rung(
        effect: .network, together: .device(device.effects, network: true),
        alone: .device([], network: true), base: bare))
    return rungs
  }

  private var hasOtherWeights: Bool {
    zip(question.image.cores, network.compiled.cores).contains { $0.weights != $1.weights }
  }

  // MARK: Runs

  /// Runs a variant, once.
  func run(_ variant: Variant) throws -> Run {
    if let known = done.first(where: { $0.variant == variant }) { return known.run }
    let (chip, image) = try chip(variant)
    try chip.load(image)
    if let blocks = weights(variant, image) { try chip.write(blocks) }
    var sample = question.sample
    sample.recorded = RecordingRequest()
    let recording = try chip.run(sample)
    let trains = SpikeTrains(
      recording.spikes, units: image.io.unitCount, cyclesPerTick: spec.time.cyclesPerTick)
    let counters = recording.counters
    let lost =
      counters.lostAtArbiter + counters.lostAtOutput + counters.lostInNetwork
      + counters.lostAtPort + counters.lostToDefects
    let run = Run(
      trains: trains, outcome: .init(divergence: nil, rates: trains.rates(image.io), lost: lost))
    done.append((variant, run))
    return run
  }

  private func chip(_ variant: Variant) throws -> (any Chip, ChipImage) {
    switch variant {
    case .float, .weights: return (IdealChip(network.spec), network.image)
    case .parameters, .ideal: return (IdealChip(spec), question.image)
    case .device(let effects, let isBounded):
      var settings = question.device ?? EmulationSettings()
      settings.effects = effects
      let chip = isBounded ? spec : spec.withoutQueues(for: question.image)
      var image = question.image
      image.specHash = chip.hash
      return (try EmulatedChip(chip, settings), image)
    }
  }

  /// Real numbers in place of an image's weights; nil: the image's own.
  private func weights(_ variant: Variant, _ image: ChipImage) -> [WeightBlock]? {
    let kind: Weights?
    switch variant {
    case .float, .parameters: kind = nil
    case .weights(let weights): kind = weights
    case .ideal, .device: return nil
    }
    return network.projections.indices.flatMap { index -> [WeightBlock] in
      weights(kind, index).blocks(image.io.projections[index])
    }
  }

  private func weights(_ kind: Weights?, _ index: Int) -> ProjectionWeights {
    let synapses = network.projections[index]
    let map = network.compiled.io.projections[index]
    let float = ProjectionWeights(synapses)
    switch kind {
    case nil: return float
    case .rounded: return float.inWholeSteps(map)
    case .clipped: return float.clipped(map, largest: spec.synapse.largestWeight)
    case .compiled: return ProjectionWeights(synapses, in: network.compiled, map, on: spec)
    case .written:
      return ProjectionWeights(
        synapses, in: question.image, question.image.io.projections[index], on: spec)
    }
  }
}

extension ProjectionWeights {
  /// The weights without what lies beyond the largest step of all copies, but not rounded.
  func clipped(_ map: ProjectionMap, largest: Int) -> ProjectionWeights {
    var clipped = self
    for (sender, copies) in map.copiesOfSenders.enumerated() {
      clipped.bound(sender) { Double(copies * largest) * map.weightPerStep(ofReceiver: $0) }
    }
    return clipped
  }
}

extension ProjectionMap {
  /// Row pairs of each sender.
  fileprivate var copiesOfSenders: [Int] {
    senderCopies.isEmpty ? Array(repeating: copies, count: sourceCount) : senderCopies
  }
}

extension ChipSpec {
  /// The chip with ports and a network in which next to nothing waits.
  ///
  /// Without a network there are no axonal delays; where the image has some, the network stays and
  /// is as wide as it can be.
  fileprivate func withoutQueues(for image: ChipImage) -> ChipSpec {
    var spec = self
    spec.events.portWaitingEvents = 4096
    spec.events.portCyclesPerEvent = 1
    guard image.spikeRoutes.contains(where: { $0.delayTicks > 0 }) else {
      spec.network = nil
      return spec
    }
    let wide = ServerSpec(cyclesPerEvent: 1, waitingEvents: 4096)
    spec.network?.arbiterCyclesPerEvent = 1
    spec.network?.output = wide
    spec.network?.link = wide
    spec.network?.whenFull = .backPressure
    spec.network?.chips?.link = wide
    return spec
  }
}
