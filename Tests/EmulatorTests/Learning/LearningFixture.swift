import ChipInterface
import Emulator
import FirmwareModels
import HardwareSpec
import TestSupport

/// Rules and images for tests of the learning engine.
enum LearningFixture {
  /// A program of equations, with traces x1 and y1 of the same impulse and time constant.
  static func program(
    dw: String? = nil, dt: String? = nil, on spec: ChipSpec, epoch: Int = 1, impulse: Double = 16,
    tau: Double = 10
  ) throws -> LearningProgram {
    let learning = try required(spec.learning, "learning engine")
    var settings = RuleSettings()
    settings.epochTicks = epoch
    let trace = TraceSettings(impulse: impulse, timeConstant: tau)
    (settings.x1, settings.y1, settings.x2, settings.y2) = (trace, trace, trace, trace)
    let rule = try LearningRule(dw: dw, dt: dt, settings: settings)
    let words = try rule.assemble(for: learning).words
    var program = LearningProgram(name: "test", words: words, epochTicks: epoch)
    let same = TraceSettings(impulse: impulse, timeConstant: tau)
    (program.x1, program.y1, program.x2, program.y2) = (same, same, same, same)
    return program
  }

  /// One core of circuits that do not fire by themselves; input i drives row pair i, and all
  /// synapses learn.
  static func image(
    _ spec: ChipSpec, _ program: LearningProgram, inputs: Int, columns: Int, weight: Int8 = 0,
    isSigned: Bool = true
  ) throws -> ChipImage {
    let circuit = CircuitSettings(
      nearest: NominalCircuit(
        leak: 0.5, reset: 0.5, threshold: 0.9, membraneTicks: 20, excitatoryTicks: 10,
        inhibitoryTicks: 10, excitatoryGain: 1e-4, inhibitoryGain: 1e-4, refractoryTicks: 1,
        fires: true), on: spec)
    var image = ChipImage.singleCore(
      spec, circuits: Array(repeating: circuit, count: columns), inputs: inputs,
      weights: Array(repeating: weight, count: inputs * columns), durationTicks: 100)
    image.programs = [program]
    image.cores[0].plasticBlocks = [
      PlasticBlock(
        firstPair: 0, pairCount: inputs, firstColumn: 0, columnCount: columns, program: 0,
        isSigned: isSigned)
    ]
    return image
  }

  /// Inputs that arrive, and teachers that make columns fire, by tick.
  static func experiment(
    _ spec: ChipSpec, ticks: Int, samples: Int = 1, arriving: [(tick: Int, input: Int)] = [],
    firing: [(tick: Int, column: Int)] = [], graded: [GradedEvents.Event] = [],
    registers: [RegisterProbe.Register]
  ) -> Experiment {
    var batch = SpikeBatch()
    let inputs = arriving.sorted { ($0.tick, $0.input) < ($1.tick, $1.input) }
    for _ in 0..<samples {
      // An input event acts one tick after it was sent.
      batch.cycles += inputs.map { UInt32(($0.tick - 1) * spec.time.cyclesPerTick) }
      batch.units += inputs.map { UInt32($0.input) }
      batch.offsets.append(batch.cycles.count)
    }
    var recorded = RecordingRequest()
    recorded.registers = registers.map { RegisterProbe($0, core: 0, everyTick: true) }
    var experiment = Experiment(
      durationTicks: ticks, inputs: batch, sampleNumbers: Array(repeating: 0, count: samples),
      recorded: recorded)
    let teachers = firing.map {
      GradedEvents.Event(
        tick: UInt32($0.tick), channel: .teacher, unit: UInt32($0.column), value: 0)
    }
    let events = (teachers + graded).sorted { $0.tick < $1.tick }
    experiment.graded = GradedEvents(Array(repeating: events, count: samples))
    return experiment
  }

  /// A chip without imperfections.
  static func chip(_ spec: ChipSpec, _ kernel: EmulationSettings.Kernel = .auto) throws
    -> EmulatedChip
  {
    try EmulatedChip(spec, EmulationSettings(mismatch: 0, effects: [], kernel: kernel))
  }
}
