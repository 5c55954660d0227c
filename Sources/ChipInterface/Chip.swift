import HardwareSpec
import Synchronization

/// A chip to talk to: emulated, ideal, remote, or real.
///
/// A chip is used by one thread at a time. `load` comes first; `write` changes weights only, and
/// they are volatile: a later `load` forgets them. What learning rules change stays on the chip
/// from run to run and is as volatile; `snapshot` and `restore` carry both over a `load`.
public protocol Chip: AnyObject {
  /// What the chip is, and which device it is.
  var info: ChipInfo { get }

  /// Puts an image on the chip, after checking it.
  func load(_ image: ChipImage) throws(ChipError)

  /// Overwrites weights of the loaded image, all blocks or none.
  func write(_ weights: [WeightBlock]) throws(ChipError)

  /// Runs a mini-batch; `cancellation` is looked at between slices of at most 100 ms.
  ///
  /// A cancelled run leaves a usable chip, on which rules may have learned from what was run.
  func run(_ experiment: Experiment, cancellation: Cancellation?) throws(ChipError) -> Recording

  /// What is on the chip now beyond its image.
  func snapshot() throws(ChipError) -> ChipState

  /// Puts back what a snapshot took, all or nothing; the image that it belongs to must be loaded.
  func restore(_ state: ChipState) throws(ChipError)
}

extension Chip {
  /// Runs a mini-batch to its end.
  public func run(_ experiment: Experiment) throws(ChipError) -> Recording {
    try run(experiment, cancellation: nil)
  }
}

/// What a chip is, and which device of its kind.
public struct ChipInfo: Equatable, Sendable {
  /// The chip file.
  public var spec: ChipSpec
  /// The kind of chip behind the protocol, for people: "emulated", "ideal".
  public var kind: String
  /// The device's seed, and the trial seed.
  public var chipSeed, trialSeed: UInt64
  /// The uniform mismatch in place of the file's spreads, or nil.
  public var mismatch: Double?
  /// The effects that are on, by name, in a fixed order.
  public var effects: [String]
  /// Whether weights may be real numbers.
  public var takesExactWeights: Bool

  /// Makes a description.
  public init(
    spec: ChipSpec, kind: String, chipSeed: UInt64, trialSeed: UInt64, mismatch: Double?,
    effects: [String], takesExactWeights: Bool
  ) {
    (self.spec, self.kind, self.chipSeed, self.trialSeed) = (spec, kind, chipSeed, trialSeed)
    (self.mismatch, self.effects, self.takesExactWeights) = (mismatch, effects, takesExactWeights)
  }
}

/// A flag that ends a run from another thread.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  /// Makes a flag that is not set.
  public init() {}

  /// Asks the run to end.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether the run should end.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
