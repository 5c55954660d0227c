import ChipInterface
import HardwareSpec

/// What every `Chip` must do, whatever is behind it: run ``failures()`` over a factory.
///
/// The factory gives a chip with nothing loaded each time it is called; a chip that is remote is
/// let go of before the next one is made.
public struct ChipConformance: Sendable {
  /// One demand.
  public struct Check: Sendable {
    /// The demand, in words.
    public let name: String
    /// Whether it asks for the chip's state.
    var needsStates = false
    let body: @Sendable (ChipConformance) throws -> Void
  }

  let make: @Sendable () throws -> any Chip
  private let givesStates: Bool

  /// Makes the suite for a factory; a chip that does not give its state yet is spared those demands.
  public init(
    givesStates: Bool = true, _ make: @escaping @Sendable () throws -> any Chip
  ) {
    (self.givesStates, self.make) = (givesStates, make)
  }

  /// Runs all checks; an empty list means that the chip conforms.
  public func failures() -> [String] {
    Self.checks.filter { givesStates || !$0.needsStates }.compactMap { check in
      do {
        try check.body(self)
        return nil
      } catch { return "\(check.name): \(error)" }
    }
  }

  /// All demands.
  public static let checks: [Check] = [
    Check(name: "an image must be loaded first") { try $0.loadFirst() },
    Check(name: "an image of another chip is refused") { try $0.otherImage() },
    Check(name: "an invalid image is refused and changes nothing") { try $0.invalidImage() },
    Check(name: "equal runs give equal recordings") { try $0.determinism() },
    Check(name: "a batch equals its samples one by one") { try $0.independence() },
    Check(name: "recordings have the shapes asked for") { try $0.shapes() },
    Check(name: "spikes come in order") { try $0.order() },
    Check(name: "what is not asked for is not recorded") { try $0.nothingRecorded() },
    Check(name: "an empty batch gives an empty recording") { try $0.emptyBatch() },
    Check(name: "written weights count until the next load") { try $0.writing() },
    Check(name: "weights are written all or none") { try $0.allOrNone() },
    Check(name: "bad weights are refused by name") { try $0.badWeights() },
    Check(name: "exact weights are taken only by chips that say so") { try $0.exactWeights() },
    Check(name: "bad experiments are refused by name and change nothing") { try $0.badRuns() },
    Check(name: "a cancelled run ends and the next one is whole") { try $0.cancelling() },
    Check(name: "delayed inputs act after their delay") { try $0.delayedInputs() },
    Check(name: "sparse maps and scales describe and change nothing") { try $0.sparseMaps() },
    Check(name: "joined circuits run") { try $0.joinedCircuits() },
    Check(name: "joined slices are the whole run") { try $0.slices() },
    Check(name: "a state needs an image", needsStates: true) { try $0.snapshotsNeedImages() },
    Check(name: "a restored chip runs on as if nothing was", needsStates: true) {
      try $0.snapshotsComeBack()
    },
    Check(name: "a state that does not fit is refused", needsStates: true) {
      try $0.otherStates()
    },
    Check(name: "a state becomes an image", needsStates: true) { try $0.learnedImages() },
  ]
}

/// A demand that a chip does not meet.
struct Nonconformance: Error, CustomStringConvertible {
  let description: String
}

extension ChipConformance {
  func loaded() throws -> any Chip {
    let chip = try make()
    try chip.load(TestImage.make(for: chip.info.spec))
    return chip
  }

  func batch(_ chip: any Chip, samples: Int = 5) -> Experiment {
    TestImage.experiment(for: chip.info.spec, samples: samples)
  }

