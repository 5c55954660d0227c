import ChipInterface

/// The synapses of a projection (digital) or of a plastic block (analog) that a rule changes.
///
/// Dense rows in raw memory, one an axon or row pair, that the learning engine updates in place and
/// the runner reads at every event. Lanes are columns of the core from ``firstColumn`` on. Rows
/// outlive the samples of a run, and runs: what was learned stays until the image is loaded again.
final class PlasticSynapses: @unchecked Sendable {
  /// What the engine of the ideal chip keeps beside the integers: the same rows in real numbers.
  struct Exact {
    let weights, tags, delays: UnsafeMutablePointer<Double>
  }

  /// Lanes come in whole words of ``exists``, and whole vectors of every kernel.
  static let laneBlock = 64

  /// Axons or row pairs of the core: the first, and how many.
  let firstAxon, axonCount: Int
  /// The column of lane 0, a multiple of ``laneBlock``.
  let firstColumn: Int
  /// Lanes of a row, a multiple of ``laneBlock``; those without a synapse hold zeros.
  let lanes: Int
  /// Position of the rule in the image's programs.
  let program: Int
  /// Row k begins at lane `k * lanes`.
  let weights, tags: UnsafeMutablePointer<Int16>
  let delays: UnsafeMutablePointer<UInt8>
  /// One bit a lane: row k begins at word `k * lanes / 64`; lane l is bit `l % 64` of word `l / 64`.
  let exists: UnsafeMutablePointer<UInt64>
  /// The same numbers as the ideal chip learns them; nil where weights are integers.
  let exact: Exact?

  /// Makes room for rows without synapses; `columns` are those that a synapse may have.
  init(
    firstAxon: Int, axonCount: Int, columns: Range<Int>, program: Int, isExact: Bool = false
  ) {
    (self.firstAxon, self.axonCount, self.program) = (firstAxon, axonCount, program)
    firstColumn = columns.lowerBound / Self.laneBlock * Self.laneBlock
    let width = max(columns.upperBound - firstColumn, 1)
    lanes = (width + Self.laneBlock - 1) / Self.laneBlock * Self.laneBlock
    let count = axonCount * lanes
    (weights, tags) = (.allocateAligned(count), .allocateAligned(count))
    (delays, exists) = (.allocateAligned(count), .allocateAligned(count / 64))
    exact =
      isExact
      ? Exact(
        weights: .allocateAligned(count), tags: .allocateAligned(count),
        delays: .allocateAligned(count)) : nil
  }

  deinit {
    weights.deallocate()
    tags.deallocate()
    delays.deallocate()
    exists.deallocate()
    exact?.weights.deallocate()
    exact?.tags.deallocate()
    exact?.delays.deallocate()
  }

  /// Lanes of all rows.
  var laneCount: Int { axonCount * lanes }

  /// The place of a synapse in the rows.
  func place(row: Int, column: Int) -> Int { row * lanes + column - firstColumn }

  /// Whether there is a synapse at a place.
  func exists(at place: Int) -> Bool { exists[place / 64] >> UInt64(place % 64) & 1 != 0 }

  /// Puts a synapse there.
  func put(row: Int, column: Int, weight: Int16, tag: Int16 = 0, delay: UInt8 = 0) {
    let place = place(row: row, column: column)
    exists[place / 64] |= 1 << UInt64(place % 64)
    (tags[place], delays[place]) = (tag, delay)
    exact?.tags[place] = Double(tag)
    exact?.delays[place] = Double(delay)
    setWeight(weight, at: place)
  }

  /// Overwrites a weight; tag and delay stay.
  func setWeight(_ weight: Int16, at place: Int) {
    weights[place] = weight
    exact?.weights[place] = Double(weight)
  }

  /// Takes the synapse there away.
  func remove(at place: Int) {
    exists[place / 64] &= ~(1 << UInt64(place % 64))
    (weights[place], tags[place], delays[place]) = (0, 0, 0)
    exact?.weights[place] = 0
    exact?.tags[place] = 0
    exact?.delays[place] = 0
  }

  /// The places of all synapses, row by row and by ascending column.
  func forEachPlace(_ body: (Int) -> Void) {
    for word in 0..<laneCount / 64 {
      var bits = exists[word]
      while bits != 0 {
        body(word * 64 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
    }
  }
}

extension PlasticSynapses {
  /// Puts a projection of a digital core into rows.
  convenience init(_ projection: DigitalProjection, program: Int, isExact: Bool = false) {
    let lowest = Int(projection.targets.min() ?? 0)
    let highest = Int(projection.targets.max() ?? 0)
    self.init(
      firstAxon: projection.firstAxon, axonCount: projection.axonCount,
      columns: lowest..<highest + 1, program: program, isExact: isExact)
    for row in 0..<projection.axonCount {
      for s in Int(projection.starts[row])..<Int(projection.starts[row + 1]) {
        put(
          row: row, column: Int(projection.targets[s]), weight: projection.weights[s],
          tag: projection.tags.isEmpty ? 0 : projection.tags[s],
          delay: projection.delays.isEmpty ? 0 : projection.delays[s])
      }
    }
  }
}
