import CEmulatorKernels
import ChipInterface

/// Sums that are on their way to the neurons of one core from one projection: a ring of slots.
///
/// Numbers and pointers only: it is looked at in every step.
struct PartMemory {
  /// How a list of events is added up.
  enum Kind {
    case rows8, rows16, lists, plastic, delayedPlastic, exact, crossbar
  }

  let kind: Kind
  /// The synapses, by kind.
  var rows: synapus_digital_rows
  var lists: synapus_digital_sparse
  let plasticDelays: UnsafePointer<UInt8>?
  let core: Int
  /// The part's lists of events.
  let firstList, listCount: Int32
  /// The axonal delay of each list.
  let delays: UnsafeMutablePointer<Int32>
  /// Slot after slot, `stride` apart; sums stand by lane of the core.
  let ring: UnsafeMutablePointer<Int32>
  /// The same in real numbers, where weights are; else nil.
  let exactRing: UnsafeMutablePointer<Double>?
  /// Whether anything was added to each slot; one that was not may hold old sums, unless
  /// `isKeptClear`.
  let isDirty: UnsafeMutablePointer<Bool>
  let slots, stride, firstLane, lanes: Int
  let exponent: Int32
  /// Whether a slot must be zeroed when it has been taken.
  let isKeptClear: Bool
  let longestDelay: Int32
  /// What a spike of −1 counts as.
  let signOfNegativeSpikes: Int32
  /// The slot that neurons take next.
  var position = 0

  init(_ part: DigitalPart, exponent: Int32, stride: Int, isExact: Bool) {
    core = part.core
    let plastic = part.synapses?.plastic
    (rows, lists) = (synapus_digital_rows(), synapus_digital_sparse())
    plasticDelays = plastic.map { UnsafePointer($0.delays) }
    switch part.synapses?.storage {
    case .rows8(let view): (kind, rows) = (.rows8, view)
    case .rows16(let view): (kind, rows) = (.rows16, view)
    case .lists(let view): (kind, lists) = (.lists, view)
    case .plastic(_, let view):
      rows = view
      kind = isExact ? .exact : part.synapses?.isDelayed == true ? .delayedPlastic : .plastic
    case nil: kind = .crossbar
    }
    (firstList, listCount) = (Int32(part.firstList), Int32(part.delays.count))
    delays = .allocateCopy(of: part.delays.map { Int32($0) })
    (slots, self.stride) = (part.slots, stride)
    (firstLane, lanes) = (part.synapses?.firstLane ?? 0, part.synapses?.lanes ?? 0)
    ring = .allocateAligned(slots * stride)
    exactRing = isExact && plastic != nil ? .allocateAligned(slots * stride) : nil
    isDirty = .allocateAligned(slots)
    self.exponent = exponent
    isKeptClear = part.synapses?.isDelayed ?? false
    longestDelay = Int32(part.synapses?.longestDelay ?? 0)
    signOfNegativeSpikes = part.synapses?.projection.subtractsNegativeSpikes == false ? 1 : -1
  }

  func deallocate() {
    delays.deallocate()
    ring.deallocate()
    exactRing?.deallocate()
    isDirty.deallocate()
  }

  /// Forgets all sums.
  mutating func reset() {
    ring.update(repeating: 0, count: slots * stride)
    exactRing?.update(repeating: 0, count: slots * stride)
    isDirty.update(repeating: isKeptClear, count: slots)
    position = 0
  }

  /// The slot that events of this step with an axonal delay go to; neurons have taken theirs.
  @inline(__always)
  func slot(after delay: Int32) -> Int {
    let slot = position &+ Int(delay)
    return slot >= slots ? slot &- slots : slot
  }

  /// The sums of a slot from the first lane on.
  @inline(__always)
  func sums(_ slot: Int) -> UnsafeMutablePointer<Int32> { ring + (slot &* stride &+ firstLane) }

  /// Moves on to the next slot when the neurons have stepped.
  @inline(__always)
  mutating func advance() {
    if isKeptClear {
      (ring + position &* stride).update(repeating: 0, count: stride)
      exactRing.map { ($0 + position &* stride).update(repeating: 0, count: stride) }
    } else {
      isDirty[position] = false
    }
    position = position &+ 1 == slots ? 0 : position &+ 1
  }

  /// Makes a slot hold zeros where nothing was added yet.
  func clearIfFresh(_ slot: Int) {
    if isDirty[slot] { return }
    (ring + slot * stride).update(repeating: 0, count: stride)
    exactRing.map { ($0 + slot * stride).update(repeating: 0, count: stride) }
    isDirty[slot] = true
  }
}
