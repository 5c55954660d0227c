import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Between DAC code and circuit, and between membrane and ADC code.
@Suite struct ReadoutPathTests {
  let plain: ChipSpec
  let core: CoreOnChip

  init() throws {
    plain = try ChipLibrary.chip("synapus-1")
    core = try #require(CoreOnChip(0, on: plain.geometry))
  }

  private func chip(
    _ spec: ChipSpec, _ settings: EmulationSettings, _ circuits: [CircuitSettings]? = nil
  ) throws -> EmulatedChip {
    let chip = try EmulatedChip(spec, settings)
    try chip.load(image(spec, circuits))
    return chip
  }

  private func image(_ spec: ChipSpec, _ circuits: [CircuitSettings]?) throws -> ChipImage {
    var image = try TestImage.make(for: spec)
    if let circuits { image.cores[0].circuits = circuits }
    return image
  }

  /// The potentials of all fifteen circuits at rest, in volts.
  private func rests(_ chip: EmulatedChip) throws -> [Double] {
    let spec = chip.info.spec
    var experiment = TestImage.experiment(for: spec, samples: 1)
    experiment.inputs = SpikeBatch(offsets: [0, 0], cycles: [], units: [])
    experiment.recorded = RecordingRequest(
      spikes: false,
      tracedCircuits: try (0..<15).map {
        try #require(CircuitOnChip(core, column: $0, on: spec.geometry))
      })
    return Array(try chip.run(experiment).traces.prefix(15))
  }

  @Test func cellsThatShareACodePullIt() throws {
    var spec = plain
    spec.imperfections.parameterDAC.crosstalkCodes = 12.7
    var circuits = try TestImage.make(for: spec).cores[0].circuits
    circuits[4].leak -= 100
    circuits[5].leak -= 100
    let codes = circuits.map { Double($0.leak) }
    let step = 1.6 / 1022
    let off = try rests(chip(spec, EmulationSettings(effects: []), circuits))
    let on = try rests(chip(spec, EmulationSettings(effects: .crosstalk), circuits))
    for column in 0..<15 {
      #expect(abs(off[column] - codes[column] * step) < 1e-5)
      // Twelve other circuits hold the common code, one other the second: 0.1 code each.
      let pull = (column == 4 || column == 5 ? 1 : 12) * 12.7 / 127
      #expect(abs(off[column] - on[column] - pull * step) < 1e-5, "column \(column)")
    }
  }

  @Test func cellsSettleFromTheCodesBefore() throws {
    var spec = plain
    spec.imperfections.parameterDAC.settlingSeconds = 0.02
    let step = 1.6 / 1022
    let first = try TestImage.make(for: spec).cores[0].circuits
    var second = first
    for i in second.indices { second[i].leak -= 60 }
    let settings = EmulationSettings(effects: .settling, settledSeconds: 0.02)
    let device = try chip(spec, settings, first)
    try device.load(image(spec, second))
    // One time constant later 1/e of the way is left.
    let expected = (Double(second[0].leak) + 60 * 0.36787944) * step
    for volts in try rests(device) { #expect(abs(volts - expected) < 1e-5) }
    let patient = try chip(
      spec, EmulationSettings(effects: .settling, settledSeconds: .infinity), first)
    try patient.load(image(spec, second))
    #expect(abs(try rests(patient)[0] - Double(second[0].leak) * step) < 1e-5)
  }

  /// The readout's offset moves codes, not membranes; true potentials have errors of their own.
  @Test func theReadoutsOffsetIsNotTheMembranes() throws {
    let spec = try ChipLibrary.chip("bss2-like")
    let settings = EmulationSettings(chipSeed: 4, effects: .mismatch)
    let device = try chip(spec, settings)
    let (draw, leak) = (DeviceDraw(spec, settings), 0.6)
    let volts = try rests(device)
    var experiment = TestImage.experiment(for: spec, samples: 1)
    experiment.inputs = SpikeBatch(offsets: [0, 0], cycles: [], units: [])
    experiment.recorded = RecordingRequest(spikes: false, adcPopulations: ["label"])
    let codes = try device.run(experiment).adc
    for (i, column) in (12..<15).enumerated() {
      let deviation = draw.deviation(core: core, column: column)
      let rest = leak + deviation.leakVolts + deviation.restVolts
      #expect(abs(volts[column] - rest) < 1e-3, "column \(column)")
      let shown = rest + deviation.readoutVolts - spec.readout.zeroVolts
      #expect(abs(Double(codes[i]) - shown / spec.readout.lsbVolts) < 1.2, "column \(column)")
      #expect(abs(deviation.readoutVolts) > 1e-4)
    }
  }

  /// A channel that samples late shows the membrane of that moment, between two ticks.
  @Test func channelsSampleAtTheirPhase() throws {
    var spec = plain
    spec.imperfections.readoutErrors = ReadoutErrorSpec(slope: 0.02, phaseTicks: 3)
    spec.imperfections.adcOffsetLSB = 0
    spec.readout.noiseLSB = 0
    let settings = EmulationSettings(chipSeed: 1, effects: .adc)
    let device = try chip(spec, settings)
    let draw = DeviceDraw(spec, settings)
    var experiment = TestImage.experiment(for: spec, samples: 3)
    experiment.recorded = RecordingRequest(adcPopulations: ["label", "hidden"])
    experiment.recorded.tracedCircuits = try (0..<15).map {
      try #require(CircuitOnChip(core, column: $0, on: spec.geometry))
    }
    let recording = try device.run(experiment)
    let columns = Array(12..<15) + Array(0..<12)
    var moved = 0
    for sample in 0..<3 {
      for time in 0..<recording.adcTimes {
        for (i, column) in columns.enumerated() {
          let deviation = draw.deviation(core: core, column: column)
          func volts(_ tick: Int) -> Double {
            recording.traces[(sample * TestImage.ticks + tick) * 15 + column]
          }
          let tick = 7 * time + 6
          let late = min(deviation.adcPhase, Double(TestImage.ticks - 1 - tick))
          let whole = min(Int(late), TestImage.ticks - 2)
          let (a, b) = (volts(tick + whole), volts(min(tick + whole + 1, TestImage.ticks - 1)))
          let membrane = a + (b - a) * (late - Double(whole))
          let code = (membrane - spec.readout.zeroVolts) / spec.readout.lsbVolts
          let shown = min(code * (1 + deviation.adcSlope), 255)
          let found = Double(recording.adc[(sample * recording.adcTimes + time) * 15 + i])
          if abs(volts(tick) - membrane) > 2 * spec.readout.lsbVolts { moved += 1 }
          // Half a code of rounding, and 1/128 tick of the phase on the steepest membrane.
          #expect(abs(found - shown) < 0.7, "sample \(sample) time \(time) column \(column)")
        }
      }
    }
    #expect(moved > 20, "late channels must see other potentials")
  }
}
