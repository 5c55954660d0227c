import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import TestSupport
import Testing

/// The ideal chip against solutions written here, and against itself.
@Suite struct IdealChipTests {
  let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  @Test func membranesFollowTheClosedForm() throws {
    let circuits = IdealFixture.timeConstants.map { IdealFixture.circuit($0, on: spec) }
    let drive = IdealFixture.drive(seed: 1, events: 30, ticks: 80, signs: [1, -1])
    let recording = try IdealFixture.run(circuits, drive, ticks: 100, on: spec)
    var largest = 0.0
    for (column, settings) in circuits.enumerated() {
      let circuit = NominalCircuit(settings, on: spec)
      for tick in 0..<100 {
        let expected = ClosedForm.potential(circuit, drive, atEndOf: tick)
        let found = recording.traces[tick * circuits.count + column]
        largest = max(largest, abs(found - expected))
      }
    }
    #expect(largest < 1e-9, "largest error \(largest) V")
    #expect(recording.traces.max() ?? 0 > 0.65, "nothing moved, nothing was compared")
  }

  @Test(arguments: 0..<6)
  func spikesFallWhereAFineIntegrationCrosses(seed: Int) throws {
    let circuits = IdealFixture.timeConstants.enumerated().map { i, ticks in
      IdealFixture.circuit(ticks, threshold: 0.62 + 0.01 * Double(i), refractory: 1 + i, on: spec)
    }
    let drive = IdealFixture.drive(seed: seed, events: 120, ticks: 60, signs: [1])
    let recording = try IdealFixture.run(circuits, drive, ticks: 100, on: spec)
    var released = 0
    for (column, settings) in circuits.enumerated() {
      var neuron = FineIntegration(NominalCircuit(settings, on: spec))
      let expected = neuron.run(drive, ticks: 100)
      let found = recording.spikes.cycles.indices.filter {
        recording.spikes.units[$0] == UInt32(column)
      }.map { Int(recording.spikes.cycles[$0]) }
      #expect(found == expected.spikes, "seed \(seed), circuit \(column)")
      released += neuron.releasesWithinTicks
      for tick in 0..<100 {
        let volts = recording.traces[tick * circuits.count + column]
        #expect(abs(volts - expected.membrane[tick]) < 1e-9, "seed \(seed), tick \(tick)")
      }
    }
    #expect(released > 20, "seed \(seed): refractory times hardly ended within ticks")
  }

  @Test func equalCircuitsFireTogetherLongAfterTheLastEvent() throws {
    let circuit = IdealFixture.circuit((60, 40, 40), threshold: 0.61, refractory: 100, on: spec)
    var drive = IdealFixture.Drive()
    drive.events = [.init(cycle: 5, weight: 10)]
    let recording = try IdealFixture.run(
      Array(repeating: circuit, count: 40), drive, ticks: 60, on: spec)
    #expect(recording.spikes.spikeCount == 40)
    #expect(Set(recording.spikes.cycles).count == 1)
    #expect(recording.spikes.cycles.allSatisfy { $0 > 2 * 64 }, "fired with the event")
  }

  @Test func threadsAndBatchesDoNotShow() throws {
    let experiment = try network(samples: 9)
    let one = try run(experiment, threads: 1)
    #expect(try run(experiment, threads: 2) == one)
    var spikes = SpikeBatch()
    var traces: [Double] = []
    for sample in 0..<9 {
      var single = experiment
      single.inputs = experiment.inputs.selecting([sample])
      single.sampleNumbers = [experiment.sampleNumbers[sample]]
      let recording = try run(single, threads: 1)
      spikes.cycles += recording.spikes.cycles
      spikes.units += recording.spikes.units
      spikes.offsets.append(spikes.cycles.count)
      traces += recording.traces
    }
    #expect(spikes == one.spikes)
    #expect(traces == one.traces)
    #expect(one.counters.spikes > 20)
  }

  @Test func exactWeightsThatAreStepsCountAsSteps() throws {
    let chip = IdealChip(spec)
    try chip.load(try TestImage.make(for: spec))
    let experiment = try network(samples: 4)
    let block = try TestImage.block(for: spec, seed: 9)
    let before = try chip.run(experiment)
    try chip.write([block])
    let steps = try chip.run(experiment)
    guard case .steps(let values) = block.values else { throw MissingValue(description: "steps") }
    var exact = block
    exact.values = .exact(values.map { Double($0) + 0.25 })
    try chip.write([exact])
    #expect(try chip.run(experiment).traces != steps.traces)
    exact.values = .exact(values.map(Double.init))
    try chip.write([exact])
    #expect(try chip.run(experiment) == steps)
    #expect(before.traces != steps.traces)
  }

  @Test func nothingIsLost() throws {
    var experiment = try network(samples: 1)
    let burst = (0..<60).flatMap { _ in Array(UInt32(0)..<8) }
    experiment.inputs.cycles = burst.map { _ in UInt32(20 * 64 + 63) }
    experiment.inputs.units = burst
    experiment.inputs.offsets = [0, burst.count]
    let counters = try run(experiment, threads: 1).counters
    #expect(counters.inputEvents == 480)
    #expect(counters.spikes >= TestImage.hidden / 2)
    #expect(counters.rowEvents + counters.unfinished == 480 + counters.spikes)
    #expect(counters.lostAtPort == 0 && counters.lostInNetwork == 0)
    #expect(counters.inputSaturated == 0)
  }

  @Test func theADCRoundsAndCountsWhatItClips() throws {
    let chip = IdealChip(spec)
    try chip.load(try TestImage.make(for: spec))
    var block = try TestImage.block(for: spec, seed: 9)
    block.values = .exact((0..<block.values.count).map { $0 % 2 == 0 ? 20 : -1e300 })
    try chip.write([block])
    let recording = try chip.run(try network(samples: 3))
    let readout = spec.readout
    let read = recording.traces.map { (($0 - readout.zeroVolts) / readout.lsbVolts).rounded() }
    let largest = Double(readout.largestCode)
    #expect(recording.adc.map(Double.init) == read.map { min(max($0, 0), largest) })
    #expect(recording.counters.adcClipped == read.count { $0 < 0 || $0 > largest })
    #expect(recording.counters.adcClipped > 50)
  }

  /// The test network; the ADC reads and traces show the same circuits at every tick.
  private func network(samples: Int) throws -> Experiment {
    let core = try required(CoreOnChip(0, on: spec.geometry), "core 0")
    let circuits = try (0..<TestImage.hidden).map {
      try required(CircuitOnChip(core, column: $0, on: spec.geometry), "column")
    }
    return TestImage.experiment(
      for: spec, samples: samples,
      recorded: RecordingRequest(
        adcPopulations: ["hidden"], adcEvery: 1, tracedCircuits: circuits))
  }

  private func run(_ experiment: Experiment, threads: Int) throws -> Recording {
    let chip = IdealChip(spec, threads: threads)
    try chip.load(try TestImage.make(for: spec))
    return try chip.run(experiment)
  }
}
