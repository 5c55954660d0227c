/// The weights of one projection before and after rounding, small enough to be drawn.
public struct WeightSample: Equatable, Sendable {
  /// The projection's name.
  public var name: String
  /// Receivers and senders that stand for one row and one column of the maps.
  public var rowStride, columnStride: Int
  /// Rows (receivers) and columns (senders) of the maps.
  public var rows, columns: Int
  /// The largest weight of each cell's block before and after rounding, in the network's unit; not
  /// a number where there is no synapse.
  public var before, after: [Double]
  /// Whether a weight of the cell's block was clipped.
  public var clipped: [Bool]
  /// How many synapses have an error in each bin of a tenth of a step, from ``lowestError`` on.
  public var errors: [Int]
  /// The error, in steps, at which the first bin begins; beyond either end the last bin counts.
  public static let lowestError = -2.0
  /// Width of a bin, in steps.
  public static let binWidth = 0.1
  /// Synapses, and clipped ones.
  public var synapses, clippedCount: Int
  /// Signal over rounding error, in decibels; nil when either is zero.
  public var signalToNoise: Double?
  /// What one step means in the network's unit.
  public var weightPerStep: Double
}

extension QuantisedNetwork {
  /// The projections with the lowest signal-to-noise ratio, at most so many, in their order.
  public func weightSamples(projections most: Int, largestWeight: Int) -> [WeightSample] {
    let worst = projections.indices.sorted {
      (projections[$0].signalToNoise ?? .infinity, $0)
        < (projections[$1].signalToNoise ?? .infinity, $1)
    }
    return worst.prefix(most).sorted().map { sample($0, largestWeight) }
  }

  private func sample(_ index: Int, _ largestWeight: Int) -> WeightSample {
    let (projection, scaled) = (network.projections[index], projections[index])
    var sample = WeightSample(
      projection.name, receivers: projection.synapses.receiverCount,
      senders: projection.synapses.senderCount, scaled)
    let synapses = projection.synapses
    guard scaled.steps.count == synapses.count else { return sample }
    for sender in 0..<synapses.senderCount {
      let most = scaled.copies(ofSender: sender) * largestWeight
      for synapse in synapses.synapses(of: sender) {
        sample.add(
          weight: synapses.weights[synapse], steps: Int(scaled.steps[synapse]), most: most,
          sender: sender, receiver: Int(synapses.receivers[synapse]), scaled)
      }
    }
    return sample
  }
}

extension WeightSample {
  /// Cells of one side of a map, at most.
  private static let most = 96

  fileprivate init(
    _ name: String, receivers: Int, senders: Int, _ scaled: QuantisedProjection
  ) {
    (self.name, synapses, clippedCount) = (name, 0, 0)
    (signalToNoise, weightPerStep) = (scaled.signalToNoise, scaled.weightPerStep)
    rowStride = max(1, (receivers + Self.most - 1) / Self.most)
    columnStride = max(1, (senders + Self.most - 1) / Self.most)
    rows = (receivers + rowStride - 1) / rowStride
    columns = (senders + columnStride - 1) / columnStride
    before = Array(repeating: .nan, count: rows * columns)
    after = before
    clipped = Array(repeating: false, count: rows * columns)
    let bins = -2 * Self.lowestError / Self.binWidth
    errors = Array(repeating: 0, count: Int(bins.rounded()))
  }

  fileprivate mutating func add(
    weight: Double, steps: Int, most: Int, sender: Int, receiver: Int,
    _ scaled: QuantisedProjection
  ) {
    let factor = scaled.receiverScales.isEmpty ? 1 : scaled.receiverScales[receiver]
    let step = scaled.weightPerStep * factor
    let asked = weight / step
    let isClipped = asked.magnitude >= Double(most) + 0.5 || asked.isNaN
    let error = asked - Double(steps)
    let bin = ((error - Self.lowestError) / Self.binWidth).rounded(.down)
    errors[bin.isNaN ? 0 : Int(max(0, min(bin, Double(errors.count - 1))))] += 1
    synapses += 1
    clippedCount += isClipped ? 1 : 0
    let cell = receiver / rowStride * columns + sender / columnStride
    if before[cell].isNaN || weight.magnitude > before[cell].magnitude {
      (before[cell], after[cell]) = (weight, Double(steps) * step)
    }
    if isClipped { clipped[cell] = true }
  }
}
