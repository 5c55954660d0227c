import ChipInterface
import Compiler
import FirmwareModels
import HardwareSpec

extension GoldenCase {
  /// Reads `loihi-learning-golden-1`: one plastic projection; the spikes of both sides are given.
  ///
  /// The receivers cannot reach their threshold: they spike where teacher events make them.
  init(learning file: GoldenObject, on spec: ChipSpec) throws(GoldenError) {
    let plastic = try PlasticCase(file, on: spec)
    var runs: [Run] = []
    if file.has("fixed") { runs.append(try plastic.run(.emulated, try file.object("fixed"))) }
    if file.has("float") { runs.append(try plastic.run(.ideal, try file.object("float"))) }
    guard !runs.isEmpty else { throw .missing(key: "fixed") }
    self.init(model: "learning", steps: plastic.steps, inputs: plastic.inputs, runs: runs)
  }
}

/// What both models of a learning case share.
private struct PlasticCase {
  let steps: Int
  let inputs: SpikeBatch
  private let file: GoldenObject
  private let senders, receivers: Int
  private let program: LearningProgram
  private let projection: RegisterProjection
  private let isThreeFactor: Bool

  init(_ file: GoldenObject, on spec: ChipSpec) throws(GoldenError) {
    self.file = file
    steps = try GoldenCase.steps(file)
    let weights = try file.array("weights0", [nil, nil])
    (receivers, senders) = (weights.shape[0], weights.shape[1])
    guard (1...1024).contains(receivers), (1...4096).contains(senders) else {
      throw .shape(key: "weights0", found: weights.shape, needed: "up to 1024 x 4096")
    }
    inputs = try GoldenCase.spikes("pre_spikes", file, steps: steps, channels: senders).batch
    isThreeFactor = try file.flag("three_factor", absent: false)
    program = try Self.program(
      try file.object("rule"), isThreeFactor: isThreeFactor, on: spec)
    projection = try Self.projection(file, receivers: receivers, senders: senders)
  }

  private static func projection(
    _ file: GoldenObject, receivers: Int, senders: Int
  ) throws(GoldenError) -> RegisterProjection {
    func table(_ key: String, _ range: ClosedRange<Int>) throws(GoldenError) -> [[Int]] {
      guard file.has(key) else { return [] }
      return GoldenArray.rows(
        try file.integers(key, [receivers, senders], range), columns: senders)
    }
    var projection = RegisterProjection(
      name: "synapses", source: nil, target: "neurons",
      weights: try table("weights0", -256...255), delays: try table("delay0", 0...255),
      tags: try table("tag0", -257...255))
    projection.signMode = try SignMode(file, "sign_mode")
    projection.weightBits = try file.integer("num_weight_bits", 1...8, absent: 8)
    projection.weightExponent = try file.integer("weight_exp", -8...7, absent: 0)
    projection.delayActs = false
    return projection
  }

  /// The rule as microcode.
  private static func program(
    _ rule: GoldenObject, isThreeFactor: Bool, on spec: ChipSpec
  ) throws(GoldenError) -> LearningProgram {
    var settings = RuleSettings()
    settings.epochTicks = try rule.integer("t_epoch", 1...65_535, absent: 1)
    settings.tracesFromEvents = isThreeFactor
    (settings.x1, settings.x2) = (try trace(rule, "x1"), try trace(rule, "x2"))
    if isThreeFactor {
      // What lava's three-factor connection gives its y traces.
      let held = TraceSettings(impulse: 0, timeConstant: 65_535)
      (settings.y1, settings.y2, settings.y3) = (held, held, held)
    } else {
      (settings.y1, settings.y2) = (try trace(rule, "y1"), try trace(rule, "y2"))
      settings.y3 = try trace(rule, "y3")
    }
    func text(_ key: String) throws(GoldenError) -> String? {
      rule.has(key) ? try rule.text(key) : nil
    }
    let texts = (dw: try text("dw"), dd: try text("dd"), dt: try text("dt"))
    guard let learning = spec.learning else { throw .noLearning(chip: spec.name) }
    do throws(RuleError) {
      let parsed = try LearningRule(
        dw: texts.dw, dd: texts.dd, dt: texts.dt, name: "golden",
        settings: settings.saturated(at: Double((1 << learning.traceBits) - 1)))
      var program = LearningProgram(try parsed.assemble(for: learning))
      program.restoreImpulses(of: settings)
      return program
    } catch {
      throw .rule(error)
    }
  }

  private static func trace(
    _ rule: GoldenObject, _ name: String
  ) throws(GoldenError) -> TraceSettings? {
    guard rule.has("\(name)_impulse") || rule.has("\(name)_tau") else { return nil }
    return TraceSettings(
      impulse: try rule.number("\(name)_impulse", 0...100_000, absent: 0),
      timeConstant: try rule.number("\(name)_tau", 0...1e9, absent: 0))
  }
}

