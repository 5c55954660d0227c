import ChipInterface
import HardwareSpec

/// A chip of few parts, so that its images are small enough to damage byte by byte.
func smallChip(weightBits: Int = 4) throws -> ChipSpec {
  var spec = try ChipLibrary.chip("synapus-1")
  spec.name = "small \"quoted\" \\ chip"
  (spec.geometry.meshColumns, spec.geometry.meshRows) = (2, 2)
  (spec.geometry.circuitsPerCore, spec.geometry.synapseRowsPerCore) = (16, 10)
  spec.geometry.circuitsPerBlock = 16
  spec.synapse.weightBits = weightBits
  return spec
}

/// Draws valid images: any codes, weights, routes and descriptions that the chip allows.
struct ImageGenerator {
  let spec: ChipSpec
  var random: SequentialRandom

  init(_ spec: ChipSpec, seed: UInt64) {
    (self.spec, random) = (spec, SequentialRandom(seed: seed, stream: 1))
  }

  mutating func image() -> ChipImage {
    if spec.digital != nil { return digitalImage() }
    let chosen = spec.geometry.cores.filter { _ in Bool.random(using: &random) }
    let cores = (chosen.isEmpty ? Array(spec.geometry.cores.prefix(1)) : chosen).map { core($0) }
    let inputs = (0..<Int.random(in: 0...5, using: &random)).map { _ in pairs(cores) }
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores, inputRoutes: inputs,
      spikeRoutes: routes(cores), io: io(cores, inputs.count))
    if Bool.random(using: &random) { addParts(to: &image) }
    if random.uniform() < 0.3 { addLearning(to: &image) }
    return image
  }

  /// Adds what goes beyond plain circuits and routes.
  private mutating func addParts(to image: inout ChipImage) {
    for index in image.cores.indices {
      image.cores[index].sensesCorrelation =
        Bool.random(using: &random) && spec.correlation != nil
      for column in image.cores[index].circuits.indices where random.uniform() < 0.3 {
        image.cores[index].circuits[column].options = options()
      }
      guard let drivers = spec.circuits?.shortTermPlasticity else { continue }
      let highest = UInt8(min(drivers.utilisation.highestCode, 15))
      for pair in 0..<spec.geometry.rowPairsPerCore where random.uniform() < 0.4 {
        image.cores[index].rowPlasticity.append(
          RowPlasticity(
            pair: pair, utilisation: UInt8.random(in: 0...highest, using: &random), recoveryTime: 3,
            facilitates: Bool.random(using: &random)))
      }
    }
    let longest = UInt8(spec.network?.longestDelayTicks ?? 0)
    for index in image.spikeRoutes.indices where Bool.random(using: &random) {
      image.spikeRoutes[index].delayTicks = UInt8.random(in: 0...longest, using: &random)
    }
    addGroup(to: &image)
    image.backgroundSources = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      BackgroundSource(
        targets: pairs(image.cores), periodCycles: Int.random(in: 1...65_535, using: &random),
        probability: Int.random(in: 1...256, using: &random),
        seed: UInt32.random(in: 0...UInt32.max, using: &random))
    }
  }

  /// Any of the parts that the chip has.
  private mutating func options() -> CircuitOptions {
    var options = CircuitOptions()
    guard let family = spec.circuits else { return options }
    func chance(_ isOnChip: Bool) -> Bool { Bool.random(using: &random) && isOnChip }
    if chance(family.conductancePerWeight != nil) {
      options.excitatoryReversal = code(spec.neuron.potential)
    }
    if chance(family.conductancePerWeight != nil) {
      options.inhibitoryReversal = code(spec.neuron.potential)
    }
    if chance(family.adaptation != nil) {
      options.adaptation = Adaptation(conductance: 1, increment: 2, time: 3)
    }
    if chance(family.exponentialSlope != nil) {
      options.exponential = ExponentialTerm(slope: 4, threshold: code(spec.neuron.potential))
    }
    if chance(family.reset != nil) { options.resetTime = 5 }
    if chance(family.thresholdAdaptation != nil) {
      options.thresholdAdaptation = ThresholdAdaptation(increment: 6, time: 7)
    }
    return options
  }

  /// Joins neighbouring columns of the first core, one of which fires, or makes compartments.
  private mutating func addGroup(to image: inout ChipImage) {
    guard let wires = spec.coupling, wires.columnReach >= 1, image.cores[0].circuits.count >= 3
    else { return }
    let core = image.cores[0].core
    let members = (0..<3).compactMap { CircuitOnChip(core, column: $0, on: spec.geometry) }
    for column in 1..<3 { image.cores[0].circuits[column].fires = false }
    var group = CircuitGroup.joined(members)
    if Bool.random(using: &random), wires.mostCompartments >= 2 {
      group.couplings[1].conductance = 9
    }
    image.groups = [group]
  }

  private mutating func code(_ law: ParameterLaw) -> UInt16 {
    UInt16.random(in: 0...UInt16(law.highestCode), using: &random)
  }

  private mutating func core(_ core: CoreOnChip) -> CoreImage {
    let count = Int.random(in: 1...spec.geometry.circuitsPerCore, using: &random)
    let circuits = (0..<count).map { _ in circuit() }
    var image = CoreImage(core, circuits: circuits, on: spec.geometry)
    let density = random.uniform()
    for i in image.weights.indices where random.uniform() < density * density {
      image.weights[i] = UInt8.random(in: 0...UInt8(spec.synapse.largestWeight), using: &random)
    }
    return image
  }

  private mutating func circuit() -> CircuitSettings {
    let neuron = spec.neuron
    return CircuitSettings(
      leak: code(neuron.potential), reset: code(neuron.potential),
      threshold: code(neuron.potential), membraneTime: code(neuron.membraneTime),
      excitatoryTime: code(neuron.synapticTime), inhibitoryTime: code(neuron.synapticTime),
      excitatoryGain: code(neuron.gain), inhibitoryGain: code(neuron.gain),
      refractoryCount: UInt8.random(
        in: 1...UInt8(neuron.largestRefractoryCount), using: &random),
      fires: Bool.random(using: &random))
  }

  private mutating func pairs(_ cores: [CoreImage]) -> [RowPairOnChip] {
    (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
      RowPairOnChip(
        cores.randomElement(using: &random)?.core ?? cores[0].core,
        pair: Int.random(in: 0..<spec.geometry.rowPairsPerCore, using: &random), on: spec.geometry)
    }
  }

  private mutating func routes(_ cores: [CoreImage]) -> [SpikeRoute] {
    var routes: [SpikeRoute] = []
    for core in cores {
      for column in core.circuits.indices where random.uniform() < 0.3 {
        if let source = CircuitOnChip(core.core, column: column, on: spec.geometry) {
          routes.append(SpikeRoute(source: source, targets: pairs(cores)))
        }
      }
    }
    return routes
  }

  private mutating func name() -> String {
    let pieces = [
      "hidden", "a.0", "é", "\"", "\\", "\n", "\r\n", " ", "#", "層", "\u{2028}", "", "0",
    ]
    return (0..<Int.random(in: 0...3, using: &random))
      .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
  }

  mutating func real() -> Double {
    [0, -0.0, 1e-300, 0.1, -.pi, 1e22, random.normal()].randomElement(using: &random) ?? 1
  }

  private mutating func io(_ cores: [CoreImage], _ inputs: Int) -> ImageIO {
    let populations = cores.enumerated().map { index, core in
      Population(
        name: "\(index)" + name(),
        ranges: [CircuitRange(core: core.core, firstColumn: 0, count: core.circuits.count)])
    }
    var projections: [ProjectionMap] = []
    for population in populations where random.uniform() < 0.7 {
      let source = Bool.random(using: &random) ? populations.randomElement(using: &random) : nil
      projections.append(projection(source, population, source?.count ?? inputs))
    }
    return ImageIO(
      network: name(), populations: populations, projections: projections,
      durationTicks: Int.random(in: 1...Experiment.longestTicks, using: &random), dt: real(),
      coding: name(),
      readout: ReadoutRule(
        population: populations[populations.count - 1].name,
        measure: Bool.random(using: &random) ? .highestPotential : .mostSpikes))
  }

  private mutating func projection(
    _ source: Population?, _ target: Population, _ sources: Int
  ) -> ProjectionMap {
    let copies = Int.random(in: 1...3, using: &random)
    let lines = min(sources * copies, spec.geometry.rowPairsPerCore)
    let first = Int.random(in: 0...spec.geometry.rowPairsPerCore - lines, using: &random)
    return ProjectionMap(
      name: name(), source: source?.name, target: target.name, sourceCount: sources,
      targetCount: target.count, copies: copies, weightPerStep: real(),
      blocks: [
        ProjectionBlock(
          core: target.ranges[0].core, firstPair: first, pairCount: lines, firstColumn: 0,
          columnCount: target.count, firstLine: 0, firstTarget: 0)
      ])
  }
}

