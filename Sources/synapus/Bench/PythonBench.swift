import ChipInterface
import Foundation
import HardwareSpec

/// The loop of a Python client against the same loop in this process: all weights are written,
/// then a mini-batch of 100 is run.
///
/// Both loops are measured in turns: what disturbs the machine meets both.
struct PythonBench {
  private static let (samples, batches, rounds) = (100, 60, 5)
  /// Mini-batches that go before those that are measured.
  private static let warmUp = 10
  private static let seconds = 20.0

  let endpoint: String

  /// The ratio of the times of a batch; nil where no Python with the package is found.
  func ratio(_ makeChip: () throws -> any Chip) throws -> Double? {
    guard let python = Self.interpreter() else { return nil }
    let chip = try makeChip()
    let workload = try ImageWorkload(chip.info.spec, images: 1)
    let file = FileManager.default.temporaryDirectory.path + "/synapus-bench-\(getpid()).chip"
    try OutputFile.write(try workload.image.encoded(spec: chip.info.spec), to: file)
    defer { try? FileManager.default.removeItem(atPath: file) }
    var before = try Self.local(chip, workload.image)
    var ratios: [Double] = []
    for _ in 0..<Self.rounds {
      guard let remote = remote(python, image: file) else { return nil }
      let after = try Self.local(chip, workload.image)
      ratios.append(remote / ((before + after) / 2))
      before = after
    }
    return ratios.median
  }

  /// Seconds of a batch from Python.
  private func remote(_ python: String, image file: String) -> Double? {
    Self.output(
      of: python,
      [
        "-m", "synapus.bench", "--connect", endpoint, "--image", file,
        "--batch", "\(Self.samples)", "--batches", "\(Self.batches)", "--warm-up", "\(Self.warmUp)",
      ]
    ).flatMap { try? JSONDecoder().decode(Figures.self, from: $0) }?.median
  }

  /// What `python -m synapus.bench` says.
  private struct Figures: Decodable {
    var median: Double
    enum CodingKeys: String, CodingKey { case median = "seconds_per_batch_median" }
  }

  /// Seconds of a batch in this process.
  private static func local(_ chip: any Chip, _ image: ChipImage) throws -> Double {
    let spec = chip.info.spec
    try chip.load(image)
    let (block, experiment) = (Self.block(image, spec), Self.experiment(image, spec))
    var times: [Double] = []
    for _ in 0..<warmUp + batches {
      let clock = ResourceClock()
      try chip.write([block])
      _ = try chip.run(experiment)
      times.append(clock.seconds)
    }
    return Array(times.dropFirst(warmUp)).median
  }

  /// All weights of the network's core.
  private static func block(_ image: ChipImage, _ spec: ChipSpec) -> WeightBlock {
    let (core, columns) = (image.cores[0], spec.geometry.circuitsPerCore)
    let (pairs, used) = (spec.geometry.rowPairsPerCore, core.circuits.count)
    var steps: [Int8] = []
    for pair in 0..<pairs {
      for column in 0..<used {
        let excitatory = Int(core.weights[2 * pair * columns + column])
        steps.append(Int8(excitatory - Int(core.weights[(2 * pair + 1) * columns + column])))
      }
    }
    return WeightBlock(
      core: core.core, firstPair: 0, pairCount: pairs, firstColumn: 0, columnCount: used,
      values: .steps(steps))
  }

  /// One spike for each input and sample at a random time; all spikes and ADC codes are recorded.
  private static func experiment(_ image: ChipImage, _ spec: ChipSpec) -> Experiment {
    var random = SequentialRandom(seed: 0, stream: 6)
    let cycles = ImageWorkload.ticks * spec.time.cyclesPerTick
    var inputs = SpikeBatch()
    for _ in 0..<samples {
      let spikes = image.inputRoutes.indices.map { unit in
        (cycle: UInt32(Double(cycles) * random.uniform()), unit: UInt32(unit))
      }.sorted { ($0.cycle, $0.unit) < ($1.cycle, $1.unit) }
      inputs.cycles += spikes.map(\.cycle)
      inputs.units += spikes.map(\.unit)
      inputs.offsets.append(inputs.cycles.count)
    }
    return Experiment(
      durationTicks: ImageWorkload.ticks, inputs: inputs,
      sampleNumbers: (0..<UInt64(samples)).map { $0 },
      recorded: RecordingRequest(
        adcPopulations: image.io.populations.map(\.name), adcEvery: spec.readout.sampleEveryTicks))
  }

  // MARK: Finding Python

  /// A Python that has the package: `SYNAPUS_PYTHON`, a virtual environment here, or the system's.
  private static func interpreter() -> String? {
    let named = ProcessInfo.processInfo.environment["SYNAPUS_PYTHON"]
    let usual = [
      "tools/python/.venv/bin/python", ".venv/bin/python", "/usr/local/bin/python3",
      "/usr/bin/python3",
    ]
    return ((named.map { [$0] } ?? []) + usual).first { path in
      FileManager.default.isExecutableFile(atPath: path)
        && output(of: path, ["-c", "import synapus.bench"]) != nil
    }
  }

  /// What a program writes; nil when it fails or takes too long.
  private static func output(of program: String, _ arguments: [String]) -> Data? {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let number = process.processIdentifier
    let watchdog = DispatchWorkItem { kill(number, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: watchdog)
    let said = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    watchdog.cancel()
    return process.terminationStatus == 0 ? said : nil
  }
}
