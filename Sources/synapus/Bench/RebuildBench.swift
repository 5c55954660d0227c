import Analysis
import ChipInterface
import Compiler
import HardwareSpec

/// What `synapus bench rebuild` measured: a new weight set of one core, from floats to the chip.
struct RebuildMeasurement: Encodable {
  var workload = "rebuild"
  var chip, kernel: String
  var threads, steps, synapses: Int
  /// The median of one rebuild, and the slowest.
  var seconds, slowestSeconds, cpuSeconds: Double
  var stepsPerS, synapseUpdatesPerS: Double
  /// Medians of rounding, of writing into the image, and of writing to the chip.
  var parts: [String: Double]
  var peakRSSMiB: Double

  enum CodingKeys: String, CodingKey {
    case workload, chip, kernel, threads, steps, synapses, seconds
    case slowestSeconds = "slowest_seconds"
    case cpuSeconds = "cpu_seconds"
    case stepsPerS = "steps_per_s"
    case synapseUpdatesPerS = "synapse_updates_per_s"
    case parts
    case peakRSSMiB = "peak_rss_mib"
  }

  var table: String {
    var table = TextTable("figure", "value")
    table.append(["workload", "\(workload) on \(chip), kernel \(kernel)"])
    table.append(["synapses", "\(synapses)"])
    table.append(["one rebuild, median of \(steps)", "\(NumberText.brief(1e3 * seconds)) ms"])
    table.append(["the slowest", "\(NumberText.brief(1e3 * slowestSeconds)) ms"])
    for (name, seconds) in parts.sorted(by: { $0.key < $1.key }) {
      table.append(["of it \(name)", "\(NumberText.brief(1e3 * seconds)) ms"])
    }
    return table.text()
  }
}

/// Measures the weight-only rebuild of the training loop: floats to steps, steps into the image and
/// onto the chip; nothing is placed again.
struct RebuildBench {
  let chip: any Chip
  let kernel: String
  let threads: Int

  /// The seconds of one rebuild.
  private struct Lap {
    var rounding, image, chip: Double
    var all: Double { rounding + image + chip }
  }

  func run(rebuilds: Int) throws -> RebuildMeasurement {
    let spec = chip.info.spec
    let size = min(256, spec.geometry.rowPairsPerCore, spec.geometry.circuitsPerCore)
    var random = SequentialRandom(seed: 5, stream: 4)
    let sets = (0..<4).map { _ in
      (0..<size * size).map { _ in Float(0.2 * random.normal()) }
    }
    var image = try image(sets[0], size, spec)
    try chip.load(image)
    let quantiser = try Quantiser(image.io.projections[0], on: spec)
    let clock = ResourceClock()
    let laps = try (0..<rebuilds).map {
      try lap(sets[$0 % sets.count], quantiser, &image, spec)
    }
    let seconds = Self.median(laps.map(\.all))
    return RebuildMeasurement(
      chip: spec.name, kernel: kernel, threads: threads, steps: rebuilds, synapses: size * size,
      seconds: seconds, slowestSeconds: laps.map(\.all).max() ?? 0, cpuSeconds: clock.cpuSeconds,
      stepsPerS: 1 / seconds, synapseUpdatesPerS: Double(size * size) / seconds,
      parts: [
        "rounding": Self.median(laps.map(\.rounding)), "image": Self.median(laps.map(\.image)),
        "chip": Self.median(laps.map(\.chip)),
      ], peakRSSMiB: ResourceClock.peakRSSMiB)
  }

  private func image(_ weights: [Float], _ size: Int, _ spec: ChipSpec) throws -> ChipImage {
    let dt = spec.time.tickSeconds * spec.time.acceleration
    let layer = DenseNetwork.Layer(
      name: "layer", projection: "weights", weights: weights, count: size,
      membraneSeconds: 20 * dt, synapticSeconds: 20 * dt, threshold: 1)
    var options = CompileOptions(spec)
    (options.dt, options.keepsZeroWeights) = (dt, true)
    let network = DenseNetwork(inputCount: size, layers: [layer])
    return try Compiler.compile(try network.nirGraph(dt: dt), name: "rebuild", options).image
  }

  private func lap(
    _ weights: [Float], _ quantiser: Quantiser, _ image: inout ChipImage, _ spec: ChipSpec
  ) throws -> Lap {
    let start = ContinuousClock.now
    let blocks = try quantiser.quantise(weights).blocks
    let rounded = ContinuousClock.now
    try image.apply(blocks, on: spec)
    let applied = ContinuousClock.now
    try chip.write(blocks)
    return Lap(
      rounding: (rounded - start) / .seconds(1), image: (applied - rounded) / .seconds(1),
      chip: (ContinuousClock.now - applied) / .seconds(1))
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}