/// The first random image that has some of every part.
func fullImage(_ spec: ChipSpec) throws -> ChipImage {
  for seed in 0..<1000 as Range<UInt64> {
    var generator = ImageGenerator(spec, seed: seed)
    let image = generator.image()
    if image.cores.count > 1, image.spikeRoutes.contains(where: { !$0.targets.isEmpty }),
      image.inputRoutes.contains(where: { !$0.isEmpty }), image.io.projections.count > 1,
      image.cores.allSatisfy({ $0.weights.contains { $0 > 0 } })
    {
      return image
    }
  }
  throw ImageFormatError.notAnImage
}

/// The same generator for many seeds, over chips of several sizes and weight widths.
func forEachRandomImage(
  _ seeds: Range<UInt64>, _ body: (ChipImage, ChipSpec, UInt64) throws -> Void
) throws {
  for seed in seeds {
    let spec =
      switch seed % 5 {
      case 3: try smallDigitalChip("loihi")
      case 4: try smallDigitalChip("truenorth")
      default: try smallChip(weightBits: Int(seed % 7) + 1)
      }
    var generator = ImageGenerator(spec, seed: seed)
    var image = generator.image()
    if seed / 5 % 2 == 1 { generator.addSparseMaps(to: &image) }
    try body(image, spec, seed)
  }
}
