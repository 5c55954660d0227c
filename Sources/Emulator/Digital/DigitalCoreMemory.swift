import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The memory of one digital core for one sample: registers, and spikes of this step and the last.
///
/// Numbers and pointers only: it is looked at in every step.
struct DigitalCoreMemory {
  let neuronCount, lanes: Int
  var neurons: synapus_digital_neurons
  var state: synapus_digital_state
  /// Columns of spikes, of even and of odd steps: threads read a step's while others write the
  /// next step's.
  let spikes: (even: UnsafeMutablePointer<UInt32>, odd: UnsafeMutablePointer<UInt32>)
  let signs: (even: UnsafeMutablePointer<Int8>, odd: UnsafeMutablePointer<Int8>)
  var spikeCounts: (even: Int32, odd: Int32) = (0, 0)
  /// The sum of all projections' inputs, and zeros for a step without.
  let input, zeros: UnsafeMutablePointer<Int32>
  let firstPart, partCount: Int
  /// Whether the sums of the only projection are the input as they stand.
  let takesSums: Bool
  let isTernary, hasResets, hasTargets: Bool
  /// The first source of the core in routes.
  let firstSource: Int
  /// The recorded unit of column 0 where units follow columns; else −1, and `units` says.
  let firstUnit: Int32
  let units: UnsafeMutablePointer<Int32>
  /// Spikes of the sample.
  var spikeCount = 0

  init(_ tables: CurrentBasedTables?, lanes: Int, neuronCount: Int, _ place: DigitalCorePlace) {
    (self.lanes, self.neuronCount) = (lanes, neuronCount)
    neurons = tables?.kernelView ?? synapus_digital_neurons()
    spikes = (.allocateAligned(lanes + 16), .allocateAligned(lanes + 16))
    signs = (.allocateAligned(lanes + 16), .allocateAligned(lanes + 16))
    (input, zeros) = (.allocateAligned(lanes), .allocateAligned(lanes))
    let registers = UnsafeMutablePointer<Int32>.allocateAligned(3 * lanes)
    state = synapus_digital_state(
      current: registers, voltage: registers + lanes, refractory_left: registers + 2 * lanes,
      input: zeros, spikes: spikes.even, signs: signs.even, spike_count: 0)
    (firstPart, partCount) = (place.parts.lowerBound, place.parts.count)
    takesSums =
      tables.map {
        $0.synapses.count == 1 && $0.exponents[0] == 0 && $0.synapses[0].lanes == lanes
      } ?? false
    isTernary = tables?.isTernary ?? false
    hasResets = tables?.resets.isEmpty == false
    (firstSource, hasTargets) = (place.firstSource, place.hasTargets)
    let first = place.units.first ?? -1
    firstUnit =
      place.units.enumerated().allSatisfy { $1 >= 0 && $1 == first + Int32($0) } ? first : -1
    units = .allocateCopy(of: place.units)
  }

  func deallocate() {
    state.current.deallocate()
    for list in [spikes.even, spikes.odd] { list.deallocate() }
    for list in [signs.even, signs.odd] { list.deallocate() }
    input.deallocate()
    zeros.deallocate()
    units.deallocate()
  }

  /// Zeroes the registers and counts.
  mutating func reset() {
    state.current.update(repeating: 0, count: 3 * lanes)
    spikeCounts = (0, 0)
    spikeCount = 0
  }

  /// Points the kernel at the lists of a step.
  @inline(__always)
  mutating func aim(at step: Int) {
    state.spikes = step & 1 == 0 ? spikes.even : spikes.odd
    state.signs = step & 1 == 0 ? signs.even : signs.odd
  }

  /// Keeps the number of spikes of a step.
  @inline(__always)
  mutating func keepCount(of step: Int) {
    if step & 1 == 0 {
      spikeCounts.even = state.spike_count
    } else {
      spikeCounts.odd = state.spike_count
    }
    spikeCount &+= Int(state.spike_count)
  }

  /// The spikes of a step: columns, signs, how many.
  @inline(__always)
  func spikes(
    of step: Int
  ) -> (columns: UnsafeMutablePointer<UInt32>, signs: UnsafeMutablePointer<Int8>, count: Int32) {
    step & 1 == 0
      ? (spikes.even, signs.even, spikeCounts.even) : (spikes.odd, signs.odd, spikeCounts.odd)
  }
}

/// Where a core stands among the others.
struct DigitalCorePlace {
  var parts: Range<Int>
  var firstSource: Int
  var hasTargets: Bool
  var units: [Int32]
}
