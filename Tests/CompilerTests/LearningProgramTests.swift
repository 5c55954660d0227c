import ChipInterface
import Compiler
import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// What an assembled rule says is what the image's program says.
@Suite struct LearningProgramTests {
  private static func program(_ text: String) throws -> LearningProgram {
    let spec = try required(try ChipLibrary.chip("synapus-1").learning, "learning section")
    return LearningProgram(try LearningRule(parsing: text, file: "all.rule").assemble(for: spec))
  }

  @Test func everyLineIsCarried() throws {
    let program = try Self.program(
      """
      epoch: 8
      x1: impulse 16, tau 10
      x2: impulse 16.5, tau 11, events
      y1: impulse 3, tau 20, bursts
      y3: impulse 4, tau 30
      burst: 16
      reward: tau 100
      error: tau 50, own-spike -12, minus-membrane
      membrane: linear
      tag-carry: 32
      rewiring: every 10, group 8, synapses 2, keep-from 3, new 4
      dw = 2^-2*x1*y0
      dt = u0*e*p
      """)
    var expected = LearningProgram(
      name: "all",
      words: [0x4400_7E10, 0x8400_0000, 0x6800_4020, 0xAC00_0000, 0xB000_0000]
        .map { MicrocodeWord(rawValue: $0) },
      epochTicks: 8)
    expected.x1 = TraceSettings(impulse: 16, timeConstant: 10)
    expected.x2 = TraceSettings(impulse: 16.5, timeConstant: 11, trigger: .events)
    expected.y1 = TraceSettings(impulse: 3, timeConstant: 20, trigger: .bursts)
    expected.y3 = TraceSettings(impulse: 4, timeConstant: 30)
    expected.burstTicks = 16
    expected.reward = GradedSettings(timeConstant: 100)
    expected.error = GradedSettings(timeConstant: 50, ownSpike: -12, subtractsMembrane: true)
    expected.membraneTable = (-128...127).map { Int8($0) }
    expected.tagCarry = 32
    expected.rewiring = Rewiring(
      everyEpochs: 10, groupPairs: 8, synapsesPerGroup: 2, keepsFrom: 3, initialWeight: 4)
    #expect(program == expected)
  }

  @Test func gradedTraces() throws {
    let program = try Self.program("traces: graded\ndw = u0*y1*y2*y3")
    #expect(program.tracesFromEvents && program.y1 == .off && program.name == "all")
  }
}
