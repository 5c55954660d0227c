/// The size of each block's values: what counts as its largest activation.
///
/// Source: Diehl et al. 2015, IJCNN, for the bounds by weights and by data; Rueckauer et al. 2017,
/// Frontiers in Neuroscience 11:682, section 2.2.3, for the percentile in place of the maximum.
struct ThresholdBalance: Equatable, Sendable {
  /// The largest activation of each block; of the last one the largest magnitude of a sum.
  var peaks: [Double]

  /// Measures activations on samples.
  init(
    _ blocks: [RateBlock], _ samples: BalanceSamples, percentile: Double
  ) throws(ConversionFault) {
    guard samples.count > 0, samples.inputs == blocks.first?.inputCount else {
      throw .samples(
        found: "\(samples.count) samples of \(samples.inputs) values",
        expected: "at least one of \(blocks.first?.inputCount ?? 0) values")
    }
    // Bounded work and memory on large networks; samples are spread evenly.
    let largest = blocks.map(\.outputCount).max() ?? 1
    let used = min(samples.count, max(Self.mostValues / largest, 1), BalanceSamples.most)
    var activations = [[Double]](repeating: [], count: blocks.count)
    for number in 0..<used {
      var values = samples.sample(number * samples.count / used)
      for (index, block) in blocks.enumerated() {
        values = block.sum(of: values)
        activations[index] += values.map { block.fires ? max($0, 0) : $0.magnitude }
        if block.fires { values = values.map { max($0, 0) } }
      }
    }
    peaks = []
    for (block, values) in zip(blocks, activations) {
      peaks.append(try Self.peak(of: values, percentile, block))
    }
  }

  /// The most activations of one block that are kept.
  private static let mostValues = 1 << 24

  /// The percentile, or the maximum where the percentile is zero.
  private static func peak(
    of values: [Double], _ percentile: Double, _ block: RateBlock
  ) throws(ConversionFault) -> Double {
    let sorted = values.sorted()
    let place = Double(sorted.count - 1) * percentile / 100
    let chosen = sorted.isEmpty ? 0 : sorted[Int(place.rounded())]
    let peak = chosen > 0 ? chosen : sorted.last ?? 0
    guard peak > 0, peak.isFinite else {
      throw .silent(layer: block.name, reason: "has no activation above zero on the samples")
    }
    return peak
  }

  /// The largest activations that weights and biases allow for inputs of 0 to 1.
  init(boundsOf blocks: [RateBlock]) throws(ConversionFault) {
    var bounds = [Double](repeating: 1, count: blocks.first?.inputCount ?? 0)
    peaks = []
    for block in blocks {
      bounds = block.bound(of: bounds).map { max($0, 0) }
      let peak = bounds.max() ?? 0
      guard peak > 0, peak.isFinite else {
        throw .silent(layer: block.name, reason: "never has an activation above zero")
      }
      peaks.append(peak)
    }
  }
}
