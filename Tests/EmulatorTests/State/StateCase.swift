import ChipInterface
import Emulator
import FirmwareModels
import HardwareSpec
import TestSupport

/// A random image that learns, random runs of it, and random weights to write.
struct StateCase {
  let spec: ChipSpec
  let image: ChipImage
  let experiment: Experiment
  let settings: EmulationSettings
  let rule: String
  var random: SequentialRandom

  /// Rules with counters as traces, third factors, tags, and synapses that move.
  static let rules = [
    "pair-stdp", "triplet-stdp", "r-stdp", "four-bit-carry", "structural", "homeostasis",
    "error-descent", "burst",
  ]

  /// The same device again, on any kernel.
  func emulated(_ kernel: String, threads: Int = 1) throws -> EmulatedChip {
    var settings = settings
    settings.kernel = try required(EmulationSettings.Kernel(rawValue: kernel), "kernel")
    settings.threads = threads
    settings.stepNanosecondsPerThread = 1e-3
    return try EmulatedChip(spec, settings)
  }

  /// Two chips of the case, each with its name: a kernel, and threads or the ideal chip; all take
  /// their turns.
  func makers(_ turn: Int) -> [(name: String, make: () throws -> any Chip)] {
    let kernels = EmulatedChip.availableKernels
    let turn = turn + turn / 8
    let kernel = kernels[turn % kernels.count]
    return [
      (kernel, { try self.emulated(kernel) }),
      turn % 2 == 0
        ? ("ideal", { IdealChip(self.spec) })
        : ("two threads", { try self.emulated("auto", threads: 2) }),
    ]
  }

  /// The same samples with other noise.
  func experiment(_ number: UInt64) -> Experiment {
    var other = experiment
    other.sampleNumbers = experiment.sampleNumbers.map { $0 &+ number &* 1000 }
    return other
  }

  // MARK: Analog

  static func analog(_ seed: Int) throws -> StateCase {
    let spec = try ChipLibrary.chip(seed % 4 == 3 ? "bss2-like" : "synapus-1")
    var random = SequentialRandom(seed: UInt64(seed), stream: 171)
    var (image, experiment) = RandomExperiment.make(spec, &random)
    let rule = rules[seed % rules.count]
    let learns = try learn(rule, on: spec, &image, &random)
    image.cores[0].sensesCorrelation = spec.correlation != nil
    observe(&experiment, image)
    if learns { teach(&experiment, image, &random) }
    let settings = EmulationSettings(
      chipSeed: UInt64(seed), trialSeed: 5, mismatch: seed % 3 == 0 ? nil : 0.2,
      effects: seed % 5 == 4 ? [] : .all)
    return StateCase(
      spec: spec, image: image, experiment: experiment, settings: settings,
      rule: learns ? rule : "none", random: random)
  }

  /// Adds a rule, if the chip can have it; returns whether.
  private static func learn(
    _ rule: String, on spec: ChipSpec, _ image: inout ChipImage, _ random: inout SequentialRandom
  ) throws -> Bool {
    let columns = image.cores[0].circuits.count
    let pairs = image.inputRoutes.count
    guard let program = try program(rule, on: spec), columns > 1, pairs > 8 else { return false }
    image.programs = [program]
    let first = columns / 2
    image.cores[0].plasticBlocks = [
      PlasticBlock(
        firstPair: 0, pairCount: pairs - 1, firstColumn: 0, columnCount: first, program: 0,
        isSigned: program.rewiring == nil),
      PlasticBlock(
        firstPair: 1, pairCount: pairs - 1, firstColumn: first, columnCount: columns - first,
        program: 0, isSigned: false),
    ]
    // Rows of sensors belong to one block.
    if spec.learning?.traceSource == .sensors { image.cores[0].plasticBlocks.removeLast() }
    if program.rewiring != nil { thin(&image, spec) }
    return true
  }

  /// Leaves two synapses to each dendrite of eight rows.
  private static func thin(_ image: inout ChipImage, _ spec: ChipSpec) {
    let width = spec.geometry.circuitsPerCore
    for block in image.cores[0].plasticBlocks {
      for row in 0..<block.pairCount where row % 8 > 1 {
        for column in block.firstColumn..<block.firstColumn + block.columnCount {
          image.cores[0].weights[2 * (block.firstPair + row) * width + column] = 0
        }
      }
    }
  }

  static func program(_ name: String, on spec: ChipSpec) throws -> LearningProgram? {
    guard let learning = spec.learning,
      let rule = try? RuleLibrary.rule(name).assemble(for: learning)
    else { return nil }
    let settings = rule.settings
    var program = LearningProgram(name: name, words: rule.words, epochTicks: settings.epochTicks)
    (program.x1, program.x2) = (settings.x1 ?? .off, settings.x2 ?? .off)
    (program.y1, program.y2) = (settings.y1 ?? .off, settings.y2 ?? .off)
    program.y3 = settings.y3 ?? .off
    (program.tracesFromEvents, program.burstTicks) = (
      settings.tracesFromEvents, settings.burstTicks
    )
    (program.reward, program.error) = (settings.reward, settings.error)
    program.membraneTable = rule.membraneTable
    (program.tagCarry, program.rewiring) = (settings.tagCarry, settings.rewiring)
    // Epochs of a run are few: synapses move every third.
    if program.rewiring != nil { program.rewiring?.everyEpochs = 3 }
    return program
  }

  /// All that an analog chip records.
  private static func observe(_ experiment: inout Experiment, _ image: ChipImage) {
    let core = image.cores[0]
    experiment.recorded.probedCores = [core.core]
    experiment.recorded.sensedCores = core.sensesCorrelation ? [core.core] : []
    for part in core.plasticBlocks.indices {
      experiment.recorded.registers += [
        RegisterProbe(.weight, core: 0, part: part), RegisterProbe(.tag, core: 0, part: part),
        RegisterProbe(.x1, core: 0, part: part, everyTick: true),
      ]
    }
  }

