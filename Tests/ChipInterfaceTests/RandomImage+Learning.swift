import ChipInterface
import HardwareSpec

/// A digital chip of few parts.
func smallDigitalChip(_ name: String) throws -> ChipSpec {
  var spec = try ChipLibrary.chip(name)
  (spec.geometry.meshColumns, spec.geometry.meshRows) = (2, 2)
  (spec.geometry.circuitsPerCore, spec.geometry.synapseRowsPerCore) = (16, 10)
  spec.geometry.circuitsPerBlock = 16
  return spec
}

extension ImageGenerator {
  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  private mutating func flip() -> Bool { Bool.random(using: &random) }

  // MARK: Learning

  /// Adds learning rules, and blocks or projections that follow them, where the chip learns.
  mutating func addLearning(to image: inout ChipImage) {
    guard let learning = spec.learning else { return }
    image.programs = (0..<number(1...2)).map { program($0, learning) }
    for index in image.cores.indices where spec.digital == nil && flip() {
      image.cores[index].plasticBlocks = blocks(image.cores[index], image.programs.count)
    }
    let circuits = image.cores.flatMap { core in
      (0..<core.neuronCount).compactMap { CircuitOnChip(core.core, column: $0, on: spec.geometry) }
    }
    let (sources, targets) = (circuits.prefix(number(0...3)), circuits.suffix(number(0...3)))
    image.feedback = [
      FeedbackProjection(
        sources: Array(sources), targets: Array(targets),
        weights: (0..<sources.count * targets.count).map { _ in Int8(number(-128...127)) },
        shift: number(0...15))
    ]
  }

  private mutating func program(_ index: Int, _ learning: LearningSpec) -> LearningProgram {
    var program = LearningProgram(
      name: "rule \(index)",
      words: (0..<number(0...4)).map { _ in
        MicrocodeWord(rawValue: UInt32.random(in: 0...UInt32.max, using: &random))
      }, epochTicks: number(1...learning.longestEpoch))
    for path in [\LearningProgram.x1, \.x2, \.y1, \.y2, \.y3] where flip() {
      program[keyPath: path] = TraceSettings(
        impulse: Double(number(0...32_000)) / 256, timeConstant: 10 * random.uniform(),
        trigger: TraceSettings.Trigger.allCases[number(0...2)])
    }
    (program.tracesFromEvents, program.burstTicks) = (flip(), number(0...20))
    program.error = GradedSettings(
      timeConstant: random.uniform(), ownSpike: number(-128...127), subtractsMembrane: flip())
    if flip() { program.membraneTable = (0..<256).map { _ in Int8(number(-128...127)) } }
    program.tagCarry = flip() ? number(1...learning.tags.upperBound) : nil
    if flip() {
      program.rewiring = Rewiring(
        everyEpochs: number(1...9), groupPairs: 4, synapsesPerGroup: number(1...3),
        keepsFrom: number(-9...9), initialWeight: number(0...9))
    }
    return program
  }

  private mutating func blocks(_ core: CoreImage, _ programs: Int) -> [PlasticBlock] {
    let columns = core.circuits.count
    return (0..<min(2, spec.geometry.rowPairsPerCore)).map { pair in
      PlasticBlock(
        firstPair: pair, pairCount: 1, firstColumn: 0, columnCount: columns,
        program: number(0...programs - 1), isSigned: flip(),
        membraneCentres: flip() ? (0..<columns).map { _ in UInt8(number(0...255)) } : [])
    }
  }

  // MARK: Digital cores

