import ChipInterface
import HardwareSpec

/// Rounds the weights of one projection, whatever copies its senders and scales its receivers have.
///
/// Compiler and ``Quantiser`` share it, so that they round alike.
struct RoundingTable<Real: StepReal> {
  /// One entry for each number of copies that senders have.
  private struct Entry {
    var copies: Int
    var ladder: ChargeLadder
    /// One rule for all receivers, or one each.
    var rules: [StepRounding<Real>]
  }

  private let entries: [Entry]
  private let steps: [Double]
  let isLinear: Bool

  /// Takes every number of copies that occurs, the weight of a step, and factors on it.
  init(
    copies: [Int], weightPerStep: Double, receiverScales: [Double], largestWeight: Int,
    law: WeightLaw
  ) {
    let steps =
      receiverScales.isEmpty ? [weightPerStep] : receiverScales.map { weightPerStep * $0 }
    self.steps = steps
    isLinear = law == .linear
    entries = Set(copies).sorted().map { copies in
      Entry(
        copies: copies,
        ladder: ChargeLadder(copies: copies, largestWeight: largestWeight, law: law),
        rules: steps.map {
          StepRounding(copies: copies, weightPerStep: $0, largestWeight: largestWeight)
        })
    }
  }

  /// Where the rules of a sender with so many copies stand.
  func entry(copies: Int) -> Int { entries.firstIndex { $0.copies == copies } ?? 0 }

  /// The weight of one step onto a receiver.
  @inline(__always)
  func weightPerStep(_ receiver: Int) -> Double { steps[steps.count == 1 ? 0 : receiver] }

  /// One copy's step, and 1 if it had to be clipped.
  @inline(__always)
  func step(_ weight: Real, _ entry: Int, receiver: Int, copy: Int) -> (value: Int8, clipped: Int32)
  {
    if isLinear { return rule(entry, receiver).step(weight, copy: copy) }
    let ladder = entries[entry].ladder
    let charge = Double(weight) / weightPerStep(receiver)
    let share = StepRounding<Real>.share(
      of: ladder.nearest(charge), copy: copy, copies: ladder.copies)
    return (Int8(clamping: share), charge.magnitude < ladder.limit ? 0 : 1)
  }

  /// The steps of all copies together, and how many of them had to be clipped.
  @inline(__always)
  func sum(_ weight: Real, _ entry: Int, receiver: Int) -> (steps: Int, clipped: Int) {
    if isLinear { return rule(entry, receiver).sum(weight) }
    let ladder = entries[entry].ladder
    let charge = Double(weight) / weightPerStep(receiver)
    return (ladder.nearest(charge), charge.magnitude < ladder.limit ? 0 : ladder.copies)
  }

  /// The charge that steps of all copies together give.
  @inline(__always)
  func charge(_ steps: Int, _ entry: Int) -> Double {
    isLinear ? Double(steps) : entries[entry].ladder.charge(steps)
  }

  @inline(__always)
  private func rule(_ entry: Int, _ receiver: Int) -> StepRounding<Real> {
    let rules = entries[entry].rules
    return rules[rules.count == 1 ? 0 : receiver]
  }
}

extension RoundingTable {
  /// The rules of a projection's map.
  init(_ map: ProjectionMap, largestWeight: Int, law: WeightLaw) {
    self.init(
      copies: map.senderCopies.isEmpty ? [map.copies] : map.senderCopies,
      weightPerStep: map.weightPerStep, receiverScales: map.receiverScales,
      largestWeight: largestWeight, law: law)
  }
}

/// How much of a projection's weights rounding has kept.
struct RoundingQuality {
  private var signal = 0.0, noise = 0.0
  private(set) var clipped = 0

  /// Adds a weight, what is stored for it, and copies of it that were clipped.
  @inline(__always)
  mutating func add(_ weight: Double, stored: Double, clipped: Int) {
    let error = weight - stored
    signal += weight * weight
    noise += error * error
    self.clipped += clipped
  }

  /// Signal over the power of the error, in decibels; nil when either is zero, or the error no more
  /// than that of the arithmetic.
  var signalToNoise: Double? {
    let ratio = signal / noise
    guard ratio > 0, ratio < 1e24 else { return nil }
    return 10 * DeterministicMath.log(ratio) / DeterministicMath.log(10)
  }
}
