import ChipInterface
import Emulator
import Fidelity
import HardwareSpec
import TestSupport
import Testing

/// The explanation of a spike, against runs from which single events were taken.
@Suite struct SpikeDiagnosisTests {
  private static func emulated(_ effects: Effects, _ seed: UInt64) throws -> EmulatedChip {
    try EmulatedChip(
      ChipLibrary.chip("synapus-1"),
      EmulationSettings(chipSeed: seed, trialSeed: 3, mismatch: 0.2, effects: effects))
  }

  /// A question about the first neuron that has so many spikes in the sample.
  private static func question(
    _ chip: any Chip, spike: Int, seed: UInt64
  ) throws -> SpikeQuestion {
    let image = try TestImage.make(for: chip.info.spec, seed: seed)
    var experiment = TestImage.experiment(for: chip.info.spec, samples: 1, seed: seed)
    experiment.recorded = RecordingRequest()
    try chip.load(image)
    let spikes = try chip.run(experiment).spikes
    let unit = try #require(
      (0..<UInt32(TestImage.hidden)).first { unit in
        spikes.units.count { $0 == unit } > spike
      }, "seed \(seed): nothing fires \(spike + 1) times")
    return SpikeQuestion(
      image: image, sample: experiment, sampleIndex: 0,
      recorded: zip(spikes.cycles, spikes.units).map { ($0, $1) }, unit: Int(unit),
      name: "hidden:\(unit)", spike: spike)
  }

  @Test(arguments: [0, 1], 1...5 as ClosedRange<UInt64>)
  func contributionsAddUpToTheThreshold(spike: Int, seed: UInt64) throws {
    let chip = try Self.emulated([.mismatch, .synapse], seed)
    let found = try SpikeDiagnosis(Self.question(chip, spike: spike, seed: seed), on: chip)
    let sum = found.baseline + found.causes.reduce(0) { $0 + $1.volts } + found.remainder
    #expect(abs(sum - found.threshold) < 1e-9)
    // Without noise only rounding and the phase of the crossing are left: one ADC code.
    #expect(abs(found.remainder) < chip.info.spec.readout.lsbVolts, "seed \(seed)")
    #expect(found.isLinear && found.margin > -1e-9)
    #expect(abs(found.causes.reduce(0) { $0 + $1.share } - 1) < 0.1)
    #expect(found.causes == found.causes.sorted { abs($0.volts) > abs($1.volts) })
  }

  /// Takes each of the strongest input events away, runs again, and looks at the true membrane.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func contributionsAreWhatTakingTheEventAwayTakes(seed: UInt64) throws {
    let chip = try Self.emulated([.mismatch, .synapse], seed)
    let question = try Self.question(chip, spike: 0, seed: seed)
    let found = try SpikeDiagnosis(question, on: chip)
    // The last tick's end before the spike.
    let tick = Int(found.time.rounded(.down)) - 1
    let cycles = Double(chip.info.spec.time.cyclesPerTick)
    func run(without input: Int?) throws -> (membrane: Double, fires: Bool) {
      var experiment = question.sample
      if let input {
        experiment.inputs.cycles.remove(at: input)
        experiment.inputs.units.remove(at: input)
        experiment.inputs.offsets[1] -= 1
      }
      experiment.recorded = RecordingRequest(tracedCircuits: [found.circuit])
      let recording = try chip.run(experiment)
      let fires = zip(recording.spikes.units, recording.spikes.cycles).contains { unit, cycle in
        Int(unit) == question.unit && abs(Double(cycle) / cycles - found.time) <= 1
      }
      return (recording.traces[tick], fires)
    }
    let whole = try run(without: nil)
    #expect(whole.fires)
    var compared = 0
    // Without an inhibiting event the neuron would fire earlier, and nothing could be compared.
    for cause in found.causes.prefix(8) where cause.excites {
      let input = try #require(
        question.sample.inputs.cycles.indices.first {
          Int(question.sample.inputs.units[$0]) == cause.pair
            && abs(1 + Double(question.sample.inputs.cycles[$0]) / cycles - cause.time) < 0.05
        }, "the event is one of the inputs")
      let less = try run(without: input)
      let taken = whole.membrane - less.membrane
      if cause.isDecisive { #expect(!less.fires, "seed \(seed), pair \(cause.pair)") }
      let expected = cause.volts * ratio(found, cause, at: Double(tick + 1))
      #expect(
        abs(taken - expected) < 0.5 * chip.info.spec.readout.lsbVolts,
        "seed \(seed), pair \(cause.pair): \(taken) V, not \(expected) V")
      compared += 1
    }
    #expect(compared >= 2, "seed \(seed): nothing was compared")
  }

  /// How much of a contribution at the spike stood at an earlier time, by the alpha function that
  /// equal nominal time constants give; exact enough over less than two ticks.
  private func ratio(
    _ found: SpikeDiagnosis, _ cause: SpikeDiagnosis.Cause, at time: Double
  ) -> Double {
    func response(_ u: Double) -> Double { u <= 0 ? 0 : u * DeterministicMath.exp(-u / 20) }
    return response(time - cause.time) / response(found.time - cause.time)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func theIdealChipIsItsOwnIdeal(seed: UInt64) throws {
    let chip = IdealChip(try ChipLibrary.chip("synapus-1"))
    for spike in 0...1 {
      let found = try SpikeDiagnosis(Self.question(chip, spike: spike, seed: seed), on: chip)
      let ideal = try #require(found.ideal.time)
      #expect(abs(ideal - found.time) < 0.05, "seed \(seed): \(ideal) and \(found.time) ticks")
      #expect(found.causes.allSatisfy { $0.stored == $0.effective })
    }
  }

  @Test func sourcesAreNamedInDesignWords() throws {
    let chip = try Self.emulated([], 1)
    let found = try SpikeDiagnosis(Self.question(chip, spike: 0, seed: 1), on: chip)
    for cause in found.causes {
      #expect(cause.source == "input \(cause.pair)")
      #expect(cause.projection == "in")
    }
    #expect(found.circuit.column == Int(found.neuron.split(separator: ":")[1]))
  }

  @Test func aRunThatDiffersIsNotExplained() throws {
    let chip = try Self.emulated(.all, 1)
    var question = try Self.question(chip, spike: 0, seed: 1)
    let other = try EmulatedChip(chip.info.spec, EmulationSettings(chipSeed: 99))
    #expect {
      try SpikeDiagnosis(question, on: other)
    } throws: { error in
      guard case DiagnosisError.notReproduced(sample: 0, _, _, _, _) = error else { return false }
      return true
    }
    question.spike = 1000
    #expect {
      try SpikeDiagnosis(question, on: chip)
    } throws: { error in
      guard case DiagnosisError.noSuchSpike = error else { return false }
      return true
    }
    (question.spike, question.unit) = (0, 999)
    #expect(throws: DiagnosisError.noSuchUnit(unit: 999, count: 15)) {
      try SpikeDiagnosis(question, on: chip)
    }
  }
}
