import HardwareSpec

/// Finds the weight of a step at which a set of weights has the least squared rounding error.
///
/// The candidates let the largest weight take each number of steps that it can, and clip it by up
/// to a factor of four; around the best ones the grid is made finer, and the best is moved to the
/// least-squares step of its own rounding until that no longer helps. So weights on a lattice come
/// out exact where the lattice has no more levels than the synapse.
struct StepSearch {
  /// Weights that are stored with equal copies.
  struct Group {
    var ladder: ChargeLadder
    /// Magnitudes of the weights.
    var magnitudes: [Double] = []
  }

  private let groups: [Group]
  /// The step at which nothing is clipped.
  private let natural: Double
  private let mostClipped: Int

  /// The search may clip up to a share of the stored weights.
  init(_ groups: [Group], maxClip: Double) {
    self.groups = groups
    natural = groups.reduce(0) { most, group in
      max(most, group.magnitudes.reduce(0) { max($0, $1) } / group.ladder.largest)
    }
    let stored = groups.reduce(0) { $0 + $1.magnitudes.count * $1.ladder.copies }
    mostClipped = Int(min(maxClip * Double(stored), 1e15))
  }

  /// The step of least error; nil when all weights are zero, or not all are numbers.
  func best() -> Double? {
    guard natural.isNormal, (natural * 4).isFinite, (natural / 1000).isNormal else { return nil }
    let ladder = groups.first?.ladder
    let largest = ladder?.largest ?? 1
    let sample = Sample(groups)
    var ranked: [Candidate] = [Candidate(step: natural, error: sample.loss(natural).error)]
    for step in candidates(largest) { consider(step, sample, &ranked) }
    for step in ranked.prefix(3).map(\.step) {
      for quarter in [-0.5, -0.25, 0.25, 0.5] {
        consider(1 / (1 / step + quarter / (natural * largest)), sample, &ranked)
      }
    }
    return settle(ranked.prefix(4).map(\.step))
  }

  /// The squared error of all weights at a step.
  func error(at step: Double) -> Double { Sample(exactly: groups).loss(step).error }

  private struct Candidate {
    var step, error: Double
  }

  /// The largest weight takes k levels, or more than there are.
  private func candidates(_ largest: Double) -> [Double] {
    guard let ladder = groups.first?.ladder else { return [] }
    let levels = min(ladder.mostSteps, 255)
    let inside = stride(from: ladder.mostSteps, to: ladder.mostSteps - levels, by: -1).map {
      natural * largest / ladder.charge($0)
    }
    return inside + (1...45).map { natural / (1 + Double($0) / 15) }
  }

  private func consider(_ step: Double, _ sample: Sample, _ ranked: inout [Candidate]) {
    let loss = sample.loss(step)
    guard loss.clipped <= mostClipped else { return }
    let place = ranked.firstIndex { loss.error < $0.error } ?? ranked.count
    if place < 8 { ranked.insert(Candidate(step: step, error: loss.error), at: place) }
  }

  /// The best candidate over all weights, moved to where its own rounding fits best.
  private func settle(_ candidates: [Double]) -> Double {
    let all = Sample(exactly: groups)
    var (best, least) = (natural, all.loss(natural).error)
    for candidate in [natural] + candidates {
      var step = candidate
      for _ in 0..<8 {
        let loss = all.loss(step)
        guard loss.clipped <= mostClipped, loss.error <= least || step == candidate else { break }
        if loss.error < least { (best, least) = (step, loss.error) }
        guard loss.fitted.isNormal, loss.fitted != step else { break }
        step = loss.fitted
      }
    }
    return best
  }
}

/// Weights with how often each occurs: all of them, or bins where they are many.
private struct Sample {
  private struct Part {
    var ladder: ChargeLadder
    var values: [Double]
    /// How often each value occurs; empty: once.
    var counts: [Double]
  }

  private let parts: [Part]
  private static let bins = 4096

  init(exactly groups: [StepSearch.Group]) {
    parts = groups.map { Part(ladder: $0.ladder, values: $0.magnitudes, counts: []) }
  }

  /// Groups of many weights become bins at the mean of what is in them.
  init(_ groups: [StepSearch.Group]) {
    parts = groups.map { group in
      guard group.magnitudes.count > 2 * Self.bins else {
        return Part(ladder: group.ladder, values: group.magnitudes, counts: [])
      }
      let peak = group.magnitudes.reduce(0) { max($0, $1) }
      let scale = peak > 0 ? Double(Self.bins - 1) / peak : 0
      var sums = [Double](repeating: 0, count: Self.bins)
      var counts = sums
      for magnitude in group.magnitudes where magnitude <= peak {
        let bin = Int(magnitude * scale)
        sums[bin] += magnitude
        counts[bin] += 1
      }
      let used = counts.indices.filter { counts[$0] > 0 }
      return Part(
        ladder: group.ladder, values: used.map { sums[$0] / counts[$0] },
        counts: used.map { counts[$0] })
    }
  }

  /// Squared error at a step, clipped copies, and the step that fits this rounding best.
  func loss(_ step: Double) -> (error: Double, clipped: Int, fitted: Double) {
    var (error, clipped, product, square) = (0.0, 0, 0.0, 0.0)
    for part in parts {
      let (ladder, limit) = (part.ladder, part.ladder.limit)
      for i in part.values.indices {
        let (value, count) = (part.values[i], part.counts.isEmpty ? 1 : part.counts[i])
        let charge = value / step
        let stored = ladder.rounded(charge)
        let off = value - stored * step
        error += count * (off * off)
        product += count * (value * stored)
        square += count * (stored * stored)
        if !(charge < limit) { clipped += Int(count) * ladder.copies }
      }
    }
    return (error, clipped, product / square)
  }
}
