import ChipInterface
import HardwareSpec

extension LearningSession {
  /// The weights that plastic projections have come to, for judging them on a frozen image.
  ///
  /// Read in a sample of one epoch without input: with no presynaptic trace nothing changes.
  func weights(
    of projections: [OnChipNetwork.ProjectionID]
  ) throws(TrainingError) -> [OnChipNetwork.ProjectionID: [Double]] {
    let probes = projections.map { image.probes(.weight, of: $0) }
    let record = try run([LearningTrial()], ticks: 16, probes: probes.flatMap { $0 })
    var (weights, first) = ([OnChipNetwork.ProjectionID: [Double]](), 0)
    for (projection, probes) in zip(projections, probes) {
      weights[projection] = image.synapses(
        of: projection, from: Array(record.registers[first..<first + probes.count]), sample: 0)
      first += probes.count
    }
    return weights
  }
}

extension SequentialRandom {
  /// Weights drawn from a normal distribution, rounded and clipped to ±`largest` steps.
  mutating func weights(_ count: Int, mean: Double, spread: Double, largest: Int = 15) -> [Int] {
    (0..<count).map { _ in
      min(max(Int((mean + spread * normal()).rounded()), -largest), largest)
    }
  }

  /// Whether an event of that probability happens.
  mutating func happens(_ probability: Double) -> Bool { uniform() < probability }

  /// A whole number from 0 on, below `limit`.
  mutating func below(_ limit: Int) -> Int { min(Int(uniform() * Double(limit)), limit - 1) }
}
