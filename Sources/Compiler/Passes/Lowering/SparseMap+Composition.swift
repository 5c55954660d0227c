/// How large maps may become: a file of few bytes can ask for any number of synapses.
struct MapLimits {
  /// Synapses of one network, and entries of one map on the way.
  static let mostSynapses = 1 << 27
  /// Multiplications of all products together, and visits of senders.
  static let mostProducts = 1 << 34
}

extension SparseMap {
  /// Multiplications that `followed(by:)` takes.
  func products(with next: SparseMap) -> Int {
    if isIdentity { return next.count }
    return receivers.reduce(0) { $0 + next.starts[Int($1) + 1] - next.starts[Int($1)] }
  }

  /// The map of this one followed by another, which has no delays.
  ///
  /// - Returns: nil where the product has more than `limit` entries.
  func followed(by next: SparseMap, limit: Int) -> SparseMap? {
    if isIdentity { return next.count <= limit ? next : nil }
    if next.isIdentity { return self }
    var product = MapProduct(next, receiverCount: next.receiverCount)
    product.reserve(min(products(with: next), limit))
    for sender in 0..<senderCount {
      var row = entries(of: sender)
      while let first = row.first {
        let end = row.dropFirst().first { delay($0) != delay(first) } ?? row.upperBound
        product.add(first..<end, of: self)
        row = end..<row.upperBound
      }
      product.endRow()
      guard product.count <= limit else { return nil }
    }
    return product.map(senderCount: senderCount, hasDelays: !delays.isEmpty)
  }
}

/// Collects the rows of a product.
private struct MapProduct {
  private let next: SparseMap
  private var starts = [0]
  private var receivers: [Int32] = []
  private var weights: [Double] = []
  private var delays: [Int32] = []
  /// The sum onto each receiver, and the last run that touched it.
  private var sums: [Double]
  private var run: [Int]
  private var touched: [Int32] = []
  private var runs = 0

  init(_ next: SparseMap, receiverCount: Int) {
    self.next = next
    sums = [Double](repeating: 0, count: receiverCount)
    run = [Int](repeating: 0, count: receiverCount)
  }

  var count: Int { receivers.count }

  mutating func reserve(_ count: Int) {
    receivers.reserveCapacity(count)
    weights.reserveCapacity(count)
  }

  /// Adds entries of one delay of one sender.
  mutating func add(_ entries: Range<Int>, of map: SparseMap) {
    let before = count
    if entries.count == 1 {
      copy(entries.lowerBound, of: map)
    } else {
      for entry in entries { scatter(entry, of: map) }
      gather()
    }
    if !map.delays.isEmpty {
      delays += repeatElement(map.delays[entries.lowerBound], count: count - before)
    }
  }

  mutating func endRow() { starts.append(count) }

  private mutating func copy(_ entry: Int, of map: SparseMap) {
    let (weight, row) = (map.weights[entry], next.entries(of: Int(map.receivers[entry])))
    receivers += next.receivers[row]
    for entry in row { weights.append(weight * next.weights[entry]) }
  }

  private mutating func scatter(_ entry: Int, of map: SparseMap) {
    if touched.isEmpty { runs += 1 }
    let weight = map.weights[entry]
    for other in next.entries(of: Int(map.receivers[entry])) {
      let receiver = Int(next.receivers[other])
      if run[receiver] != runs {
        (run[receiver], sums[receiver]) = (runs, 0)
        touched.append(Int32(receiver))
      }
      sums[receiver] += weight * next.weights[other]
    }
  }

  private mutating func gather() {
    touched.sort()
    receivers += touched
    for receiver in touched { weights.append(sums[Int(receiver)]) }
    touched.removeAll(keepingCapacity: true)
  }

  func map(senderCount: Int, hasDelays: Bool) -> SparseMap {
    SparseMap(
      senderCount: senderCount, receiverCount: next.receiverCount, starts: starts,
      receivers: receivers, weights: weights, delays: hasDelays ? delays : [])
  }
}
