import ChipInterface
import Compiler
import HardwareSpec

/// The network and the inputs of W4 and W5: 16 x 16 images, 256-246-10, about 80 active pixels,
/// 100 ticks an image, random weights.
struct ImageWorkload {
  static let ticks = 100
  let image: ChipImage
  let inputs: SpikeBatch
  let labels: [Int]

  /// Makes the workload for a batch of images; without room for it, the compiler says why.
  init(_ spec: ChipSpec, images: Int) throws {
    var random = SequentialRandom(seed: 4, stream: 4)
    let dt = spec.time.tickSeconds * spec.time.acceleration
    func layer(
      _ name: String, from senders: Int, _ count: Int, mean: Double, deviation: Double,
      threshold: Double?
    ) -> DenseNetwork.Layer {
      DenseNetwork.Layer(
        name: name, projection: "to_\(name)",
        weights: (0..<senders * count).map { _ in Float(mean + deviation * random.normal()) },
        count: count, membraneSeconds: 20 * dt, synapticSeconds: 20 * dt, threshold: threshold)
    }
    let network = DenseNetwork(
      inputCount: 256,
      layers: [
        layer("hidden", from: 256, 246, mean: 0.03, deviation: 0.12, threshold: 1),
        layer("readout", from: 246, 10, mean: 0, deviation: 0.05, threshold: nil),
      ])
    var options = CompileOptions(spec)
    (options.dt, options.durationTicks) = (dt, Self.ticks)
    options.keepsZeroWeights = true
    options.maxClip = 1
    image = try Compiler.compile(try network.nirGraph(dt: dt), name: "images", options).image
    inputs = Self.images(images, spec.time.cyclesPerTick, &random)
    labels = (0..<images).map { $0 % 10 }
  }

  /// One spike for each active pixel, within the first forty ticks.
  private static func images(
    _ count: Int, _ cyclesPerTick: Int, _ random: inout SequentialRandom
  ) -> SpikeBatch {
    var batch = SpikeBatch()
    for _ in 0..<count {
      var spikes: [(cycle: UInt32, unit: UInt32)] = []
      for pixel in 0..<256 where random.uniform() < 80.0 / 256 {
        spikes.append((UInt32(Double(40 * cyclesPerTick) * random.uniform()), UInt32(pixel)))
      }
      spikes.sort { ($0.cycle, $0.unit) < ($1.cycle, $1.unit) }
      batch.cycles += spikes.map(\.cycle)
      batch.units += spikes.map(\.unit)
      batch.offsets.append(batch.cycles.count)
    }
    return batch
  }

  /// The experiment of an inference: the output's membranes are read, all spikes come back.
  func inference(_ spec: ChipSpec) -> Experiment {
    Experiment(
      durationTicks: Self.ticks, inputs: inputs,
      sampleNumbers: (0..<UInt64(inputs.sampleCount)).map { $0 },
      recorded: RecordingRequest(
        spikes: true, adcPopulations: ["readout"], adcEvery: spec.readout.sampleEveryTicks))
  }
}
