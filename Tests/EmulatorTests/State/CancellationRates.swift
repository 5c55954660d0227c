import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import TestSupport
import Testing

/// Prints how long runs go on when they are cancelled, and what snapshots cost, when
/// `SYNAPUS_CANCEL_RATES` is set; nothing is judged, machines differ.
@Suite(
  .enabled(if: ProcessInfo.processInfo.environment["SYNAPUS_CANCEL_RATES"] != nil), .serialized)
struct CancellationRates {
  /// The same core many times; each input drives a row pair of all of them.
  private static func image(_ spec: ChipSpec, cores: Int, learns: Bool = false) throws -> ChipImage
  {
    var random = SequentialRandom(seed: 1, stream: 175)
    let circuit = try TestImage.make(for: spec).cores[0].circuits[0]
    let columns = min(256, spec.geometry.circuitsPerCore)
    let weights = (0..<64 * columns).map { _ in Int8(random.next() % 15) - 4 }
    var image = ChipImage.singleCore(
      spec, circuits: Array(repeating: circuit, count: columns), inputs: 64, weights: weights,
      durationTicks: 1000)
    if learns, let program = try StateCase.program("pair-stdp", on: spec) {
      image.programs = [program]
      image.cores[0].plasticBlocks = [
        PlasticBlock(
          firstPair: 0, pairCount: 64, firstColumn: 0, columnCount: columns, program: 0)
      ]
    }
    let used = spec.geometry.cores.prefix(cores)
    image.cores = used.map { core in
      var copy = CoreImage(core, circuits: image.cores[0].circuits, on: spec.geometry)
      (copy.weights, copy.plasticBlocks) = (image.cores[0].weights, image.cores[0].plasticBlocks)
      return copy
    }
    image.inputRoutes = (0..<64).map { pair in
      used.compactMap { RowPairOnChip($0, pair: pair, on: spec.geometry) }
    }
    return image
  }

  private static func experiment(_ spec: ChipSpec, ticks: Int, samples: Int) -> Experiment {
    var batch = SpikeBatch()
    for _ in 0..<samples {
      for tick in stride(from: 0, to: min(ticks, 1 << 20), by: 2) {
        batch.cycles.append(UInt32(tick * spec.time.cyclesPerTick))
        batch.units.append(UInt32(tick / 2 % 64))
      }
      batch.offsets.append(batch.cycles.count)
    }
    return Experiment(
      durationTicks: ticks, inputs: batch, sampleNumbers: (0..<samples).map { UInt64($0) },
      recorded: RecordingRequest(spikes: false))
  }

  /// The longest and the mean time from a cancellation to the run's end, in milliseconds.
  private func report(
    _ name: String, _ chip: any Chip, _ image: ChipImage, _ experiment: Experiment,
    within seconds: Double
  ) throws {
    try chip.load(image)
    var random = SequentialRandom(seed: 3, stream: 176)
    var times: [Double] = []
    for trial in 0..<10 {
      let (cancellation, over) = (Cancellation(), DispatchSemaphore(value: 0))
      let wait = trial == 0 ? 0.002 : random.uniform() * seconds
      nonisolated(unsafe) var start = SuspendingClock.now
      let thread = Thread {
        Thread.sleep(forTimeInterval: wait)
        start = .now
        cancellation.cancel()
        over.signal()
      }
      thread.start()
      _ = try? chip.run(experiment, cancellation: cancellation)
      let end = SuspendingClock.now
      over.wait()
      times.append((end - start) / .milliseconds(1))
    }
    let mean = times.reduce(0, +) / Double(times.count)
    print(
      "\(name): longest \(Int(times.max() ?? 0)) ms, mean \(Int(mean)) ms, first"
        + " \(Int(times[0])) ms")
  }

