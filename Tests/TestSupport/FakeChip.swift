import ChipInterface
import Foundation
import HardwareSpec

/// A chip without physics for tests of what lies around a chip: integers, exact, fast.
///
/// A membrane is the sum of the signed weights of the events that reached it, and fires at a
/// threshold; only core 0 is used. Trial noise is drawn by sample number, so that a batch equals
/// its samples one by one.
public final class FakeChip: Chip {
  /// What the chip claims to be.
  public let info: ChipInfo
  /// How long a sample takes, in seconds; it looks at the cancellation every 5 ms.
  public var secondsPerSample = 0.0
  private var image: ChipImage?
  /// The image without what was written since, and its content hash.
  private var original: (image: ChipImage, hash: String)?

  /// Makes a chip that has nothing loaded.
  public init(_ spec: ChipSpec, takesExactWeights: Bool = false) {
    info = ChipInfo(
      spec: spec, kind: "fake", chipSeed: .max, trialSeed: 7, mismatch: 0.2,
      effects: ["mismatch", "noise"], takesExactWeights: takesExactWeights)
  }

  /// Keeps the image.
  public func load(_ image: ChipImage) throws(ChipError) {
    try image.validate(against: info.spec)
    self.image = image
    original = (image, try image.stateHash(on: info.spec))
  }

  /// The written rows of core 0, the only one in use.
  public func snapshot() throws(ChipError) -> ChipState {
    guard let image, let original else { throw .noImage }
    var core = CoreState(slot: 0)
    let rows = StoredRows(original.image.cores[0], core, on: info.spec.geometry)
    let width = info.spec.geometry.circuitsPerCore
    core.rows = (0..<info.spec.geometry.rowPairsPerCore).compactMap { pair in
      rows.difference(pair: pair, isExact: false) { column in
        (
          Double(image.cores[0].weights[2 * pair * width + column]),
          Double(image.cores[0].weights[(2 * pair + 1) * width + column])
        )
      }
    }
    return ChipState(imageHash: original.hash, cores: core.isEmpty ? [] : [core])
  }

  /// Writes the rows of a state over those of the image.
  public func restore(_ state: ChipState) throws(ChipError) {
    guard let original else { throw .noImage }
    try state.validate(
      on: info.spec, image: original.image, hash: original.hash,
      takesExact: info.takesExactWeights)
    image = try state.applied(to: original.image, on: info.spec)
  }

  /// Overwrites weights.
  public func write(_ weights: [WeightBlock]) throws(ChipError) {
    guard var changed = image else { throw .noImage }
    for block in weights {
      try block.validate(against: info.spec)
      guard let place = changed.cores.firstIndex(where: { $0.core == block.core }) else {
        throw .coreNotInImage(core: block.core.index)
      }
      let steps: [Int]
      switch block.values {
      case .steps(let values): steps = values.map(Int.init)
      case .exact(let values):
        guard info.takesExactWeights else { throw .exactWeightsRefused }
        steps = values.map { Int(max(-15, min(15, $0.rounded()))) }
      }
      put(steps, block, &changed.cores[place].weights)
    }
    image = changed
  }

  private func put(_ steps: [Int], _ block: WeightBlock, _ weights: inout [UInt8]) {
    let columns = info.spec.geometry.circuitsPerCore
    for (i, step) in steps.enumerated() {
      let row = 2 * (block.firstPair + i / block.columnCount)
      let column = block.firstColumn + i % block.columnCount
      weights[row * columns + column] = UInt8(max(0, step))
      weights[(row + 1) * columns + column] = UInt8(max(0, -step))
    }
  }

  /// Runs the samples one after the other.
  public func run(
    _ experiment: Experiment, cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    guard let image else { throw .noImage }
    try experiment.validate(on: info.spec, image: image)
    let recorded = experiment.recorded
    let columns = recorded.adcPopulations.flatMap { Self.columns(of: $0, image) }
    var recording = Recording(
      spikes: SpikeBatch(), adc: [], adcColumns: columns.count,
      adcTimes: recorded.adcSamples(ticks: experiment.durationTicks), traces: [],
      counters: RunCounters(), hardwareSeconds: 0)
    for sample in 0..<experiment.inputs.sampleCount {
      try wait(cancellation)
      var run = SampleRun(image, info, experiment, sample)
      run.play()
      run.append(to: &recording, experiment, adcColumns: columns)
    }
    recording.counters.ticks = experiment.durationTicks * experiment.inputs.sampleCount
    recording.counters.inputEvents = experiment.inputs.spikeCount
    recording.charge(
      RunCharges(
        samples: experiment.inputs.sampleCount,
        secondsPerSample: Double(experiment.durationTicks) * info.spec.time.tickSeconds,
        clockHertz: info.spec.time.clockHertz))
    return recording
  }

