import CEmulatorKernels
import ChipInterface
import FirmwareModels
import HardwareSpec

/// The learning engines of all cores in use, for one sample at a time.
///
/// Synapses outlive samples; traces, factors and marks do not.
final class LearningEngine: CoreLearning, @unchecked Sendable {
  let parts: [LearningPart]
  /// The parts of each core in use.
  let partsOfCore: [[LearningPart]]
  private let feedback: [FeedbackPath]
  private let trialSeed: UInt64
  private let membraneEvery: Int
  private(set) var random: LearningRandomness
  /// Recorded draws of the experiment, in place of the generator's.
  var recordedDraws: LearningDraws?
  /// Whether synapses may have changed since the image was loaded: an epoch has ended, or a state
  /// was taken over.
  ///
  /// Before the end of the first epoch rules have changed nothing.
  private(set) var hasLearned = false
  /// Clock cycles that ticks waited for the slowest core's engine.
  private(set) var waitedCycles = 0

  /// Makes the engines of an image; nil where no core learns.
  init?(
    _ image: ChipImage, _ spec: ChipSpec, sites: [LearningSite], trialSeed: UInt64,
    _ kernel: LearningKernel
  ) throws(ChipError) {
    guard let learning = spec.learning, !sites.isEmpty else { return nil }
    let programs = try image.enginePrograms(learning)
    parts = sites.enumerated().map { number, site in
      LearningPart(site, programs[site.synapses.program], number: number, kernel)
    }
    for part in parts where !part.prepareDendrites() {
      let name = image.programs[part.synapses.program].name
      throw .invalidImage([
        .description(what: "dendrites with more synapses than the rewiring of", name: name)
      ])
    }
    let parts = parts
    partsOfCore = image.cores.indices.map { core in parts.filter { $0.site.core == core } }
    feedback = image.feedback.map { FeedbackPath($0, image, parts) }
    self.trialSeed = trialSeed
    membraneEvery = learning.membraneEveryTicks
    random = LearningRandomness(trialSeed: trialSeed, sample: 0)
  }

  func start(sampleNumber: UInt64) {
    random = LearningRandomness(
      trialSeed: trialSeed, sample: sampleNumber, recorded: recordedDraws)
    for part in parts { part.start() }
    for path in feedback { path.start() }
    waitedCycles = 0
  }

  /// Notes that the synapses are others than those of the image.
  func noteLearned() { hasLearned = true }

  func post(
    core: Int, _ columns: UnsafePointer<UInt32>, count: Int, signs: UnsafePointer<Int8>?
  ) {
    for part in partsOfCore[core] { part.markPost(columns, count, shift: 0, tick: tick, random) }
  }

  func pre(core: Int, _ axons: UnsafePointer<UInt32>, count: Int) {
    for part in partsOfCore[core] { part.markPre(axons, count, shift: 0, tick: tick, random) }
  }

  /// The tick that marks belong to: the one after the last that ended.
  var tick = 0

  func graded(_ channel: GradedEvents.Channel, core: Int, column: Int, value: Int16) {
    if channel == .reward {
      for part in parts { part.addReward(value) }
      return
    }
    for part in partsOfCore[core] { part.graded(channel, column: column, value: value) }
    if channel == .error {
      for path in feedback { path.bareError(core: core, column: column, value: value) }
    }
  }

  func needsEndOfStep(tick: Int) -> Bool {
    parts.contains { $0.endsEpoch(at: tick) || needsMembranes($0, tick: tick) }
  }

  /// Whether a part's membranes are converted at the end of a tick.
  func needsMembranes(_ part: LearningPart, tick: Int) -> Bool {
    part.program.needsMembranes && (tick + 1) % membraneEvery == 0
  }

  /// Sends the feedback that is due; comes once in a tick, before any rule is applied.
  func connect(tick: Int) {
    for path in feedback where path.isDue(at: tick) { path.send() }
    var slowest = 0
    for core in partsOfCore.indices {
      var cycles = 0
      for part in partsOfCore[core] where part.endsEpoch(at: tick) {
        hasLearned = true
        cycles += part.program.cost.cycles(rows: part.synapses.axonCount)
      }
      slowest = max(slowest, cycles)
    }
    waitedCycles += slowest
  }

  func endOfStep(core: Int, tick: Int, membranes: UnsafePointer<Int32>?) {
    for part in partsOfCore[core] {
      if let membranes, needsMembranes(part, tick: tick) { part.readRegisters(membranes) }
      if part.endsEpoch(at: tick) { part.endEpoch(tick: tick, random) }
    }
  }

  func width(of register: RegisterProbe.Register, core: Int, part: Int) -> Int {
    self.part(core, part)?.width(of: register) ?? 0
  }

