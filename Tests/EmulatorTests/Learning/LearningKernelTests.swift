import ChipInterface
import Emulator
import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// The engine's C kernels against the readable engine: every number that a synapse stores, every
/// trace, every count.
@Suite struct LearningKernelTests {
  @Test(arguments: ["synapus-1", "loihi"], 0..<60)
  func kernelsAreEqual(chip: String, seed: Int) throws {
    let learning = try required(try ChipLibrary.chip(chip).learning, "engine")
    let case_ = RandomLearning(seed: UInt64(seed), learning)
    let kernels = EmulatedChip.availableKernels.compactMap(EmulationSettings.Kernel.init)
      .filter { $0 != .auto }
    let trials = kernels.map { case_.trial(learning, $0) }
    for tick in 0..<case_.ticks {
      for trial in trials { case_.step(trial, tick) }
      let expected = case_.numbers(trials[0])
      for (trial, kernel) in zip(trials, kernels).dropFirst() {
        let differing = zip(case_.numbers(trial), expected).count { $0 != $1 }
        #expect(
          differing == 0, "seed \(seed), tick \(tick), \(kernel): \(case_.description)")
        if differing > 0 { return }
      }
    }
    #expect(Set(trials.map(\.counts.updates)).count == 1, "seed \(seed)")
    #expect(Set(trials.map(\.counts.saturated)).count == 1, "seed \(seed)")
  }

  /// Rules that learn something at all: most of the random ones must.
  @Test func randomRulesLearn() throws {
    let learning = try required(try ChipLibrary.chip("synapus-1").learning, "engine")
    var learnt = 0
    for seed in 0..<40 {
      let case_ = RandomLearning(seed: UInt64(seed), learning)
      let trial = case_.trial(learning, .auto)
      for tick in 0..<case_.ticks { case_.step(trial, tick) }
      if trial.counts.updates > 0 { learnt += 1 }
    }
    #expect(learnt >= 20)
  }

  /// The mean over synapses of a rounded change is the change: each synapse has a draw of its own.
  @Test func stochasticRoundingIsUnbiased() throws {
    let learning = try required(try ChipLibrary.chip("synapus-1").learning, "engine")
    let product = LearningProduct(
      target: .weight, gate: .pre, mantissa: 1, exponent: -2, factors: [])
    let program = LearningProgram(name: "quarter", words: [], epochTicks: 1)
    let trial = EngineTrial(
      program, [product], learning, rows: 64, columns: 256, weights: -15...15, kernel: .auto,
      seed: 3
    ) { _, _ in (0, 0, 0) }
    trial.step(pre: Array(0..<64))
    var ones = 0
    for row in 0..<64 {
      for column in 0..<256 where trial.number(.weight, row: row, column: column) == 1 { ones += 1 }
    }
    // 16,384 draws with p = 1/4: a standard deviation of 55.
    #expect(abs(ones - 4096) < 250)
  }

  /// A trace's mean decays as the exponential does, however small it is.
  @Test func tracesDecayInTheMean() throws {
    let learning = try required(try ChipLibrary.chip("synapus-1").learning, "engine")
    var program = LearningProgram(name: "trace", words: [], epochTicks: 1)
    program.x1 = TraceSettings(impulse: 10.25, timeConstant: 20)
    let trial = EngineTrial(
      program, [], learning, rows: 4096, columns: 1, weights: 0...15, kernel: .auto
    ) { _, _ in nil }
    trial.step(pre: Array(0..<4096))
    for _ in 0..<20 { trial.step() }
    let mean = trial.registers(.x1).reduce(0, +) / 4096
    #expect(abs(mean - 10.25 * 0.36787944) < 0.12)
  }
}

/// A seeded rule with a seeded stream of spikes and graded events.
private struct RandomLearning {
  let ticks = 24
  let rows, columns: Int
  let program: LearningProgram
  let products: [LearningProduct]
  let weights: ClosedRange<Int>
  private let random: CounterRandom
  private let seed: UInt64
  private let density: Double

  var description: String { LearningProduct.equations(products) + " epoch \(program.epochTicks)" }

