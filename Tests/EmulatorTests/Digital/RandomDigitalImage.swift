import ChipInterface
import HardwareSpec

/// Random digital networks over the whole range of every register, and random input.
struct RandomDigitalImage {
  let spec: ChipSpec
  var random: SequentialRandom
  private let digital: DigitalSpec

  init?(_ spec: ChipSpec, seed: Int) {
    guard let digital = spec.digital else { return nil }
    (self.spec, self.digital) = (spec, digital)
    random = SequentialRandom(seed: UInt64(seed), stream: 91)
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(random.next() % UInt64(range.count))
  }

  mutating func chance(_ probability: Double) -> Bool { random.uniform() < probability }

  /// One to ten cores, all of which hear inputs and each other.
  mutating func image(ticks: Int) -> ChipImage {
    let count = integer(1...10)
    let cores = spec.geometry.cores.prefix(count).map { core in
      CoreImage(
        core, digital: digital.neuron == .crossbar ? .crossbar(crossbar()) : currentBased())
    }
    let io = ImageIO(
      network: "random", populations: populations(cores), projections: [], durationTicks: ticks,
      dt: 1, coding: "", readout: ReadoutRule(population: "all", measure: .mostSpikes))
    return ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores, inputRoutes: inputRoutes(cores),
      spikeRoutes: spikeRoutes(cores), io: io)
  }

  /// All neurons, or all but the first, in ranges that may be in another order than the cores.
  private mutating func populations(_ cores: [CoreImage]) -> [Population] {
    let skipped = integer(0...1)
    let ranges = cores.shuffled(using: &random).map {
      CircuitRange(core: $0.core, firstColumn: skipped, count: $0.neuronCount - skipped)
    }
    return [Population(name: "all", ranges: ranges)]
  }

  private mutating func axons(of core: CoreImage) -> Int {
    switch core.digital {
    case .crossbar(let core): return core.axonTypes.count
    case .currentBased(let core):
      return core.projections.map { $0.firstAxon + $0.axonCount }.max() ?? 1
    case nil: return 1
    }
  }

  private mutating func targets(_ cores: [CoreImage]) -> [RowPairOnChip] {
    var targets: Set<RowPairOnChip> = []
    for _ in 0..<integer(0...3) {
      let core = cores[integer(0...cores.count - 1)]
      // One axon may lie beyond all projections: its events count, and reach nothing.
      let pair = integer(0...max(0, min(axons(of: core), spec.geometry.rowPairsPerCore - 1)))
      if let target = RowPairOnChip(core.core, pair: pair, on: spec.geometry) {
        targets.insert(target)
      }
    }
    return targets.sorted()
  }

  private mutating func inputRoutes(_ cores: [CoreImage]) -> [[RowPairOnChip]] {
    (0..<integer(1...60)).map { _ in targets(cores) }
  }

  private mutating func spikeRoutes(_ cores: [CoreImage]) -> [SpikeRoute] {
    let isDelayed = chance(0.4)
    var routes: [SpikeRoute] = []
    for core in cores {
      for column in 0..<core.neuronCount where chance(0.8) {
        guard let source = CircuitOnChip(core.core, column: column, on: spec.geometry) else {
          continue
        }
        let delays =
          isDelayed ? Set((0..<2).map { _ in integer(0...digital.longestDelay) }).sorted() : [0]
        for delay in delays {
          routes.append(
            SpikeRoute(source: source, targets: targets(cores), delayTicks: UInt8(delay)))
        }
      }
    }
    return routes
  }

  // MARK: Current-based

  private mutating func currentBased() -> DigitalCore {
    let count = chance(0.2) ? integer(65...300) : integer(1...64)
    let plain = chance(0.3)
    let neurons = (0..<count).map { _ in neuron(plain: plain) }
    var projections: [DigitalProjection] = []
    var next = integer(0...3)
    for _ in 0..<integer(1...4) {
      let projection = projection(firstAxon: next, neurons: count)
      next += projection.axonCount + integer(0...2)
      projections.append(projection)
    }
    return .currentBased(
      CurrentBasedCore(
        neurons: neurons, projections: projections,
        lowestVoltage: chance(0.5) ? -(1 << 23) + 1 : Int32(-integer(0...20_000))))
  }

  private mutating func neuron(plain: Bool) -> CurrentBasedNeuron {
    let decays = (1 << digital.decayBits) - 1
    var neuron = CurrentBasedNeuron(
      currentDecay: UInt16(integer(0...decays)), voltageDecay: UInt16(integer(0...decays)),
      threshold: Int32(chance(0.8) ? integer(0...2000) : integer(0...131_071)),
      biasMantissa: Int16(integer(-4096...4095)),
      biasExponent: Int8(integer(-15...digital.largestBiasExponent)))
    if chance(0.3) { neuron.initialCurrent = Int32(integer(-8_388_607...8_388_607)) }
    if chance(0.3) { neuron.initialVoltage = Int32(integer(-8_388_607...8_388_607)) }
    if plain { return neuron }
    if chance(0.5) { neuron.refractoryCount = UInt8(integer(0...digital.largestRefractoryCount)) }
    if chance(0.3) { neuron.lowThreshold = Int32(-integer(0...3000)) }
    if chance(0.2) {
      (neuron.resetInterval, neuron.resetOffset) = (
        UInt16(integer(1...30)), UInt16(integer(0...60))
      )
    }
    return neuron
  }

  private mutating func projection(firstAxon: Int, neurons: Int) -> DigitalProjection {
    let mode = SignMode.allCases[integer(0...2)]
    let range = mode.weights(of: digital)
    let small = chance(0.4)
    let (low, high) =
      small
      ? (max(-16, range.lowerBound), min(16, range.upperBound))
      : (range.lowerBound, range.upperBound)
    let step = chance(0.5) ? 2 : 1
    let density = [0.01, 0.1, 0.5, 1][integer(0...3)]
    var (starts, targets, weights): ([UInt32], [UInt16], [Int16]) = ([0], [], [])
    for _ in 0..<integer(1...40) {
      for column in 0..<neurons where chance(density) {
        targets.append(UInt16(column))
        weights.append(Int16(integer(low...high) / step * step))
      }
      starts.append(UInt32(targets.count))
    }
    var projection = DigitalProjection(
      firstAxon: firstAxon, starts: starts, targets: targets, weights: weights,
      weightExponent: Int8(
        chance(0.4)
          ? 0
          : integer(digital.weightExponents.lowerBound...digital.weightExponents.upperBound)),
      signMode: mode)
    projection.subtractsNegativeSpikes = chance(0.7)
    if chance(0.3) {
      projection.delays = targets.map { _ in UInt8(integer(0...digital.longestDelay)) }
      projection.delayActs = chance(0.7)
    }
    return projection
  }

  // MARK: Crossbar

  private mutating func crossbar() -> CrossbarCore {
    let (axons, neurons) = (integer(1...256), integer(1...256))
    let isRandom = chance(0.6)
    let density = random.uniform() / 2
    return CrossbarCore(
      axonTypes: (0..<axons).map { _ in UInt8(integer(0...digital.axonTypes - 1)) },
      neurons: (0..<neurons).map { _ in crossbarNeuron(isRandom: isRandom) },
      synapses: (0..<axons).map { _ in
        (0..<neurons).filter { _ in chance(density) }.map { UInt16($0) }
      }, seed: UInt32(truncatingIfNeeded: random.next()))
  }

  private mutating func crossbarNeuron(isRandom: Bool) -> CrossbarNeuron {
    var neuron = CrossbarNeuron(
      weights: (0..<4).map { _ in Int16(integer(-255...255)) }, leak: Int16(integer(-255...255)),
      threshold: Int32(chance(0.8) ? integer(0...500) : integer(0...262_143)),
      negativeThreshold: Int32(chance(0.8) ? integer(0...500) : integer(0...262_143)))
    neuron.reset = CrossbarNeuron.Reset.allCases[integer(0...2)]
    neuron.resetPotential = Int32(integer(-300...300))
    (neuron.leakReverses, neuron.saturatesBelow) = (chance(0.5), chance(0.5))
    neuron.initialPotential = Int32(
      chance(0.2) ? integer(-524_288...524_287) : integer(-100...100))
    guard isRandom else { return neuron }
    neuron.isStochastic = (0..<4).map { _ in chance(0.3) }
    neuron.leakIsStochastic = chance(0.4)
    neuron.thresholdMask = chance(0.5) ? Int32(integer(0...262_143)) : 255
    return neuron
  }

  // MARK: Input

  /// A few samples of events at random inputs, and teachers.
  mutating func experiment(_ image: ChipImage, ticks: Int) -> Experiment {
    let samples = integer(1...4)
    let perTick = random.uniform() * Double(image.inputRoutes.count) * 0.4
    var inputs = SpikeBatch()
    for _ in 0..<samples {
      for tick in 0..<ticks {
        for _ in 0..<Int(perTick * 2 * random.uniform()) {
          inputs.cycles.append(UInt32(tick))
          inputs.units.append(UInt32(integer(0...image.inputRoutes.count - 1)))
        }
      }
      inputs.offsets.append(inputs.cycles.count)
    }
    var experiment = Experiment(
      durationTicks: ticks, inputs: inputs, sampleNumbers: (0..<samples).map { _ in random.next() },
      recorded: RecordingRequest(spikes: true))
    if chance(0.3), image.io.unitCount > 0 {
      experiment.graded = GradedEvents(
        (0..<samples).map { _ in
          (0..<ticks).map { tick in
            GradedEvents.Event(
              tick: UInt32(tick), channel: .teacher,
              unit: UInt32(integer(0...image.io.unitCount - 1)))
          }
        })
    }
    return experiment
  }
}
