import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The synapses of one core: stored weights, their fixed pattern, and the effective weights.
///
/// The fixed pattern is baked into the effective weights when weights are written, so that it costs
/// nothing when events arrive. Until the first write only the effective weights are kept: a chip
/// of a thousand cores that is never trained has no memory for the rest.
final class SynapseArray: @unchecked Sendable {
  private let geometry: ChipGeometry
  private let lanes: Int
  private let draw: SynapseDraw
  /// The image's weights, row by row of `circuitsPerCore`, until the first write.
  private var weights: [UInt8]
  private var written: WrittenSynapses?
  /// Effective weights, row by row of `lanes`: what the kernels read.
  let effective: UnsafeMutablePointer<UInt8>
  /// Synapses of non-zero weight in each pair of rows.
  let nonZero: UnsafeMutablePointer<Int32>
  /// Whether weights were overwritten since the image was loaded.
  private(set) var isWritten = false
  /// Synapses whose effective weight is clipped at 255.
  private(set) var clipped = 0
  /// The same in each pair of rows.
  private let clippedInPair: UnsafeMutablePointer<Int32>

  /// Bytes of a row: circuits padded to whole vectors.
  static func lanes(of circuits: Int) -> Int {
    let block = Int(SYNAPUS_LANE_BLOCK)
    return (circuits + block - 1) / block * block
  }

  init(_ image: CoreImage, draw: DeviceDraw) {
    geometry = draw.spec.geometry
    lanes = Self.lanes(of: geometry.circuitsPerCore)
    self.draw = SynapseDraw(draw, core: image.core)
    weights = image.weights
    effective = .allocateAligned(geometry.synapseRowsPerCore * lanes)
    nonZero = .allocateAligned(geometry.rowPairsPerCore)
    clippedInPair = .allocateAligned(geometry.rowPairsPerCore)
    bakeImage()
  }

  deinit {
    effective.deallocate()
    nonZero.deallocate()
    clippedInPair.deallocate()
  }

  /// The effective weight of a synapse; nil where there is none.
  func effectiveWeight(row: Int, column: Int) -> UInt8? {
    guard (0..<geometry.synapseRowsPerCore).contains(row),
      (0..<geometry.circuitsPerCore).contains(column)
    else { return nil }
    return effective[row * lanes + column]
  }

  /// Writes signed weights: the positive part excites, the negative inhibits.
  func write(_ block: WeightBlock, _ weights: [Int8]) {
    let written = materialised()
    isWritten = true
    weights.withUnsafeBufferPointer { weights in
      for k in 0..<block.pairCount {
        let excitatory = written.stored + (block.firstPair + k) * 2 * lanes + block.firstColumn
        let (inhibitory, start) = (excitatory + lanes, k * block.columnCount)
        for column in 0..<block.columnCount {
          let weight = weights[start + column]
          excitatory[column] = UInt8(truncatingIfNeeded: max(weight, 0))
          inhibitory[column] = UInt8(truncatingIfNeeded: max(0 &- weight, 0))
        }
      }
    }
    for pair in block.firstPair..<block.firstPair + block.pairCount { bake(pair, written) }
  }

  /// The weights that a row stores; nil where they are the image's own still.
  func stored(row: Int) -> UnsafePointer<UInt8>? {
    written.map { UnsafePointer($0.stored + row * lanes) }
  }

  /// Stores other weights in all rows; columns that are not in use keep theirs.
  func overwrite(with rows: StoredRows) {
    let written = materialised()
    isWritten = true
    for pair in 0..<geometry.rowPairsPerCore {
      let (place, start) = (pair * 2 * lanes, pair * rows.columns)
      for column in 0..<rows.columns {
        written.stored[place + column] = UInt8(rows.excitatory[start + column])
        written.stored[place + lanes + column] = UInt8(rows.inhibitory[start + column])
      }
      written.isStale[pair] = false
      bake(pair, written)
    }
  }

  /// Draws the fixed pattern of all rows now, and not at the first write.
  func prepareForWriting() { _ = materialised() }

  /// Whether only the effective weights of a pair of rows are what was learned.
  func isStale(_ pair: Int) -> Bool { written?.isStale[pair] == true }

  /// Stores signed weights of one pair of rows; with `keepsInhibition` only the excitatory row.
  ///
  /// They act, and count, once ``bakeLearned()`` was called: blocks side by side share pairs.
  func storeLearned(
    pair: Int, firstColumn: Int, _ weights: UnsafePointer<Int16>, count: Int,
    keepsInhibition: Bool
  ) {
    let written = materialised()
    written.isStale[pair] = true
    let excitatory = written.stored + pair * 2 * lanes + firstColumn
    let inhibitory = excitatory + lanes
    for column in 0..<count {
      let weight = weights[column]
      excitatory[column] = UInt8(max(weight, 0))
      if !keepsInhibition { inhibitory[column] = UInt8(max(-weight, 0)) }
    }
  }

  /// Bakes the pairs of rows that were learned on.
  func bakeLearned() {
    guard let written else { return }
    for pair in 0..<geometry.rowPairsPerCore where written.isStale[pair] {
      written.isStale[pair] = false
      bake(pair, written)
    }
  }