  /// An image for a digital chip.
  mutating func digitalImage() -> ChipImage {
    let cores = spec.geometry.cores.prefix(3)
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: [],
      inputRoutes: (0..<number(0...4)).map { _ in digitalPairs(Array(cores)) }, spikeRoutes: [],
      io: ImageIO(
        network: "digital", populations: [], projections: [], durationTicks: 9, dt: 1, coding: "",
        readout: ReadoutRule(population: "", measure: .mostSpikes)))
    addLearning(to: &image)
    image.feedback = []
    image.cores = cores.map { core in
      CoreImage(
        core,
        digital: spec.digital?.neuron == .crossbar
          ? .crossbar(crossbarCore()) : .currentBased(currentBasedCore(image.programs.count)))
    }
    return image
  }

  private mutating func digitalPairs(_ cores: [CoreOnChip]) -> [RowPairOnChip] {
    cores.compactMap { RowPairOnChip($0, pair: number(0...9), on: spec.geometry) }
  }

  private mutating func currentBasedCore(_ programs: Int) -> CurrentBasedCore {
    let neurons = (0..<number(1...16)).map { _ in currentBasedNeuron() }
    return CurrentBasedCore(
      neurons: neurons,
      projections: (0..<2).map { projection($0 * 5, neurons.count, programs) },
      lowestVoltage: -Int32(number(0...8_388_607)))
  }

  private mutating func currentBasedNeuron() -> CurrentBasedNeuron {
    var neuron = CurrentBasedNeuron(
      currentDecay: UInt16(number(0...4095)), voltageDecay: UInt16(number(0...4095)),
      threshold: Int32(number(0...131_071)), biasMantissa: Int16(number(-4096...4095)),
      biasExponent: Int8(number(-8...7)), refractoryCount: UInt8(number(0...63)),
      initialCurrent: Int32(number(-8_388_607...8_388_607)),
      initialVoltage: Int32(number(-8_388_607...8_388_607)))
    neuron.lowThreshold = flip() ? Int32(number(-131_071...0)) : nil
    (neuron.resetInterval, neuron.resetOffset) = (UInt16(number(0...9)), UInt16(number(0...9)))
    return neuron
  }

  private mutating func projection(
    _ firstAxon: Int, _ neurons: Int, _ programs: Int
  ) -> DigitalProjection {
    let sign = SignMode.allCases[number(0...2)]
    var projection = DigitalProjection(firstAxon: firstAxon, starts: [0], targets: [], weights: [])
    for _ in 0..<number(0...5) {
      projection.targets += (0..<neurons).filter { _ in flip() }.map { UInt16($0) }
      projection.starts.append(UInt32(projection.targets.count))
    }
    let range = sign == .mixed ? -256...255 : sign == .excitatory ? 0...255 : -255...0
    projection.weights = projection.targets.map { _ in Int16(number(range)) }
    if flip() { projection.delays = projection.targets.map { _ in UInt8(number(0...63)) } }
    if flip() { projection.tags = projection.targets.map { _ in Int16(number(-256...255)) } }
    projection.signMode = sign
    projection.weightExponent = Int8(number(-8...7))
    projection.weightBits = UInt8(number(1...8))
    projection.program = flip() ? number(0...programs - 1) : nil
    projection.delayActs = flip()
    return projection
  }

  private mutating func crossbarCore() -> CrossbarCore {
    let neurons = (0..<number(1...16)).map { _ in crossbarNeuron() }
    let axons = number(0...10)
    return CrossbarCore(
      axonTypes: (0..<axons).map { _ in UInt8(number(0...3)) }, neurons: neurons,
      synapses: (0..<axons).map { _ in
        neurons.indices.filter { _ in flip() }.map { UInt16($0) }
      }, seed: UInt32.random(in: 0...UInt32.max, using: &random))
  }

  private mutating func crossbarNeuron() -> CrossbarNeuron {
    var neuron = CrossbarNeuron(
      weights: (0..<4).map { _ in Int16(number(-255...255)) }, leak: Int16(number(-255...255)),
      threshold: Int32(number(0...262_143)), negativeThreshold: Int32(number(0...262_143)))
    neuron.isStochastic = (0..<4).map { _ in flip() }
    (neuron.leakIsStochastic, neuron.leakReverses) = (flip(), flip())
    neuron.thresholdMask = Int32(number(0...262_143))
    neuron.resetPotential = Int32(number(-524_288...524_287))
    neuron.reset = CrossbarNeuron.Reset.allCases[number(0...2)]
    neuron.saturatesBelow = flip()
    neuron.initialPotential = Int32(number(-524_288...524_287))
    return neuron
  }
}