  init(seed: UInt64, _ spec: LearningSpec) {
    self.seed = seed
    random = CounterRandom(seed: seed, stream: 0x4C52)
    func pick(_ range: ClosedRange<Int>, _ a: Int, _ b: Int = 0, _ c: Int = 0) -> Int {
      let draw = CounterRandom(seed: seed, stream: 0x4C53).uniform(a, b, c)
      return range.lowerBound + Int(draw * Double(range.count))
    }
    rows = pick(1...20, 1)
    columns = pick(1...150, 2)
    density = [0.1, 0.5, 1][pick(0...2, 3)]
    let high = 1 << (spec.weightFactorBits == 9 ? 8 : 4)
    weights = [(-high...high - 1), (0...high - 1), (-(high - 1)...0)][pick(0...2, 4)]
    var program = LearningProgram(
      name: "random", words: [], epochTicks: [1, 1, 2, 5][pick(0...3, 5)])
    func trace(_ k: Int) -> TraceSettings {
      TraceSettings(
        impulse: [0, 16, 40.5, 127, 3.2][pick(0...4, 6, k)],
        timeConstant: [0, 2, 10, 500][pick(0...3, 7, k)],
        trigger: k > 1 ? TraceSettings.Trigger.allCases[pick(0...2, 8, k)] : .spikes)
    }
    (program.x1, program.x2) = (trace(0), trace(1))
    (program.y1, program.y2, program.y3) = (trace(2), trace(3), trace(4))
    program.burstTicks = 3
    program.tracesFromEvents = pick(0...7, 9) == 0
    program.error = GradedSettings(
      timeConstant: Double(pick(0...2, 10)) * 5, ownSpike: pick(-3...3, 11),
      subtractsMembrane: pick(0...1, 12) == 1)
    program.reward = GradedSettings(timeConstant: 4)
    program.membraneTable = (0..<256).map { Int8(truncatingIfNeeded: $0 - 128) }
    program.tagCarry = pick(0...2, 13) == 0 ? 20 : nil
    self.program = program
    products = (0..<pick(1...5, 14)).map { k in
      LearningProduct(
        target: pick(0...3, 15, k) < 2 ? .weight : [.delay, .tag][pick(0...1, 16, k)],
        gate: [.pre, .post, .epoch(0), .epoch(1)][pick(0...3, 17, k)],
        mantissa: pick(-8...7, 18, k), exponent: pick(-6...3, 19, k),
        factors: (0..<pick(0...4, 20, k)).map { f in
          LearningFactor(
            LearningFactor.Variable.allCases[pick(0...12, 21, k, f)],
            constant: pick(0...3, 22, k, f) == 0 ? pick(-20...20, 23, k, f) : 0,
            isSign: pick(0...6, 24, k, f) == 0)
        })
    }
  }

  func trial(_ spec: LearningSpec, _ kernel: EmulationSettings.Kernel) -> EngineTrial {
    EngineTrial(
      program, products, spec, rows: rows, columns: columns, weights: weights, kernel: kernel,
      seed: seed
    ) { row, column in
      guard random.uniform(1, row, column) < density else { return nil }
      let span = Double(weights.count)
      return (
        weights.lowerBound + Int(random.uniform(2, row, column) * span),
        spec.longestDelay > 0 ? Int(random.uniform(3, row, column) * 60) : 0,
        Int(random.uniform(4, row, column) * 100) - 50
      )
    }
  }

  func step(_ trial: EngineTrial, _ tick: Int) {
    func some(_ count: Int, _ kind: Int, _ rate: Double) -> [Int] {
      (0..<count).filter { random.uniform(kind, tick, $0) < rate }
    }
    // A row may have several events in one tick.
    let pre = some(rows, 5, 0.3) + some(rows, 6, 0.05)
    var graded = some(columns, 7, 0.1).map { column in
      (
        channel: [GradedEvents.Channel.error, .y1, .y2, .y3][
          Int(random.uniform(8, tick, column) * 4)], column: column,
        value: Int(random.uniform(9, tick, column) * 200) - 100
      )
    }
    if tick % 5 == 2 { graded.append((.reward, 0, 30)) }
    trial.step(
      pre: pre, post: some(columns, 10, 0.15), graded: graded,
      membranes: (0..<columns).map { Int(random.uniform(11, tick, $0) * 256) })
  }

  /// Everything that the engine keeps.
  func numbers(_ trial: EngineTrial) -> [Double] {
    var numbers = [RegisterProbe.Register.x1, .x2, .y1, .y2, .y3, .error].flatMap(trial.registers)
    for row in 0..<rows {
      for column in 0..<columns {
        for register in [RegisterProbe.Register.weight, .delay, .tag] {
          numbers.append(trial.number(register, row: row, column: column))
        }
      }
    }
    return numbers
  }
}