extension RuleSettings {
  /// The settings with impulses that a chip can store.
  fileprivate func saturated(at largest: Double) -> RuleSettings {
    var settings = self
    for trace in [\RuleSettings.x1, \.x2, \.y1, \.y2, \.y3] {
      if let impulse = settings[keyPath: trace]?.impulse {
        settings[keyPath: trace]?.impulse = min(impulse, largest)
      }
    }
    return settings
  }
}

extension LearningProgram {
  /// Puts impulses back as the file has them: real-valued traces take them unrounded.
  fileprivate mutating func restoreImpulses(of settings: RuleSettings) {
    x1.impulse = settings.x1?.impulse ?? 0
    x2.impulse = settings.x2?.impulse ?? 0
    y1.impulse = settings.y1?.impulse ?? 0
    y2.impulse = settings.y2?.impulse ?? 0
    y3.impulse = settings.y3?.impulse ?? 0
  }
}

extension PlasticCase {
  /// One of the two models: integers on the emulated chip, real numbers on the ideal one.
  func run(
    _ target: GoldenCase.Run.Target, _ results: GoldenObject
  ) throws(GoldenError) -> GoldenCase.Run {
    var projection = projection
    projection.program = program
    // The float model's weights are never truncated; only those of mixed signs could be.
    if target == .ideal {
      let isMixed = projection.signMode == nil || projection.signMode == .mixed
      projection.weightBits = isMixed ? 9 : 8
    }
    // The bias keeps the voltage below the threshold whatever the current is.
    let silent = CurrentBasedNeuron(
      currentDecay: 4095, voltageDecay: 4095, threshold: (1 << 17) - 1, biasMantissa: -4096,
      biasExponent: 7)
    let body = CurrentBasedNetwork(
      inputCount: senders,
      populations: [
        RegisterPopulation(
          name: "neurons", neurons: Array(repeating: silent, count: receivers))
      ], projections: [projection])
    return GoldenCase.Run(
      target: target,
      network: RegisterNetwork(name: "golden", steps: steps, body: .currentBased(body)),
      graded: try gradedEvents(), draws: target == .emulated ? try draws() : nil,
      expectations: try expectations(results, isExact: target == .emulated))
  }

  private func expectations(
    _ results: GoldenObject, isExact: Bool
  ) throws(GoldenError) -> [GoldenExpectation] {
    let neurons = GoldenExpectation.Place.neurons(population: 0)
    let known: [(String, RegisterProbe.Register, GoldenExpectation.Place, [Int])] = [
      ("x1", .x1, .axons, [senders]), ("x2", .x2, .axons, [senders]),
      ("y1", .y1, neurons, [receivers]), ("y2", .y2, neurons, [receivers]),
      ("y3", .y3, neurons, [receivers]), ("weights", .weight, .synapses, [receivers, senders]),
      ("tag", .tag, .synapses, [receivers, senders]),
      ("delay", .delay, .synapses, [receivers, senders]), ("a_out", .input, neurons, [receivers]),
    ]
    for key in results.keys where !known.contains(where: { $0.0 == key }) {
      throw .word(key: results.name(key), found: key, known: known.map(\.0))
    }
    var expectations: [GoldenExpectation] = []
    for (key, register, place, shape) in known where results.has(key) {
      expectations.append(
        GoldenExpectation(
          name: results.name(key), register: register, place: place,
          numbers: try results.array(key, [steps] + shape), absolute: isExact ? 0 : 1e-6,
          relative: isExact ? 0 : 1e-9))
    }
    return expectations
  }

  /// Spikes of the receivers, or what overwrites their traces, step by step.
  private func gradedEvents() throws(GoldenError) -> [GradedEvents.Event] {
    let shape = [steps, receivers]
    var channels: [(GradedEvents.Channel, [Int])] = []
    if isThreeFactor {
      for (key, channel) in [
        ("y1_in", GradedEvents.Channel.y1), ("y2_in", .y2), ("y3_in", .y3),
      ] where file.has(key) {
        channels.append((channel, try file.integers(key, shape, -32_768...32_767)))
      }
    } else {
      channels = [(.teacher, try file.integers("post_spikes", shape, 0...1))]
    }
    var events: [GradedEvents.Event] = []
    for step in 0..<steps {
      for (channel, values) in channels {
        for receiver in 0..<receivers {
          let value = values[step * receivers + receiver]
          if channel == .teacher && value == 0 { continue }
          events.append(
            GradedEvents.Event(
              tick: UInt32(step), channel: channel, unit: UInt32(receiver), value: Int16(value)))
        }
      }
    }
    return events
  }

  private func draws() throws(GoldenError) -> LearningDraws {
    let random = try file.object("random")
    func uniform(_ key: String) throws(GoldenError) -> [Double] {
      try random.array(key, [nil]).checked(random.name(key), 0...1)
    }
    func whole(_ key: String) throws(GoldenError) -> [Int] {
      try random.integers(key, [nil], 0...127)
    }
    return LearningDraws(
      xDecay: try uniform("x_decay"), yDecay: try uniform("y_decay"),
      rounding: try uniform("syn_round"), xImpulse: try whole("x_impulse"),
      yImpulse: try whole("y_impulse"), yImpulseRepeat: try whole("y_impulse_repeat"))
  }
}