  @Test(arguments: ["synapus-1", "bss2-like"])
  func longSamples(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    let (image, experiment) = (
      try Self.image(spec, cores: 1), Self.experiment(spec, ticks: 1 << 24, samples: 1)
    )
    for kernel in [EmulationSettings.Kernel.auto, .reference] {
      try report(
        "\(name), 1 core, 2^24 ticks, \(kernel)",
        EmulatedChip(spec, EmulationSettings(kernel: kernel)), image, experiment, within: 0.5)
    }
    try report(
      "\(name), 1 core, 2^24 ticks, ideal", IdealChip(spec), image, experiment, within: 0.5)
  }

  @Test(arguments: [false, true])
  func thousandCores(learns: Bool) throws {
    let spec = try ChipLibrary.chip("synapus-1-mesh-40x25")
    let image = try Self.image(spec, cores: 1000, learns: learns)
    let experiment = Self.experiment(spec, ticks: 2000, samples: 4)
    let what = "1,000 cores\(learns ? ", learning" : "")"
    for threads in [1, 2] {
      try report(
        "\(what), \(threads) threads", EmulatedChip(spec, EmulationSettings(threads: threads)),
        image, experiment, within: 3)
    }
    let drift = DriftSpec(sigma: 0.01, periodSamples: 16, ownPart: 0.3, perKelvin: 0)
    try report(
      "\(what), drifting", EmulatedChip(spec, EmulationSettings(drift: drift)), image, experiment,
      within: 3)
    try report("\(what), ideal", IdealChip(spec), image, experiment, within: 3)
  }

  @Test(arguments: ["loihi", "truenorth"])
  func digitalChips(name: String) throws {
    var spec = try ChipLibrary.chip(name)
    (spec.geometry.meshColumns, spec.geometry.meshRows) = (32, 32)
    var generator = try required(RandomDigitalImage(spec, seed: 3), "digital chip")
    var image = generator.image(ticks: 1000)
    if let program = try StateCase.program("pair-stdp", on: spec) {
      image.programs = [program]
      image.cores = spec.geometry.cores.map { core in
        CoreImage(core, digital: StateCase.denseCore(program: 0))
      }
    }
    let experiment = generator.experiment(image, ticks: 1000)
    for threads in [1, 2] {
      try report(
        "\(name), \(image.cores.count) cores, \(threads) threads",
        EmulatedChip(spec, EmulationSettings(threads: threads)), image, experiment, within: 2)
    }
  }

  private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = SuspendingClock.now
    try body()
    return (SuspendingClock.now - start) / .milliseconds(1)
  }

  @Test(arguments: [1, 1000])
  func snapshots(cores: Int) throws {
    let spec = try ChipLibrary.chip("synapus-1-mesh-40x25")
    let image = try Self.image(spec, cores: cores, learns: true)
    for chip in [try EmulatedChip(spec), IdealChip(spec)] as [any Chip] {
      let name = "\(cores) cores, \(chip.info.kind)"
      print("\(name): load \(try milliseconds { try chip.load(image) }) ms")
      print("\(name): first snapshot \(try milliseconds { _ = try chip.snapshot() }) ms")
      let initial = try chip.snapshot()
      let again = try milliseconds { for _ in 0..<100 { _ = try chip.snapshot() } }
      print("\(name): untouched \(again / 100) ms, \(initial.encoded().count) bytes")
      _ = try chip.run(Self.experiment(spec, ticks: 20, samples: 1))
      var state = initial
      print("\(name): learned \(try milliseconds { state = try chip.snapshot() }) ms")
      var bytes: [UInt8] = []
      print("\(name): encode \(milliseconds { bytes = state.encoded() }) ms, \(bytes.count) bytes")
      print("\(name): decode \(try milliseconds { _ = try ChipState(decoding: bytes) }) ms")
      print("\(name): restore \(try milliseconds { try chip.restore(state) }) ms")
      print("\(name): restore initial \(try milliseconds { try chip.restore(initial) }) ms")
      let cancelled = Cancellation()
      cancelled.cancel()
      _ = try? chip.run(Self.experiment(spec, ticks: 1, samples: 1), cancellation: cancelled)
      print("\(name): restore untouched \(try milliseconds { try chip.restore(initial) }) ms")
    }
  }
}