  /// What a kernel needs to write learned weights to the effective ones alone, without counts; nil
  /// where the law of weights is not linear.
  ///
  /// The engine counts synapses of non-zero weight itself, and writes everything when its sample has
  /// ended. Rows count from `firstPair`.
  func learnedRows(
    firstPair: Int, firstColumn: Int, count: Int, _ weights: UnsafePointer<Int16>, stride: Int,
    keepsInhibition: Bool
  ) -> synapus_bake? {
    guard let steps = draw.linearSteps else { return nil }
    let written = materialised()
    let start = firstPair * 2 * lanes + firstColumn
    return synapus_bake(
      weights: weights, stride: Int32(stride), rows: nil, row_count: 0, count: Int32(count),
      steps: steps, keeps_inhibition: keepsInhibition, lanes: Int32(lanes),
      factors: written.factors + start, effective: effective + start,
      stale: written.isStale + firstPair)
  }

  /// Bakes the image's weights; rows without any weight need no draws.
  private func bakeImage() {
    let row = SynapseRow(lanes: lanes, bits: draw.errorBits)
    weights.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      for index in 0..<geometry.synapseRowsPerCore {
        let stored = base + index * geometry.circuitsPerCore
        let count = Self.nonZero(stored, geometry.circuitsPerCore)
        if count == 0 { continue }
        nonZero[index / 2] += count
        row.draw(draw, row: index)
        clippedInPair[index / 2] += bake(
          stored, row.factors, row.errors, effective + index * lanes)
      }
    }
    clipped = (0..<geometry.rowPairsPerCore).reduce(0) { $0 + Int(clippedInPair[$1]) }
  }

  /// Recomputes the effective weights of a pair of rows.
  private func bake(_ pair: Int, _ written: WrittenSynapses) {
    clipped -= Int(clippedInPair[pair])
    (nonZero[pair], clippedInPair[pair]) = (0, 0)
    for row in [2 * pair, 2 * pair + 1] {
      let start = row * lanes
      nonZero[pair] += Self.nonZero(written.stored + start, lanes)
      clippedInPair[pair] += bake(
        written.stored + start, written.factors + start, written.errors + start * draw.errorBits,
        effective + start)
    }
    clipped += Int(clippedInPair[pair])
  }

  private func bake(
    _ stored: UnsafePointer<UInt8>, _ factors: UnsafePointer<UInt16>,
    _ errors: UnsafePointer<Int16>, _ effective: UnsafeMutablePointer<UInt8>
  ) -> Int32 {
    let count = Int32(geometry.circuitsPerCore)
    if let steps = draw.linearSteps {
      return synapus_bake_weights(stored, factors, count, steps, effective)
    }
    return synapus_bake_row(
      stored, factors, errors, Int32(lanes), Int32(draw.errorBits), draw.law, count, effective)
  }

  private static func nonZero(_ stored: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    var found: Int32 = 0
    for i in 0..<count where stored[i] != 0 { found &+= 1 }
    return found
  }

  /// Stored weights and fixed pattern of the core, made at the first write.
  private func materialised() -> WrittenSynapses {
    if let written { return written }
    let made = WrittenSynapses(weights, draw, geometry, lanes: lanes)
    (written, weights) = (made, [])
    return made
  }
}

/// Memory for the fixed pattern of one row.
private final class SynapseRow {
  let factors: UnsafeMutablePointer<UInt16>
  let errors: UnsafeMutablePointer<Int16>
  private let normals: UnsafeMutablePointer<Double>
  private let lanes: Int

  init(lanes: Int, bits: Int) {
    self.lanes = lanes
    factors = .allocateAligned(lanes)
    errors = .allocateAligned(lanes * bits)
    normals = .allocateAligned(lanes)
  }

  deinit {
    factors.deallocate()
    errors.deallocate()
    normals.deallocate()
  }

  func draw(_ draw: SynapseDraw, row: Int) {
    draw.factors(row: row, into: factors, normals)
    draw.errors(row: row, into: errors, stride: lanes, normals)
  }
}

/// What a core of which weights are written keeps beside the effective weights.
private final class WrittenSynapses {
  let stored: UnsafeMutablePointer<UInt8>
  /// Fixed-pattern factors in 2⁻⁸, row by row of `lanes`.
  let factors: UnsafeMutablePointer<UInt16>
  /// Errors of the DACs' bits, row by row, for each bit `lanes` of them.
  let errors: UnsafeMutablePointer<Int16>
  /// Pairs of rows whose stored weights are older than the effective ones.
  let isStale: UnsafeMutablePointer<Bool>

  init(_ weights: [UInt8], _ draw: SynapseDraw, _ geometry: ChipGeometry, lanes: Int) {
    let size = geometry.synapseRowsPerCore * lanes
    stored = .allocateAligned(size)
    factors = .allocateAligned(size)
    errors = .allocateAligned(size * draw.errorBits)
    isStale = .allocateAligned(geometry.rowPairsPerCore)
    let normals = UnsafeMutablePointer<Double>.allocateAligned(lanes)
    defer { normals.deallocate() }
    for row in 0..<geometry.synapseRowsPerCore {
      let start = row * lanes
      for column in 0..<geometry.circuitsPerCore {
        stored[start + column] = weights[row * geometry.circuitsPerCore + column]
      }
      draw.factors(row: row, into: factors + start, normals)
      draw.errors(row: row, into: errors + start * draw.errorBits, stride: lanes, normals)
    }
  }

  deinit {
    stored.deallocate()
    factors.deallocate()
    errors.deallocate()
    isStale.deallocate()
  }
}
