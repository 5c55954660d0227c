import ChipInterface
import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// Long runs are cut in slices, end early when they are asked to, and leave no trace then.
@Suite struct WorkerRunTests {
  private let spec: ChipSpec
  private let image: ChipImage

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    image = try TestImage.make(for: spec)
  }

  private func loaded(secondsPerSample: Double) throws -> TestWorker {
    let worker = try TestWorker(secondsPerSample: secondsPerSample)
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    return worker
  }

  private func batch(_ samples: Int) -> Experiment {
    TestImage.experiment(for: spec, samples: samples)
  }

  @Test func slicesEqualTheWhole() throws {
    let worker = try loaded(secondsPerSample: 0.01)
    let slices = try worker.run(slot: 1, batch(40))
    #expect(slices.count > 2)
    #expect(slices.map(\.samples.lowerBound) == [0] + slices.dropLast().map(\.samples.upperBound))
    #expect(slices.last?.samples.upperBound == 40)
    #expect(slices.allSatisfy { $0.of == 40 })
    let chip = FakeChip(spec)
    try chip.load(image)
    let whole = try chip.run(batch(40))
    #expect(slices.reduce(0) { $0 + $1.spikes } == whole.spikes.spikeCount)
    #expect(try worker.recording(slot: 1, batch(40)) == whole)
  }

  @Test func slicesHaveFewBytes() throws {
    let worker = try loaded(secondsPerSample: 0)
    let core = try required(CoreOnChip(0, on: spec.geometry), "core")
    let circuits = try (0..<8).map {
      try required(CircuitOnChip(core, column: $0, on: spec.geometry), "circuit")
    }
    var experiment = TestImage.experiment(
      for: spec, samples: 20, recorded: RecordingRequest(tracedCircuits: circuits))
    experiment.durationTicks = 16_384
    // A sample traces a mebibyte.
    for _ in 0..<2 {
      let slices = try worker.run(slot: 1, experiment)
      #expect(slices.last?.samples.upperBound == 20)
      #expect(slices.allSatisfy { $0.part.frame.count < 7 << 20 })
    }
  }

  @Test func othersRunBetweenSlices() throws {
    let worker = try loaded(secondsPerSample: 0.01)
    let other = try TestImage.make(for: spec, seed: 2)
    try worker.succeed(.load(slot: 2, try TestWorker.load(other, spec)))
    let run = worker.give(.run(slot: 1, try TestWorker.run(batch(30))))
    guard case .slice(run, let first) = try worker.nextReport() else {
      throw MissingValue(description: "slice")
    }
    #expect(first.sums == nil)
    let block = try TestImage.block(for: spec, seed: 3)
    try worker.succeed(.write(slot: 2, try TestWorker.write([block])))
    _ = try worker.recording(slot: 2, batch(3))
    // A slot with a run under way takes nothing else.
    let busy = try worker.failure(of: .write(slot: 1, try TestWorker.write([block])))
    #expect(busy.code == .internalError)
    var spikes = first.spikes
    var end = first.samples.upperBound
    while end < 30 {
      let job = worker.give(.proceed(run: run))
      guard case .slice(job, let slice) = try worker.nextReport() else {
        throw MissingValue(description: "slice")
      }
      spikes += slice.spikes
      end = slice.samples.upperBound
    }
    let chip = FakeChip(spec)
    try chip.load(image)
    #expect(spikes == (try chip.run(batch(30))).spikes.spikeCount)
  }

  @Test func cancelEndsARun() throws {
    let worker = try loaded(secondsPerSample: 100)
    for _ in 0..<5 {
      let job = worker.give(.run(slot: 1, try TestWorker.run(batch(2))))
      Thread.sleep(forTimeInterval: 0.02)
      worker.link.cancel(job: job)
      guard case .failure(let error) = try worker.finished(job).result else {
        throw MissingValue(description: "error")
      }
      #expect(error.code == .cancelled)
      // A cancel that comes too late is for nobody.
      worker.link.cancel(job: job)
    }
    try worker.succeed(.readImage(slot: 1))
    #expect(try worker.failure(of: .proceed(run: 1)).code == .internalError)
  }

  @Test func faultsAreToldInNumbersOfTheBatch() throws {
    let worker = try loaded(secondsPerSample: 0.001)
    var experiment = batch(40)
    experiment.inputs.units[experiment.inputs.offsets[39]] = 99
    let run = WorkerOrder.run(slot: 1, try TestWorker.run(experiment))
    let error = try worker.failure(of: run)
    #expect(error.code == .chipRefused)
    #expect(error.detail.contains("sample 39"))
  }

  @Test func recordingsAreBounded() throws {
    var limits = ServerLimits()
    limits.resultBytes = 10_000
    let worker = try TestWorker(limits: limits)
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let error = try worker.failure(of: .run(slot: 1, try TestWorker.run(batch(100))))
    #expect(error.code == .tooLarge)
    #expect(error.limit == 10_000)
    _ = try worker.recording(slot: 1, batch(3))
  }

  // MARK: Images that learn

  private func learner(_ log: LearnerLog, secondsPerSample: Double = 0) throws -> TestWorker {
    let worker = try TestWorker(
      .thread { [spec] in
        WorkerServices(chip: LearningChip(spec, log, secondsPerSample: secondsPerSample))
      })
    let outcome = try worker.perform(.load(slot: 1, try TestWorker.load(learning(), spec)))
    guard outcome.learns else { throw MissingValue(description: "image that learns") }
    return worker
  }

  private func learning() throws -> ChipImage {
    var image = image
    image.programs = [LearningProgram(name: "count", words: [], epochTicks: 1)]
    return image
  }

  private func weight(_ worker: TestWorker, slot: Int = 1) throws -> Int {
    let (_, payload) = try worker.succeed(.snapshot(slot: slot))
    let state = try ChipState(decoding: try required(payload, "state").frame.bytes)
    return LearningChip.weight(of: state)
  }

  @Test func learningStays() throws {
    let worker = try learner(LearnerLog())
    _ = try worker.run(slot: 1, batch(5))
    #expect(try weight(worker) == 5)
    _ = try worker.run(slot: 1, batch(4))
    #expect(try weight(worker) == 9)
  }

  @Test func cancelledLearningIsRolledBack() throws {
    let worker = try learner(LearnerLog(), secondsPerSample: 0.02)
    _ = try worker.run(slot: 1, batch(2))
    let job = worker.give(.run(slot: 1, try TestWorker.run(batch(10))))
    Thread.sleep(forTimeInterval: 0.03)
    worker.link.cancel(job: job)
    guard case .finished(job, _) = try worker.nextReport() else {
      throw MissingValue(description: "end")
    }
    #expect(try weight(worker) == 2)
  }

  @Test func droppedLearningIsRolledBack() throws {
    let worker = try learner(LearnerLog(), secondsPerSample: 0.02)
    _ = try worker.run(slot: 1, batch(2))
    for swapsOut in [false, true] {
      let job = worker.give(.run(slot: 1, try TestWorker.run(batch(20))))
      guard case .slice(job, let slice) = try worker.nextReport() else {
        throw MissingValue(description: "slice")
      }
      #expect(slice.sums == nil)
      if swapsOut {
        try worker.succeed(.load(slot: 2, try TestWorker.load(learning(), spec)))
        _ = try worker.run(slot: 2, batch(1))
      }
      try worker.succeed(.drop(run: job))
      #expect(try weight(worker) == 2)
    }
  }

  /// A run that ends before it began costs no restoring: on a large chip that takes a second.
  @Test func whatWasNotTouchedIsNotRestored() throws {
    let log = LearnerLog()
    let worker = try learner(log, secondsPerSample: 0.001)
    var experiment = batch(40)
    experiment.inputs.units[experiment.inputs.offsets[39]] = 99
    for runs in 0..<2 {
      let refused = try worker.failure(of: .run(slot: 1, try TestWorker.run(experiment)))
      #expect(refused.code == .chipRefused)
      #expect(log.restores.load(ordering: .relaxed) == 0)
      #expect(try weight(worker) == 2 * runs)
      _ = try worker.run(slot: 1, batch(2))
    }
    // What was touched is put back when it is used next.
    log.failsAt.store(6, ordering: .relaxed)
    _ = try worker.failure(of: .run(slot: 1, try TestWorker.run(batch(10))))
    #expect(log.restores.load(ordering: .relaxed) == 0)
    #expect(try weight(worker) == 4)
    _ = try worker.run(slot: 1, batch(2))
    #expect(log.restores.load(ordering: .relaxed) == 1)
    #expect(try weight(worker) == 6)
  }

  /// A slot that comes after a run that was rolled back has nothing of it, whatever its image.
  @Test(arguments: [true, false]) func nothingIsLeftForOthers(isSameImage: Bool) throws {
    let log = LearnerLog()
    let worker = try learner(log)
    _ = try worker.run(slot: 1, batch(2))
    log.failsAt.store(5, ordering: .relaxed)
    _ = try worker.failure(of: .run(slot: 1, try TestWorker.run(batch(10))))
    var other = try learning()
    if !isSameImage { other.programs[0].name = "another" }
    try worker.succeed(.load(slot: 2, try TestWorker.load(other, spec)))
    #expect(try weight(worker, slot: 2) == 0)
    _ = try worker.run(slot: 2, batch(3))
    #expect(try weight(worker, slot: 2) == 3)
    #expect(try weight(worker) == 2)
    _ = try worker.run(slot: 1, batch(1))
    #expect(try weight(worker) == 3)
    // The slot itself, once more: rolled back, and overwritten before it runs.
    log.failsAt.store(5, ordering: .relaxed)
    _ = try worker.failure(of: .run(slot: 1, try TestWorker.run(batch(10))))
    let block = try TestImage.block(for: spec, seed: 3)
    try worker.succeed(.write(slot: 1, try TestWorker.write([block])))
    #expect(try weight(worker) == 3)
  }

  @Test func failedLearningIsRolledBack() throws {
    let log = LearnerLog()
    let worker = try learner(log)
    _ = try worker.run(slot: 1, batch(2))
    log.failsAt.store(6, ordering: .relaxed)
    let error = try worker.failure(of: .run(slot: 1, try TestWorker.run(batch(10))))
    #expect(error.code == .chipRefused)
    #expect(try weight(worker) == 2)
  }
}