  private func wait(_ cancellation: Cancellation?) throws(ChipError) {
    let end = Date(timeIntervalSinceNow: secondsPerSample)
    repeat {
      if cancellation?.isCancelled == true { throw .cancelled }
      if secondsPerSample > 0 { Thread.sleep(forTimeInterval: min(0.005, secondsPerSample)) }
    } while Date.now < end
  }

  static func columns(of population: String, _ image: ChipImage) -> [Int] {
    (image.io.population(population)?.ranges ?? []).flatMap {
      Array($0.firstColumn..<$0.firstColumn + $0.count)
    }
  }
}

/// One sample on the fake chip.
private struct SampleRun {
  let image: ChipImage
  let info: ChipInfo
  let events: [(tick: Int, targets: [RowPairOnChip])]
  let ticks: Int
  let noise: CounterRandom
  let number: Int
  var membranes: [[Int]] = []
  var spikes: [(cycle: UInt32, unit: UInt32)] = []
  var rowEvents = 0

  init(_ image: ChipImage, _ info: ChipInfo, _ experiment: Experiment, _ sample: Int) {
    (self.image, self.info, ticks) = (image, info, experiment.durationTicks)
    let perTick = info.spec.time.cyclesPerTick
    let inputs = experiment.inputs
    events = inputs.range(ofSample: sample).flatMap { i in
      let (tick, unit) = (Int(inputs.cycles[i]) / perTick, Int(inputs.units[i]))
      return [(tick, image.inputRoutes[unit])]
        + image.delayedInputs.filter { $0.channel == unit }
        .map { (tick + Int($0.delayTicks), $0.targets) }
    }.sorted { $0.0 < $1.0 }
    noise = CounterRandom(seed: info.trialSeed, stream: 80)
    number = Int(truncatingIfNeeded: experiment.sampleNumbers[sample])
  }

  mutating func play() {
    let core = image.cores[0]
    let units = FakeChip.columns(of: "hidden", image) + FakeChip.columns(of: "label", image)
    var membrane = Array(repeating: 0, count: core.circuits.count)
    var next = 0
    for tick in 0..<ticks {
      while next < events.count, events[next].tick == tick {
        for pair in events[next].targets { drive(pair.pair, core, &membrane) }
        next += 1
      }
      fire(tick, core, units, &membrane)
      membranes.append(membrane)
    }
  }

  private mutating func drive(_ pair: Int, _ core: CoreImage, _ membrane: inout [Int]) {
    rowEvents += 1
    let columns = info.spec.geometry.circuitsPerCore
    for column in membrane.indices {
      membrane[column] += Int(core.weights[2 * pair * columns + column])
      membrane[column] -= Int(core.weights[(2 * pair + 1) * columns + column])
    }
  }

  private mutating func fire(
    _ tick: Int, _ core: CoreImage, _ units: [Int], _ membrane: inout [Int]
  ) {
    for column in membrane.indices where core.circuits[column].fires && membrane[column] > 20 {
      membrane[column] = 0
      let cycle = UInt32(tick * info.spec.time.cyclesPerTick)
      spikes.append((cycle, UInt32(units.firstIndex(of: column) ?? 0)))
      for route in image.spikeRoutes where route.source.column == column {
        for pair in route.targets { drive(pair.pair, core, &membrane) }
      }
    }
  }

  func append(to recording: inout Recording, _ experiment: Experiment, adcColumns: [Int]) {
    recording.counters.spikes += spikes.count
    recording.counters.rowEvents += rowEvents
    let sorted = spikes.sorted { ($0.cycle, $0.unit) < ($1.cycle, $1.unit) }
    if experiment.recorded.spikes {
      recording.spikes.cycles += sorted.map(\.cycle)
      recording.spikes.units += sorted.map(\.unit)
    }
    recording.spikes.offsets.append(recording.spikes.cycles.count)
    for time in 0..<recording.adcTimes {
      let tick = (time + 1) * experiment.recorded.adcEvery - 1
      for column in adcColumns {
        let code = 128 + membranes[tick][column] + Int(noise.uniform(number, tick, column) * 3)
        recording.adc.append(UInt8(max(0, min(255, code))))
      }
    }
    for tick in 0..<ticks {
      for circuit in experiment.recorded.tracedCircuits {
        recording.traces.append(0.6 + Double(membranes[tick][circuit.column]) / 300)
      }
    }
  }
}
