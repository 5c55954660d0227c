import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

@Suite struct ScratchSpeed {
  @Test func speed() throws {
    let spec = try ChipLibrary.chip("synapus-1-mesh-16x16")
    var random = SequentialRandom(seed: 1, stream: 9)
    let leak = UInt16(400)
    for mode in 0..<3 {
      var groups: [CircuitGroup] = []
      if mode == 1 {
        for by in 0..<4 { for bx in 0..<4 { for column in 0..<256 {
          let members = try (0..<16).map { i in
            try CoupledChip.circuit((by * 4 + i / 4) * 16 + bx * 4 + i % 4, column, on: spec)
          }
          groups.append(.joined(members))
        } } }
      }
      if mode == 2 {
        for core in 0..<256 { for column in stride(from: 0, to: 256, by: 2) {
          groups.append(CircuitGroup(members: try [CoupledChip.circuit(core, column, on: spec), CoupledChip.circuit(core, column + 1, on: spec)], couplings: [Coupling(first: 0, second: 1, conductance: 300)]))
        } }
      }
      var image = CoupledChip.image(groups, cores: 256, on: spec)
      for c in image.cores.indices { for k in 0..<256 {
        image.cores[c].circuits[k].leak = leak
        if mode == 0 { image.cores[c].circuits[k].options.resetTime = 500 }
        let inBlock = (c / 16) % 4 * 4 + c % 4
        if inBlock == 0 || mode != 1 { image.cores[c].circuits[k].fires = true; image.cores[c].circuits[k].threshold = UInt16(360 + random.next() % 39) }
      } }
      for threads in [1, 2] {
        let chip = try EmulatedChip(spec, EmulationSettings(chipSeed: 1, effects: [.mismatch, .noise], threads: threads))
        try chip.load(image)
        let ticks = 1000
        let clock = ContinuousClock()
        var recording: Recording?
        let time = try clock.measure {
          recording = try chip.run(Experiment(durationTicks: ticks, inputs: SpikeBatch(offsets: [0, 0], cycles: [], units: []), sampleNumbers: [0], recorded: RecordingRequest()))
        }
        print("SPEED mode \(mode) threads \(threads): \(Double(ticks) / (Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds))) steps/s, spikes \(recording?.counters.spikes ?? 0)")
      }
    }
  }
}
