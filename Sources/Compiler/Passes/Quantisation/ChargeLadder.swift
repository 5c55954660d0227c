import HardwareSpec

/// The charges that the copies of one synapse can give together, in steps of stored weight.
///
/// Where charge goes with the weight, n steps give the charge n. By other laws the steps are shared
/// over the copies as equally as can be, and the copies' charges add up.
struct ChargeLadder: Equatable, Sendable {
  let copies: Int
  /// The steps of all copies together, at most.
  let mostSteps: Int
  /// The charge of each number of steps; empty: it is that number.
  private let charges: [Double]

  init(copies: Int, largestWeight: Int, law: WeightLaw) {
    (self.copies, mostSteps) = (copies, copies * largestWeight)
    charges =
      law == .linear
      ? []
      : (0...mostSteps).map { steps in
        let (share, more) = steps.quotientAndRemainder(dividingBy: copies)
        return Double(copies - more) * law.charge(share)
          + (more > 0 ? Double(more) * law.charge(share + 1) : 0)
      }
  }

  var isLinear: Bool { charges.isEmpty }

  /// The largest charge, and where a charge is clipped to it: half a step beyond.
  var largest: Double { charges.last ?? Double(mostSteps) }
  var limit: Double {
    isLinear ? largest + 0.5 : largest + (largest - charges[mostSteps - 1]) / 2
  }

  /// The charge of a number of steps, of either sign.
  func charge(_ steps: Int) -> Double {
    if isLinear { return Double(steps) }
    return steps < 0 ? -charges[-steps] : charges[steps]
  }

  /// The steps whose charge is nearest; halves go to even steps, and what is no number to the least.
  func nearest(_ charge: Double) -> Int {
    guard charge > -largest else { return -mostSteps }
    guard charge < largest else { return mostSteps }
    if isLinear { return Int(charge.rounded(.toNearestOrEven)) }
    let magnitude = charge.magnitude
    var (low, high) = (0, mostSteps)
    while low < high {
      let middle = (low + high + 1) / 2
      if charges[middle] <= magnitude { low = middle } else { high = middle - 1 }
    }
    let (below, above) = (magnitude - charges[low], charges[low + 1] - magnitude)
    let steps = below < above || below == above && low % 2 == 0 ? low : low + 1
    return charge < 0 ? -steps : steps
  }

  /// The charge nearest to one that is not negative.
  @inline(__always)
  func rounded(_ charge: Double) -> Double {
    guard isLinear else { return self.charge(nearest(charge)) }
    let inside = charge < largest ? charge : largest
    return inside + 0x1.8p52 - 0x1.8p52
  }
}