  /// Teachers, errors and rewards.
  private static func teach(
    _ experiment: inout Experiment, _ image: ChipImage, _ random: inout SequentialRandom
  ) {
    let (ticks, units) = (experiment.durationTicks, UInt64(image.io.unitCount))
    experiment.graded = GradedEvents(
      (0..<experiment.inputs.sampleCount).map { _ in
        (0..<3 * ticks).map { i in
          let channel: GradedEvents.Channel = [.teacher, .error, .reward][i % 3]
          return GradedEvents.Event(
            tick: UInt32(i / 3), channel: channel, unit: UInt32(random.next() % units),
            value: Int16(truncatingIfNeeded: Int(random.next() % 129) - 64))
        }
      })
  }

  /// A rectangle of random weights.
  mutating func block() -> WeightBlock {
    let (pairs, columns) = (image.inputRoutes.count, image.cores[0].circuits.count)
    let first = Int(random.next() % UInt64(pairs)), column = Int(random.next() % UInt64(columns))
    let count = 1 + Int(random.next() % UInt64(pairs - first))
    let width = 1 + Int(random.next() % UInt64(columns - column))
    let largest = spec.synapse.largestWeight
    return WeightBlock(
      core: image.cores[0].core, firstPair: first, pairCount: count, firstColumn: column,
      columnCount: width,
      values: .steps(
        (0..<count * width).map { _ in
          Int8(Int(random.next() % UInt64(2 * largest + 1)) - largest)
        }))
  }
}

// MARK: Digital

extension StateCase {
  static func digital(_ seed: Int) throws -> StateCase {
    let spec = try ChipLibrary.chip(seed % 5 == 4 ? "truenorth" : "loihi")
    var generator = try required(RandomDigitalImage(spec, seed: seed + 700), "digital chip")
    let ticks = generator.integer(20...60)
    var image = generator.image(ticks: ticks)
    var experiment = generator.experiment(image, ticks: ticks)
    let rule = ["pair-stdp", "structural", "triplet-stdp", "homeostasis"][seed % 4]
    var learns = false
    if let program = try program(rule, on: spec) {
      image.programs = [program]
      for c in image.cores.indices {
        learns = learnDigitally(&image.cores[c], program, &generator) || learns
      }
      if !learns { image.programs = [] }
    }
    experiment.recorded.registers = DigitalEqualityTests.probes(of: image)
    return StateCase(
      spec: spec, image: image, experiment: experiment,
      settings: EmulationSettings(trialSeed: UInt64(seed)), rule: learns ? rule : "none",
      random: generator.random)
  }

  /// A core of 256 neurons that fire by themselves, each with 64 synapses that learn.
  static func denseCore(program: Int) -> DigitalCore {
    let neuron = CurrentBasedNeuron(
      currentDecay: 400, voltageDecay: 100, threshold: 200, biasMantissa: 100)
    var projection = DigitalProjection(
      firstAxon: 0, starts: (0...64).map { 256 * $0 },
      targets: (0..<64 * 256).map { UInt16($0 % 256) },
      weights: (0..<64 * 256).map { Int16($0 % 100 * 2) })
    projection.program = program
    return .currentBased(
      CurrentBasedCore(
        neurons: Array(repeating: neuron, count: 256), projections: [projection]))
  }

  /// Makes about half of a core's projections learn.
  private static func learnDigitally(
    _ core: inout CoreImage, _ program: LearningProgram, _ generator: inout RandomDigitalImage
  ) -> Bool {
    guard case .currentBased(var registers) = core.digital else { return false }
    var learns = false
    for p in registers.projections.indices
    where generator.chance(0.6) && !registers.projections[p].targets.isEmpty {
      registers.projections[p].program = 0
      if program.rewiring != nil { registers.projections[p] = thinned(registers.projections[p]) }
      learns = true
    }
    core.digital = .currentBased(registers)
    return learns
  }

  /// The projection with synapses on the first two of each eight axons, none of weight 0.
  private static func thinned(_ old: DigitalProjection) -> DigitalProjection {
    var projection = old
    (projection.starts, projection.targets, projection.weights) = ([0], [], [])
    projection.delays = []
    for row in 0..<old.axonCount {
      for s in Int(old.starts[row])..<Int(old.starts[row + 1]) where row % 8 < 2 {
        projection.targets.append(old.targets[s])
        projection.weights.append(old.weights[s])
        if !old.delays.isEmpty { projection.delays.append(old.delays[s]) }
      }
      projection.starts.append(UInt32(projection.targets.count))
    }
    return projection
  }

  /// A weight for a synapse that exists; nil where cores have none.
  mutating func digitalBlock() -> WeightBlock? {
    let slot = Int(random.next() % UInt64(image.cores.count))
    guard case .currentBased(let core) = image.cores[slot].digital, let digital = spec.digital
    else {
      return nil
    }
    let p = Int(random.next() % UInt64(core.projections.count))
    let projection = core.projections[p]
    guard !projection.targets.isEmpty else { return nil }
    let s = Int(random.next() % UInt64(projection.targets.count))
    let row = projection.starts.lastIndex { $0 <= s } ?? 0
    let range = projection.signMode.weights(of: digital)
    let weight = Int8(clamping: range.lowerBound + Int(random.next() % UInt64(range.count)))
    return WeightBlock(
      core: image.cores[slot].core, firstPair: projection.firstAxon + row, pairCount: 1,
      firstColumn: Int(projection.targets[s]), columnCount: 1, values: .steps([weight]))
  }
}
