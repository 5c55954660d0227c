import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import Synchronization
import Testing
import Training

/// The loop on small versions of Yin-Yang.
@Suite struct TrainingTests {
  private let spec: ChipSpec
  private let task: TrainingTask

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    task = try TrainingTask.yinYang(on: spec, hidden: 60, train: 1000, test: 300)
  }

  private func study(
    _ options: TrainingOptions = TrainingOptions(), _ task: TrainingTask? = nil
  ) throws -> TrainingStudy {
    try TrainingStudy(task: task ?? self.task, spec: spec, options: options)
  }

  private func device(_ seed: UInt64, _ mismatch: Double = 0.2) throws -> EmulatedChip {
    try EmulatedChip(spec, EmulationSettings(chipSeed: seed, mismatch: mismatch, threads: 2))
  }

  @Test func softwareLearnsDeploymentHurtsAndTheLoopHeals() throws {
    let study = try study(
      TrainingOptions(), TrainingTask.yinYang(on: spec, train: 2500, test: 500))
    let ideal = IdealChip(spec, threads: 2)
    let (weights, software) = try study.quantised(on: ideal, epochs: 12)
    #expect(software.testAccuracy.count == 12 && software.accuracy > 0.9)
    // One chip may be lucky; the mean of three is not.
    var (deployed, healed, moved, control) = (0.0, 0.0, 0.0, 0.0)
    for seed in UInt64(1)...3 {
      let chip = try device(seed)
      deployed += try study.evaluate(weights, on: chip) / 3
      let (learnt, loop) = try study.inTheLoop(weights, on: chip, epochs: 4)
      healed += loop.accuracy / 3
      moved += try study.evaluate(learnt, on: device(seed + 10)) / 3
      control +=
        try study.inTheLoop(weights, on: chip, epochs: 2, injecting: ideal)
        .outcome.accuracy / 3
    }
    #expect(deployed < 0.85 && healed > deployed + 0.1 && healed > 0.88)
    // It learnt that chip, and it learnt it from the chip's own answers.
    #expect(moved < healed - 0.1)
    #expect(control < healed - 0.1)
  }

  /// The first step of Adam moves every weight by the rate, against the sign of its gradient.
  @Test func firstStepGoesAgainstTheGradient() throws {
    let chip = IdealChip(spec, threads: 2)
    let image = try study().image
    let loop = try TrainingLoop(
      chip: chip, image: image, weights: task.startWeights(netSeed: 0),
      loss: task.settings.loss, precision: .exact)
    let (samples, numbers) = (task.train.spikes.selecting(0..<20), (0..<20).map { UInt64($0) })
    let before = loop.weights
    let request = RecordingRequest(
      adcPopulations: [loop.network.hiddenName, loop.network.outputName], adcEvery: 7)
    let recording = try chip.run(
      Experiment(
        durationTicks: loop.model.ticks, inputs: samples, sampleNumbers: numbers,
        recorded: request))
    let labels = Array(task.train.labels[0..<20])
    let batch = try InjectedBatch(
      model: loop.model, inputs: samples, recording: recording, labels: labels)
    let gradient = NominalBackward(
      model: loop.model, outputWeights: before.hidden.map { Double($0) }
    ).gradient(of: batch)
    let result = try loop.train(samples, labels: labels, numbers: numbers, rate: 0.001)
    #expect(abs(result.loss - gradient.loss) < 1e-5 * gradient.loss)
    #expect(result.hiddenSpikes == gradient.hiddenSpikes && result.correct == gradient.correct)
    let pairs = zip(
      zip(loop.weights.input + loop.weights.hidden, before.input + before.hidden),
      gradient.input + gradient.hidden)
    var moved = 0
    for ((new, old), slope) in pairs where abs(slope) > 1e-4 && abs(old) < 0.49 {
      moved += 1
      #expect(abs(Double(new - old) + (slope > 0 ? 0.001 : -0.001)) < 1e-6)
    }
    #expect(moved > 300)
  }

  @Test func trainingRepeatsForAnyThreads() throws {
    func train(threads: Int, netSeed: UInt64 = 5) throws -> ShadowWeights {
      let options = TrainingOptions(netSeed: netSeed, threads: threads)
      let chip = try EmulatedChip(spec, EmulationSettings(mismatch: 0.2, threads: threads))
      return try study(options).inTheLoopFromScratch(on: chip, epochs: 1).weights
    }
    let weights = try train(threads: 1)
    #expect(try train(threads: 2) == weights)
    #expect(try train(threads: 2, netSeed: 6) != weights)
  }

  @Test func realWeightsTrainOnTheIdealChipOnly() throws {
    let float = try study().float(on: IdealChip(spec, threads: 2), epochs: 8).outcome
    #expect(float.accuracy > 0.7 && float.loss[7] < 0.7 * float.loss[0])
    #expect(throws: TrainingError.chip(.exactWeightsRefused)) {
      try study().float(on: device(0), epochs: 1)
    }
  }

  @Test func stuckTrainingStartsOver() throws {
    var task = task
    task.settings.restart = RestartRule(afterEpochs: 1, below: 1.1, times: 2)
    let restarts = Mutex<[Int]>([])
    let options = TrainingOptions(observer: { progress in
      if progress.testAccuracy != nil { restarts.withLock { $0.append(progress.restarts) } }
    })
    let outcome = try study(options, task).quantised(on: IdealChip(spec), epochs: 2).outcome
    #expect(outcome.restarts == 2 && outcome.testAccuracy.count == 2)
    #expect(restarts.withLock { $0 } == [0, 1, 2, 2])
    #expect(outcome.samples == 4 * task.train.count)
  }

  @Test func everySampleHasItsOwnNoise() throws {
    let spy = SpyChip(IdealChip(spec, threads: 2))
    let study = try study()
    let weights = try study.quantised(on: spy, epochs: 2).weights
    _ = try study.evaluate(weights, on: spy)
    _ = try study.inTheLoop(weights, on: spy, epochs: 1)
    #expect(spy.sampleNumbers.count == 3 * task.train.count + 4 * task.test.count)
    #expect(Set(spy.sampleNumbers).count == spy.sampleNumbers.count)
  }

  @Test func readoutTrainingLeavesTheHiddenLayerAlone() throws {
    let spy = SpyChip(IdealChip(spec, threads: 2))
    let study = try study(TrainingOptions(layers: .readout))
    let trained = try study.quantised(on: spy, epochs: 1).weights
    let start = task.startWeights(netSeed: 0)
    #expect(trained.input == start.input && trained.hidden != start.hidden)
    // The first write sets all rows; later ones leave the 25 rows of the inputs alone.
    #expect(spy.writtenPairs.first?.contains(0) == true)
    #expect(spy.writtenPairs.dropFirst().allSatisfy { $0.min() == 25 })
  }

  @Test func chipThatLiesIsFoundOut() throws {
    let spy = SpyChip(IdealChip(spec, threads: 2))
    spy.answer = { recording in
      var recording = recording
      recording.adc = []
      return recording
    }
    #expect(throws: TrainingError.self) { try study().quantised(on: spy, epochs: 1) }
    spy.answer = { recording in
      var recording = recording
      for i in recording.spikes.units.indices { recording.spikes.units[i] = .max }
      return recording
    }
    #expect(throws: TrainingError.self) { try study().quantised(on: spy, epochs: 1) }
  }

  @Test func cancellationEndsTraining() throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    let options = TrainingOptions(cancellation: cancellation)
    #expect(throws: TrainingError.chip(.cancelled)) {
      try study(options).quantised(on: device(0), epochs: 1)
    }
  }

  @Test func badSettingsAreNamed() throws {
    var task = task
    task.settings.batch = 0
    #expect(
      throws: TrainingError.setting(name: "the batch size", value: 0, allowed: "1 or more")
    ) {
      try study(TrainingOptions(), task).quantised(on: IdealChip(spec), epochs: 1)
    }
    #expect(throws: TrainingError.noReadout(ticks: 84, adcEvery: 100)) {
      try study(TrainingOptions(adcEvery: 100)).quantised(on: IdealChip(spec), epochs: 1)
    }
  }

  @Test func reportHasTheKeysThatProgramsRelyOn() throws {
    let results = try study().run(
      StudyPlan(floatEpochs: 1, quantisedEpochs: 1, loopEpochs: 2),
      ideal: IdealChip(spec, threads: 2), chip: device(0))
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(results.report))
    let report = try #require(json as? [String: Any])
    let keys = [
      "task", "chip", "chip_seed", "mismatch", "seed", "net_seed", "float_accuracy",
      "quantised_accuracy", "deployed_accuracy", "loop_accuracy", "seconds", "samples_per_s",
      "round_trips", "bytes_sent", "bytes_received",
    ]
    for key in keys { #expect(report[key] != nil, "\(key)") }
    #expect((report["loop_accuracy"] as? [Double])?.count == 2)
    let seconds = try #require(report["seconds"] as? [String: Double])
    #expect(Set(seconds.keys) == ["float", "quantised", "deploy", "loop"])
    #expect((report["samples_per_s"] as? Double ?? 0) > 0)
  }

  @Test func gapIsExplainedEffectByEffect() throws {
    let study = try study()
    let ideal = IdealChip(spec, threads: 2)
    let weights = task.startWeights(netSeed: 0)
    let asked = Mutex<[[String]]>([])
    let steps = try study.gap(weights, ideal: ideal, effects: ["synapse", "noise"]) { effects in
      asked.withLock { $0.append(effects) }
      return try EmulatedChip(spec, EmulationSettings(effects: [], threads: 2))
    }
    #expect(steps.map(\.effect) == ["real weights", "whole steps", "synapse", "noise"])
    #expect(asked.withLock { $0 } == [["synapse"], ["synapse", "noise"]])
  }
}
