import HardwareSpec

/// Gives senders with large weights more row pairs, so that the step of all can be finer.
///
/// Copies of a sender add up, so n of them reach n times as far at the same step. The rows of one
/// population are those of its cores; and as every copy is an event at a core's port, a sender gets
/// at most eight times as many as asked for.
struct RowPairSearch {
  private static let mostFactor = 8

  private let incoming: [IncomingProjection]
  /// For each projection, the largest weight of each sender.
  private let peaks: [[Double]]
  private let budget: Int
  private let largestCharge: Double
  private let maxClip: Double

  /// Takes the row pairs of one core; a population that needs more has those of several.
  init(_ incoming: [IncomingProjection], pairsPerCore: Int, maxClip: Double) {
    self.incoming = incoming
    self.maxClip = maxClip
    peaks = incoming.map(\.senderPeaks)
    let needed = incoming.reduce(0) { $0 + $1.pairCount }
    budget = max((needed + pairsPerCore - 1) / pairsPerCore, 1) * pairsPerCore
    largestCharge = incoming.first?.ladder(copies: 1).largest ?? 1
  }

  /// The projections with the copies of their senders, and the step of least error.
  ///
  /// Nil where all weights are zero. `leastStep` is the finest that the gains reach.
  func best(
    leastStep: Double, searchesStep: Bool
  ) -> (incoming: [IncomingProjection], step: Double)? {
    let natural = incoming.naturalStep
    guard natural.isNormal, (natural / 1e6).isNormal, let finest = finest(natural, leastStep),
      let start = plan(at: natural)
    else { return nil }
    var (best, least) = ((start, natural), error(start, natural))
    if searchesStep, let step = StepSearch(incoming.weightGroups, maxClip: maxClip).best() {
      let error = error(incoming, step)
      if error < least { (best, least) = ((incoming, step), error) }
    }
    let steps = searchesStep ? steps(from: finest, to: natural) : [finest]
    for step in steps {
      guard let plan = plan(at: step) else { continue }
      let error = error(plan, step)
      if error < least { (best, least) = ((plan, step), error) }
    }
    return best
  }

  /// The projections with the copies that a given step needs, or as they were where those do not fit.
  func spread(at step: Double) -> [IncomingProjection] { plan(at: step) ?? incoming }

  private func error(_ incoming: [IncomingProjection], _ step: Double) -> Double {
    StepSearch(incoming.weightGroups, maxClip: maxClip).error(at: step)
  }

  /// Equal ratios.
  private func steps(from finest: Double, to natural: Double) -> [Double] {
    let ratio = natural / finest
    return (0..<48).map { finest * DeterministicMath.pow(ratio, Double($0) / 48) }
  }

  /// The finest step whose copies fit the rows.
  private func finest(_ natural: Double, _ leastStep: Double) -> Double? {
    var candidates: Set<Double> = []
    for (incoming, peaks) in zip(incoming, peaks) {
      let base = largestCharge * Double(incoming.copies)
      for peak in Set(peaks) where peak > 0 {
        for factor in 1...Self.mostFactor {
          let step = peak / (base * Double(factor))
          if step >= leastStep, step <= natural { candidates.insert(step) }
        }
      }
    }
    let sorted: [Double] = candidates.sorted(by: >)
    var (low, high) = (-1, sorted.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if plan(at: sorted[middle]) != nil { low = middle } else { high = middle - 1 }
    }
    return low >= 0 ? sorted[low] : nil
  }

  /// The copies that senders need at a step, where they fit.
  private func plan(at step: Double) -> [IncomingProjection]? {
    var (planned, pairs) = (incoming, 0)
    for (number, peaks) in peaks.enumerated() {
      let least = incoming[number].copies
      var copies = [Int](repeating: least, count: peaks.count)
      for (sender, peak) in peaks.enumerated() {
        // A step that was made to fit a peak exactly must not need one copy more by rounding.
        let needed = (peak / (largestCharge * step) * (1 - 1e-12)).rounded(.up)
        guard needed <= Double(least * Self.mostFactor) else { return nil }
        copies[sender] = max(least, Int(needed))
      }
      pairs += copies.reduce(0, +)
      guard pairs <= budget else { return nil }
      planned[number].senderCopies = copies.allSatisfy { $0 == least } ? [] : copies
    }
    return planned
  }
}
