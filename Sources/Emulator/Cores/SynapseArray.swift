import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The synapses of one core: stored weights, their fixed pattern, and the effective weights.
///
/// The fixed-pattern error is baked into the effective weights when weights are written, so that
/// it costs nothing when events arrive.
final class SynapseArray: @unchecked Sendable {
  private let geometry: ChipGeometry
  private let lanes: Int
  private let steps: Int32
  /// Fixed-pattern factors in 2⁻⁸, row by row of `lanes`.
  private let factors: UnsafeMutablePointer<UInt16>
  private let stored: UnsafeMutablePointer<UInt8>
  /// Effective weights, row by row of `lanes`: what the kernels read.
  let effective: UnsafeMutablePointer<UInt8>
  /// Synapses of non-zero weight in each pair of rows.
  let nonZero: UnsafeMutablePointer<Int32>

  /// Bytes of a row: circuits padded to whole vectors.
  static func lanes(of circuits: Int) -> Int {
    let block = Int(SYNAPUS_LANE_BLOCK)
    return (circuits + block - 1) / block * block
  }

  init(_ image: CoreImage, spec: ChipSpec, draw: DeviceDraw) {
    geometry = spec.geometry
    lanes = Self.lanes(of: geometry.circuitsPerCore)
    steps = Int32(spec.synapse.effectiveStepsPerWeight)
    let size = geometry.synapseRowsPerCore * lanes
    factors = .allocateAligned(size)
    stored = .allocateAligned(size)
    effective = .allocateAligned(size)
    nonZero = .allocateAligned(geometry.rowPairsPerCore)
    for row in 0..<geometry.synapseRowsPerCore {
      for column in 0..<geometry.circuitsPerCore {
        factors[row * lanes + column] = draw.synapseFactor(
          core: image.core, row: row, column: column)
        stored[row * lanes + column] = image.weights[row * geometry.circuitsPerCore + column]
      }
    }
    bake(pairs: 0..<geometry.rowPairsPerCore)
  }

  deinit {
    factors.deallocate()
    stored.deallocate()
    effective.deallocate()
    nonZero.deallocate()
  }

  /// Writes signed weights: the positive part excites, the negative inhibits.
  func write(_ block: WeightBlock, _ weights: [Int8]) {
    for k in 0..<block.pairCount {
      let excitatory = stored + (block.firstPair + k) * 2 * lanes + block.firstColumn
      let inhibitory = excitatory + lanes
      for column in 0..<block.columnCount {
        let weight = weights[k * block.columnCount + column]
        excitatory[column] = UInt8(max(weight, 0))
        inhibitory[column] = UInt8(max(-weight, 0))
      }
    }
    bake(pairs: block.firstPair..<block.firstPair + block.pairCount)
  }

  /// Recomputes the effective weights of some pairs of rows.
  private func bake(pairs: Range<Int>) {
    let (start, count) = (pairs.lowerBound * 2 * lanes, pairs.count * 2 * lanes)
    _ = synapus_bake_weights(
      stored + start, factors + start, Int32(count), steps, effective + start)
    for pair in pairs {
      var count: Int32 = 0
      for i in pair * 2 * lanes..<(pair + 1) * 2 * lanes where stored[i] != 0 { count += 1 }
      nonZero[pair] = count
    }
  }
}
