import ChipInterface
import Datasets
import HardwareSpec

/// Ten neurons that learn by errors which digit the feature neurons' spikes mean.
///
/// A sample runs 15 epochs of 16 ticks, as in ``RewardedChoice``: the errors for the picture before
/// come in the eighth epoch and meet its tags; then the next picture is shown.
final class DigitReadout {
  private static let epochTicks = 16
  private static let ticks = 15 * epochTicks, errorTick = 7 * epochTicks + 2
  private static let pictureTicks = (8 * epochTicks + 2)..<(15 * epochTicks - 12)
  /// Spikes that the right neuron should fire, and error for each that is missing.
  private static let wantedSpikes = 6, errorPerSpike = 10
  private static let digits = 10
  /// Neurons that name one digit: their mismatch and their rounding by chance average out.
  private static let copies = 5

  let session: LearningSession
  private let pixels: Int
  private let outputs: Range<Int>
  private var random: SequentialRandom
  private var pendingErrors: [Int] = []

  /// Puts fixed features and a readout without weights on the chip.
  init(
    _ program: LearningProgram, features: DigitFeatures, weights: [Int],
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) {
    var network = OnChipNetwork("digit readout", on: chip.info.spec)
    let layer = features.add(to: &network, weights: weights, plasticity: nil)
    let neuron = OnChipNeuron(
      membraneTicks: 20, synapticTicks: 10, peakPerStep: 0.03)
    let digits = network.addNeurons("digits", Self.digits * Self.copies, neuron)
    let rule = network.addRule(program)
    network.connect(
      layer.neurons, to: digits,
      weights: Array(repeating: 0, count: DigitFeatures.count * digits.count),
      plasticity: .init(rule, isSigned: true))
    let image = try network.image(durationTicks: Self.ticks)
    session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 1_000_000 &+ 500_000,
      cancellation: setting.cancellation)
    (pixels, outputs) = (image.channels(of: layer.pixels).lowerBound, image.units(of: digits))
    random = SequentialRandom(seed: setting.seed, stream: 0x4449_524F)
  }

  /// Shows pictures with labels, one a run: the errors of one come with the next.
  func learn(
    _ samples: LabelledSamples, epochs: Int, _ progress: (Double) -> Void
  ) throws(TrainingError) {
    let coded = DigitSpikes(samples: samples)
    let order = (0..<epochs).flatMap { _ in random.permutation(samples.count) }
    for (position, sample) in order.enumerated() {
      let record = try session.run([trial(coded, sample)], ticks: Self.ticks)
      let counts = record.counts(outputs, trial: 0, from: Self.pictureTicks.lowerBound)
      pendingErrors = counts.enumerated().map { neuron, count in
        let wanted =
          neuron / Self.copies == Int(samples.labels[sample]) ? Self.wantedSpikes : 0
        return max(-64, min(64, (wanted - count) * Self.errorPerSpike))
      }
      if position % 20 == 19 { progress(Double(position + 1) / Double(order.count)) }
    }
  }

  /// The fraction of pictures whose digit fires most; of equal ones any is taken.
  ///
  /// No error is sent, so nothing is learnt.
  func accuracy(_ samples: LabelledSamples) throws(TrainingError) -> Double {
    pendingErrors = []
    let coded = DigitSpikes(samples: samples)
    var right = 0
    for start in stride(from: 0, to: samples.count, by: 100) {
      let range = start..<min(start + 100, samples.count)
      let record = try session.run(range.map { trial(coded, $0) }, ticks: Self.ticks)
      for (i, sample) in range.enumerated() {
        let counts = record.counts(outputs, trial: i, from: Self.pictureTicks.lowerBound)
        let sums = (0..<Self.digits).map { digit in
          counts[digit * Self.copies..<(digit + 1) * Self.copies].reduce(0, +)
        }
        let best = sums.indices.filter { sums[$0] == sums.max() }
        if best[Int(random.uniform() * Double(best.count))] == Int(samples.labels[sample]) {
          right += 1
        }
      }
    }
    return Double(right) / Double(samples.count)
  }

  private func trial(_ coded: DigitSpikes, _ sample: Int) -> LearningTrial {
    var trial = LearningTrial()
    for (neuron, error) in pendingErrors.enumerated() where error != 0 {
      // The chip takes 32 graded events a tick.
      trial.error(error, to: outputs.lowerBound + neuron, at: Self.errorTick + neuron / 25)
    }
    for spike in coded.draw(sample, in: Self.pictureTicks, &random) {
      trial.spike(pixels + spike.pixel, at: spike.tick)
    }
    return trial
  }
}