  func demand(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw Nonconformance(description: what()) }
  }

  /// Demands that the body throws this very error.
  private func demand(_ expected: ChipError, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ChipError {
      return try demand(error == expected, "threw \(error) in place of \(expected)")
    }
    throw Nonconformance(description: "did not throw \(expected)")
  }

  private func loadFirst() throws {
    let chip = try make()
    try demand(.noImage) { _ = try chip.run(batch(chip)) }
    try demand(.noImage) { try chip.write([TestImage.block(for: chip.info.spec, seed: 2)]) }
  }

  private func otherImage() throws {
    let chip = try loaded()
    let before = try chip.run(batch(chip))
    var image = try TestImage.make(for: chip.info.spec, seed: 3)
    image.specHash = String(repeating: "0", count: 64)
    let error = ChipError.imageOfAnotherChip(
      image: image.chipName, imageHash: image.specHash, chip: chip.info.spec.name,
      chipHash: chip.info.spec.hash)
    try demand(error) { try chip.load(image) }
    try demand(try chip.run(batch(chip)) == before, "the refused image changed the chip")
  }

  private func invalidImage() throws {
    let chip = try loaded()
    let before = try chip.run(batch(chip))
    var image = try TestImage.make(for: chip.info.spec, seed: 3)
    image.cores[0].circuits[1].leak = .max
    do {
      try chip.load(image)
      throw Nonconformance(description: "a code of 65535 was taken")
    } catch ChipError.invalidImage(let faults) {
      try demand(!faults.isEmpty, "no fault was named")
    }
    try demand(try chip.run(batch(chip)) == before, "the refused image changed the chip")
  }

  private func determinism() throws {
    let chip = try loaded()
    let first = try chip.run(batch(chip))
    try demand(try chip.run(batch(chip)) == first, "the same chip gave another recording")
    try demand(first.spikes.spikeCount > 0, "the test network never fires")
  }

  private func independence() throws {
    let chip = try loaded()
    let whole = batch(chip, samples: 6)
    let together = try chip.run(whole)
    for sample in [4, 0, 3] {
      let single = Experiment(
        durationTicks: whole.durationTicks, inputs: whole.inputs.selecting([sample]),
        sampleNumbers: [whole.sampleNumbers[sample]], recorded: whole.recorded)
      let alone = try chip.run(single)
      let size = together.adcTimes * together.adcColumns
      try demand(
        alone.spikes == together.spikes.selecting([sample])
          && alone.adc == Array(together.adc[sample * size..<(sample + 1) * size]),
        "sample \(sample) alone differs from the batch")
    }
  }

  private func shapes() throws {
    let chip = try loaded()
    var experiment = batch(chip)
    let core = try required(CoreOnChip(0, on: chip.info.spec.geometry), "core 0")
    experiment.recorded.adcEvery = 7
    experiment.recorded.tracedCircuits = try [0, 13].map {
      try required(CircuitOnChip(core, column: $0, on: chip.info.spec.geometry), "column")
    }
    let recording = try chip.run(experiment)
    try demand(recording.spikes.sampleCount == 5, "samples: \(recording.spikes.sampleCount)")
    try demand(recording.adcTimes == 8, "ADC times: \(recording.adcTimes)")
    try demand(recording.adcColumns == 15, "ADC columns: \(recording.adcColumns)")
    try demand(recording.adc.count == 5 * 8 * 15, "ADC codes: \(recording.adc.count)")
    try demand(recording.traces.count == 5 * 60 * 2, "traces: \(recording.traces.count)")
    try demand(recording.counters.ticks == 5 * 60, "ticks: \(recording.counters.ticks)")
    try demand(
      recording.counters.spikes == recording.spikes.spikeCount,
      "\(recording.counters.spikes) spikes counted, \(recording.spikes.spikeCount) recorded")
    try demand(recording.hardwareSeconds > 0, "no hardware time")
  }

  private func order() throws {
    let chip = try loaded()
    let spikes = try chip.run(batch(chip)).spikes
    let cyclesPerTick = UInt32(chip.info.spec.time.cyclesPerTick)
    for sample in 0..<spikes.sampleCount {
      let range = spikes.range(ofSample: sample)
      let ticks = range.map { spikes.cycles[$0] / cyclesPerTick }
      try demand(zip(ticks, ticks.dropFirst()).allSatisfy { $0 <= $1 }, "sample \(sample)")
      try demand(ticks.allSatisfy { $0 < TestImage.ticks }, "a spike after the end")
      try demand(
        range.allSatisfy { spikes.units[$0] < TestImage.hidden }, "a readout circuit fired")
    }
  }

  private func nothingRecorded() throws {
    let chip = try loaded()
    var experiment = batch(chip)
    experiment.recorded = RecordingRequest(spikes: false)
    let recording = try chip.run(experiment)
    try demand(recording.spikes.spikeCount == 0, "spikes")
    try demand(recording.spikes.sampleCount == 5, "samples: \(recording.spikes.sampleCount)")
    try demand(recording.adc.isEmpty && recording.traces.isEmpty, "ADC codes or traces")
    try demand(recording.counters.spikes > 0, "spikes must be counted all the same")
  }

  private func emptyBatch() throws {
    let chip = try loaded()
    let recording = try chip.run(batch(chip, samples: 0))
    try demand(recording.spikes == SpikeBatch() && recording.adc.isEmpty, "\(recording)")
  }
}

// MARK: Weights

extension ChipConformance {
  private func writing() throws {
    let chip = try loaded()
    let before = try chip.run(batch(chip))
    let block = try TestImage.block(for: chip.info.spec, seed: 2)
    try chip.write([block])
    let after = try chip.run(batch(chip))
    try demand(after != before, "new weights changed nothing")
    try chip.load(TestImage.make(for: chip.info.spec))
    try demand(try chip.run(batch(chip)) == before, "a load did not forget written weights")
    try chip.write([block])
    try demand(try chip.run(batch(chip)) == after, "the same weights gave another recording")
    try chip.write([])
    try demand(try chip.run(batch(chip)) == after, "writing nothing changed something")
  }

