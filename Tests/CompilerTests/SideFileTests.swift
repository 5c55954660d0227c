import Compiler
import HardwareSpec
import TestSupport
import Testing

struct SideFileTests {
  @Test func everyKeySetsItsOption() throws {
    let file = try SideFile(
      yaml: """
        format: synapus-network/1
        dt: 1.0e-4
        ticks_per_step: 2
        duration_ticks: 300
        reset: subtract
        refractory_ticks: 4
        scale: neuron
        rounding: least-error
        max_clip: 0.05
        coding: first-spike
        readout:
          population: out
          measure: most-spikes
        projections:
          - name: fc1
            copies: 5
            weight_per_step: 0.25
        """, file: "net.synapus.yaml")
    var options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    file.apply(to: &options)
    #expect(options.dt == 1e-4)
    #expect((options.ticksPerStep, options.durationTicks) == (2, 300))
    #expect((options.reset, options.refractoryTicks) == (.subtract, 4))
    #expect((options.scale, options.rounding) == (.neuron, .leastError))
    #expect(options.maxClip == 0.05)
    #expect(options.coding == "first-spike")
    #expect(options.readout == .init(population: "out", measure: .mostSpikes))
    #expect(options.projections == [.init("fc1", copies: 5, weightPerStep: 0.25)])
  }

  @Test func absentKeysLeaveOptionsAlone() throws {
    let defaults = CompileOptions(try ChipLibrary.chip("synapus-1"))
    var options = defaults
    try SideFile(yaml: "format: synapus-network/1\n", file: "a").apply(to: &options)
    #expect(options == defaults)
  }

  @Test func everyFaultIsListedWithItsLine() throws {
    let text = """
      format: synapus-network/1
      dt: fast
      reset: never
      refractory: 3
      """
    let error = #expect(throws: CompilerError.self) {
      try SideFile(yaml: text, file: "net.synapus.yaml")
    }
    guard case .faultyFile(let file, let faults)? = error else { return }
    #expect(file == "net.synapus.yaml")
    #expect(faults.map(\.line) == [2, 3, 4])
    #expect(faults[2].message.contains("unknown key 'refractory'"))
    #expect(faults[1].message.contains("file, zero, subtract"))
  }
}
