import ChipInterface
import Foundation
import Testing
import Training

/// The gradient of reference and kernel against `tools/reference/gradient.py`, which perturbs every
/// weight forward through the linearised model in double precision.
@Suite struct GradientTests {
  @Test(arguments: GradientFixture.all)
  func referenceAgreesWithTheOracle(_ fixture: GradientFixture) throws {
    let reference = NominalBackward(
      model: fixture.model, outputWeights: fixture.outputWeights)
    try fixture.expect(reference.gradient(of: fixture.batch()), within: 1e-9)
  }

  @Test(arguments: GradientFixture.all)
  func kernelAgreesWithTheOracle(_ fixture: GradientFixture) throws {
    let kernel = BackwardKernel(model: fixture.model)
    let gradient = try kernel.gradient(
      of: fixture.batch(), outputWeights: fixture.outputWeights)
    try fixture.expect(gradient, within: 1e-5)
  }

  @Test(arguments: GradientFixture.all)
  func kernelRepeatsBitForBitForAnyThreads(_ fixture: GradientFixture) throws {
    let batch = try fixture.batch()
    let one = BackwardKernel(model: fixture.model, threads: 1)
    let two = BackwardKernel(model: fixture.model, threads: 2)
    let expected = one.gradient(of: batch, outputWeights: fixture.outputWeights)
    for _ in 0..<3 {
      #expect(two.gradient(of: batch, outputWeights: fixture.outputWeights) == expected)
    }
  }

  @Test func oracleCoversTheCasesThatMatter() throws {
    let fixtures = GradientFixture.all
    #expect(fixtures.contains { $0.adcEvery == 1 } && fixtures.contains { $0.adcEvery > 1 })
    #expect(fixtures.contains { $0.burstPenalty > 0 })
    #expect(fixtures.contains { $0.ticks % $0.adcEvery != 0 })
    #expect(fixtures.contains { $0.inputEvents.emptySamples > 0 })
  }

  @Test func recordingOfAnotherShapeIsRefused() throws {
    let fixture = try #require(GradientFixture.all.first)
    var recording = fixture.recording
    recording.adc.removeLast()
    #expect(throws: TrainingError.self) { try fixture.batch(recording) }
    recording = fixture.recording
    recording.spikes.units[0] = 1_000
    #expect(throws: TrainingError.self) { try fixture.batch(recording) }
    recording = fixture.recording
    recording.spikes.cycles[recording.spikes.cycles.count - 1] = UInt32(fixture.ticks * 64)
    #expect(throws: TrainingError.self) { try fixture.batch(recording) }
    #expect(throws: TrainingError.labelOutOfRange(label: 9, classes: 3)) {
      try InjectedBatch(
        model: fixture.model, inputs: fixture.inputEvents.batch, recording: fixture.recording,
        labels: fixture.labels.map { _ in 9 })
    }
  }
}

/// One case of `gradients.json`.
struct GradientFixture: Decodable, Sendable, CustomTestStringConvertible {
  struct Events: Decodable, Sendable {
    let offsets: [Int]
    let cycles, units: [UInt32]

    var batch: SpikeBatch { SpikeBatch(offsets: offsets, cycles: cycles, units: units) }
    var emptySamples: Int { zip(offsets, offsets.dropFirst()).filter { $0 == $1 }.count }
  }

  let name: String
  let inputs, hidden, outputs, ticks, adcEvery: Int
  let hiddenMembraneTicks, hiddenCurrentTicks, outputMembraneTicks, outputCurrentTicks: Double
  let hiddenLeakCode, outputLeakCode, codesPerTheta: Double
  let steepness, readoutScale, readoutPenalty, burstPenalty: Double
  let inputEvents, spikes: Events
  let codes: [UInt8]
  let labels: [Int]
  let outputWeights, inputGradient, hiddenGradient: [Double]
  let loss: Double
  let correct: Int

  var testDescription: String { name }

  static let all: [GradientFixture] = {
    guard
      let url = Bundle.module.url(
        forResource: "gradients", withExtension: "json", subdirectory: "Fixtures"),
      let data = try? Data(contentsOf: url)
    else { return [] }
    return (try? JSONDecoder().decode([GradientFixture].self, from: data)) ?? []
  }()

  var model: NominalModel {
    NominalModel(
      inputs: inputs,
      hidden: NominalModel.Layer(
        count: hidden, firstUnit: 0, membraneTicks: hiddenMembraneTicks,
        currentTicks: hiddenCurrentTicks, leakCode: hiddenLeakCode, codesPerTheta: codesPerTheta),
      output: NominalModel.Layer(
        count: outputs, firstUnit: hidden, membraneTicks: outputMembraneTicks,
        currentTicks: outputCurrentTicks, leakCode: outputLeakCode, codesPerTheta: codesPerTheta),
      ticks: ticks, cyclesPerTick: 64, adcEvery: adcEvery,
      loss: LossSettings(
        steepness: steepness, readoutScale: readoutScale, readoutPenalty: readoutPenalty,
        burstPenalty: burstPenalty))
  }

  var recording: Recording {
    Recording(
      spikes: spikes.batch, adc: codes, adcColumns: hidden + outputs, adcTimes: ticks / adcEvery,
      traces: [], counters: RunCounters(), hardwareSeconds: 0)
  }

  func batch(_ recording: Recording? = nil) throws -> InjectedBatch {
    try InjectedBatch(
      model: model, inputs: inputEvents.batch, recording: recording ?? self.recording,
      labels: labels)
  }

  /// Holds a gradient to the oracle's, relative to the oracle's largest entry.
  func expect(_ gradient: Gradient, within bound: Double) throws {
    #expect(gradient.correct == correct)
    #expect(abs(gradient.loss - loss) <= bound * max(loss, 1))
    for (found, oracle) in [(gradient.input, inputGradient), (gradient.hidden, hiddenGradient)] {
      try #require(found.count == oracle.count)
      let largest = oracle.map { abs($0) }.max() ?? 0
      #expect(largest > 0, "the oracle of '\(name)' has no gradient to compare")
      let worst = zip(found, oracle).map { abs($0 - $1) }.max() ?? 0
      #expect(worst <= bound * largest, "\(name): \(worst / largest) of the largest")
    }
  }
}