  private func allOrNone() throws {
    let chip = try loaded()
    let before = try chip.run(batch(chip))
    let good = try TestImage.block(for: chip.info.spec, seed: 2)
    var bad = good
    bad.firstPair = chip.info.spec.geometry.rowPairsPerCore
    do {
      try chip.write([good, bad])
      throw Nonconformance(description: "the bad block was taken")
    } catch is ChipError {}
    try demand(try chip.run(batch(chip)) == before, "the good block was written")
  }

  private func badWeights() throws {
    let chip = try loaded()
    let spec = chip.info.spec
    let good = try TestImage.block(for: spec, seed: 2)
    var block = good
    block.columnCount += 1
    let (found, expected) = (good.values.count, good.pairCount * (good.columnCount + 1))
    try demand(.weightCount(core: 0, found: found, expected: expected)) { try chip.write([block]) }
    block = good
    block.firstColumn = spec.geometry.circuitsPerCore - 1
    let outside = ChipError.weightsOutsideCore(
      core: 0, pairs: spec.geometry.rowPairsPerCore, columns: spec.geometry.circuitsPerCore)
    try demand(outside) { try chip.write([block]) }
    let largest = spec.synapse.largestWeight
    (block.firstColumn, block.pairCount, block.columnCount) = (0, 1, 1)
    block.values = .steps([Int8(-largest - 1)])
    try demand(.weightOutOfRange(core: 0, weight: -largest - 1, largest: largest)) {
      try chip.write([block])
    }
    guard let other = CoreOnChip(1, on: spec.geometry) else { return }
    block = good
    block.core = other
    try demand(.coreNotInImage(core: 1)) { try chip.write([block]) }
  }

  private func exactWeights() throws {
    let chip = try loaded()
    var block = try TestImage.block(for: chip.info.spec, seed: 2)
    block.values = .exact((0..<block.values.count).map { Double($0 % 7) - 2.75 })
    guard chip.info.takesExactWeights else {
      return try demand(.exactWeightsRefused) { try chip.write([block]) }
    }
    let before = try chip.run(batch(chip))
    try chip.write([block])
    try demand(try chip.run(batch(chip)) != before, "exact weights changed nothing")
  }
}

// MARK: Runs that do not work

extension ChipConformance {
  private func badRuns() throws {
    let chip = try loaded()
    let good = batch(chip)
    let before = try chip.run(good)
    for (error, break_) in Self.badRuns(chip.info.spec) {
      var experiment = good
      break_(&experiment)
      try demand(error) { _ = try chip.run(experiment) }
    }
    try demand(try chip.run(good) == before, "a refused run changed the chip")
  }

  private static func badRuns(_ spec: ChipSpec) -> [(ChipError, (inout Experiment) -> Void)] {
    let duration = TestImage.ticks * spec.time.cyclesPerTick
    return [
      (.durationOutOfRange(ticks: 0, longest: 1 << 24), { $0.durationTicks = 0 }),
      (.durationOutOfRange(ticks: .max, longest: 1 << 24), { $0.durationTicks = .max }),
      (.sampleCountMismatch(inputs: 5, numbers: 4), { $0.sampleNumbers.removeLast() }),
      (.malformedSpikes(spikes: 200, units: 200, offsets: 6), { $0.inputs.offsets[5] = 201 }),
      (.sampleCountMismatch(inputs: -1, numbers: 5), { $0.inputs.offsets = [] }),
      (
        .spikeUnitOutOfRange(sample: 2, unit: 8, count: 8),
        { $0.inputs.units[$0.inputs.offsets[2]] = 8 }
      ),
      (
        .spikeTimeOutOfRange(sample: 4, cycle: duration, duration: duration),
        { $0.inputs.cycles[199] = UInt32(duration) }
      ),
      (
        .unknownPopulation("nobody", known: ["hidden", "label"]),
        { $0.recorded.adcPopulations.append("nobody") }
      ),
      (
        .adcTooFast(every: 0, fastest: spec.readout.sampleEveryTicks),
        { $0.recorded.adcEvery = 0 }
      ),
    ]
  }

  private func cancelling() throws {
    let chip = try loaded()
    let before = try chip.run(batch(chip))
    let cancellation = Cancellation()
    cancellation.cancel()
    try demand(.cancelled) { _ = try chip.run(batch(chip), cancellation: cancellation) }
    try demand(try chip.run(batch(chip)) == before, "the cancelled run changed the chip")
  }
}