  func read(
    _ register: RegisterProbe.Register, core: Int, part: Int,
    into values: UnsafeMutablePointer<Double>
  ) {
    let owner = self.part(core, part) ?? (register == .reward ? parts.first : nil)
    owner?.read(register, into: values)
  }

  /// Reads a register of an analog core: what a block stores, or what its engine has.
  func read(_ probe: RegisterProbe, into values: UnsafeMutablePointer<Double>) {
    switch probe.register {
    case .weight, .tag, .delay: part(probe.core, probe.part)?.readStored(probe.register, values)
    default: read(probe.register, core: probe.core, part: probe.part, into: values)
    }
  }

  private func part(_ core: Int, _ position: Int) -> LearningPart? {
    partsOfCore.indices.contains(core)
      ? partsOfCore[core].first { $0.site.position == position } : nil
  }

  var counters: RunCounters {
    var counters = RunCounters()
    for core in partsOfCore {
      // A core's parts of one program share its epochs.
      counters.learningEpochs += core.map(\.epochs).max() ?? 0
      for part in core {
        counters.weightUpdates += part.weightUpdates
        counters.weightsSaturated += part.weightsSaturated
        counters.learningCycles += part.cycles
      }
    }
    return counters
  }

  /// Single operations on synapses, for the energy.
  var operations: Int { parts.reduce(0) { $0 + $1.operations } }
}

extension LearningPart {
  /// Whether a tick is the last of an epoch.
  @inline(__always)
  func endsEpoch(at tick: Int) -> Bool { (tick + 1) % program.epochTicks == 0 }

  /// Takes p from the voltage registers of a digital core: code 0 is a voltage of 0, code 128 the
  /// threshold.
  func readRegisters(_ membranes: UnsafePointer<Int32>) {
    for (i, threshold) in site.thresholds.enumerated() {
      let column = site.columns.lowerBound + i
      let code = (Int64(membranes[column]) << 7) / Int64(max(1, threshold))
      setMembrane(column: column, code: Int(min(max(code, 0), 255)))
    }
  }

  /// Numbers of a register.
  func width(of register: RegisterProbe.Register) -> Int {
    switch register {
    case .x1, .x2: return synapses.axonCount
    case .y1, .y2, .y3, .error, .membrane: return site.columns.count
    case .reward: return 1
    case .current, .voltage, .input, .spike, .weight, .delay, .tag: return 0
    }
  }

  /// Reads a register as it stands.
  func read(_ register: RegisterProbe.Register, into values: UnsafeMutablePointer<Double>) {
    switch register {
    case .x1: for row in 0..<synapses.axonCount { values[row] = pre.number(trace: 0, row) }
    case .x2: for row in 0..<synapses.axonCount { values[row] = pre.number(trace: 1, row) }
    case .y1: readColumns(into: values) { post.number(trace: 0, $0) }
    case .y2: readColumns(into: values) { post.number(trace: 1, $0) }
    case .y3: readColumns(into: values) { post.number(trace: 2, $0) }
    case .error: readColumns(into: values) { Double(errorFactor($0)) }
    case .membrane: readColumns(into: values) { Double(membrane[$0]) }
    case .reward: values[0] = Double(rewardFactor)
    case .current, .voltage, .input, .spike, .weight, .delay, .tag: break
    }
  }

  /// Reads what the synapses store, row by row over the site's columns.
  fileprivate func readStored(
    _ register: RegisterProbe.Register, _ values: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<synapses.axonCount {
      for (i, column) in site.columns.enumerated() {
        let place = synapses.place(row: row, column: column)
        values[row * site.columns.count + i] = synapses.number(register, at: place)
      }
    }
  }

  private func readColumns(
    into values: UnsafeMutablePointer<Double>, _ value: (Int) -> Double
  ) {
    for (i, column) in site.columns.enumerated() { values[i] = lane(of: column).map(value) ?? 0 }
  }
}

extension ChipImage {
  /// The image's rules, decoded, and held to what the chip's engine can compute.
  fileprivate func enginePrograms(
    _ learning: LearningSpec
  ) throws(ChipError) -> [EngineProgram] {
    var decoded: [EngineProgram] = []
    for program in programs {
      let products: [LearningProduct]
      do throws(RuleError) {
        products = try LearningProduct.decode(program.words, for: learning)
      } catch {
        throw .invalidImage([.microcode(rule: program.name, reason: error.description)])
      }
      guard products.count <= Int(SYNAPUS_MOST_PRODUCTS) else {
        let reason = "it has \(products.count) products; \(SYNAPUS_MOST_PRODUCTS) are the most"
        throw .invalidImage([.microcode(rule: program.name, reason: reason)])
      }
      decoded.append(EngineProgram(program, products, learning))
    }
    return decoded
  }
}
