import ChipInterface
import Datasets
import HardwareSpec

/// Poisson spikes of pictures: the brighter a pixel, the more.
struct DigitSpikes {
  let samples: LabelledSamples
  /// Spikes a tick of a white pixel.
  let highestRate = 0.1

  /// The spikes of one picture within some ticks, given as (tick, pixel).
  func draw(
    _ sample: Int, in ticks: Range<Int>, _ random: inout SequentialRandom
  ) -> [(tick: Int, pixel: Int)] {
    var spikes: [(tick: Int, pixel: Int)] = []
    for (pixel, value) in samples.features(ofSample: sample).enumerated() where value > 0 {
      let rate = highestRate * Double(value)
      for tick in ticks where random.uniform() < rate { spikes.append((tick, pixel)) }
    }
    return spikes
  }
}

/// Neurons that inhibit each other and take on features of what they see, without labels.
///
/// Diehl and Cook 2015, small: every picture drives all neurons, the first that fires holds the
/// others down and learns.
struct DigitFeatures {
  static let count = 96
  static let neuron: OnChipNeuron = {
    var neuron = OnChipNeuron(
      membraneTicks: 20, synapticTicks: 5, peakPerStep: 0.005)
    neuron.inhibitoryTicks = 20
    neuron.inhibitoryPeakPerStep = 0.05
    neuron.refractoryTicks = 5
    return neuron
  }()

  /// The rule's program, and the seed of what is drawn.
  let program: LearningProgram
  let seed: UInt64
  private let ticks = 128, inhibition = 1

  /// Weights before any picture was seen, shape [pixel, neuron].
  func initialWeights(largest: Int) -> [Int] {
    var random = SequentialRandom(seed: seed, stream: 0x4449_4749)
    return (0..<Digits.pixelCount * Self.count).map { _ in
      Int.random(in: 0...largest, using: &random)
    }
  }

  /// Adds the neurons to a network: pixels and each other as inputs.
  func add(
    to network: inout OnChipNetwork, weights: [Int], plasticity: OnChipNetwork.Plasticity?
  ) -> (pixels: OnChipNetwork.Group, neurons: OnChipNetwork.Group, OnChipNetwork.ProjectionID) {
    let count = Self.count
    let pixels = network.addInputs(Digits.pixelCount)
    let neurons = network.addNeurons("features", count, Self.neuron)
    let synapses = network.connect(
      pixels, to: neurons, weights: weights, plasticity: plasticity)
    network.connect(
      neurons, to: neurons,
      weights: (0..<count * count).map { $0 / count == $0 % count ? 0 : -inhibition })
    return (pixels, neurons, synapses)
  }

  /// Shows all pictures `epochs` times, and returns the weights that the chip came to.
  func learn(
    _ samples: LabelledSamples, epochs: Int, _ setting: LearningSetting, on chip: any Chip,
    _ progress: (Double) -> Void
  ) throws(TrainingError) -> (weights: [Int], session: LearningSession) {
    var network = OnChipNetwork("digit features", on: chip.info.spec)
    let rule = network.addRule(program)
    let (pixels, _, synapses) = add(
      to: &network, weights: initialWeights(largest: chip.info.spec.synapse.largestWeight),
      plasticity: .init(rule))
    let image = try network.image(durationTicks: ticks)
    let session = try LearningSession(
      image, on: chip, firstSample: seed &* 1_000_000, cancellation: setting.cancellation)
    let coded = DigitSpikes(samples: samples)
    var random = SequentialRandom(seed: seed, stream: 0x4449_5350)
    let first = image.channels(of: pixels).lowerBound
    var weights: [Double] = []
    let order = (0..<epochs).flatMap { _ in random.permutation(samples.count) }
    for start in stride(from: 0, to: order.count, by: 100) {
      let batch = order[start..<min(start + 100, order.count)]
      let trials = batch.map { sample in
        var trial = LearningTrial()
        for spike in coded.draw(sample, in: 2..<ticks - 6, &random) {
          trial.spike(first + spike.pixel, at: spike.tick)
        }
        return trial
      }
      let record = try session.run(
        trials, ticks: ticks, probes: image.probes(.weight, of: synapses))
      weights = image.synapses(of: synapses, from: record.registers, sample: trials.count - 1)
      progress(Double(start + batch.count) / Double(order.count))
    }
    return (weights.map { Int($0) }, session)
  }
}
