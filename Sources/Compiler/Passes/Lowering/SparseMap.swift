/// A linear map from senders to receivers, sender by sender, each entry with its delay.
///
/// The entries of a sender ascend by (delay, receiver), each named once. Entries of weight zero are
/// kept: they are synapses that may be written later.
struct SparseMap: Equatable {
  let senderCount: Int
  private(set) var receiverCount: Int
  /// Where each sender's entries begin; one more than senders.
  private(set) var starts: [Int]
  private(set) var receivers: [Int32]
  private(set) var weights: [Double]
  /// The delay of each entry, in ticks; empty: none.
  private(set) var delays: [Int32]
  /// Whether sender i has one entry, of weight 1, onto receiver i, and nothing else is there.
  private(set) var isIdentity = false

  /// Takes entries that are in order.
  init(
    senderCount: Int, receiverCount: Int, starts: [Int], receivers: [Int32], weights: [Double],
    delays: [Int32] = []
  ) {
    (self.senderCount, self.receiverCount) = (senderCount, receiverCount)
    (self.starts, self.receivers, self.weights) = (starts, receivers, weights)
    self.delays = delays
  }

  /// Hands on what `count` senders give; senders before and behind the range have no entries.
  init(identityOf senders: Range<Int>, of senderCount: Int) {
    self.init(
      senderCount: senderCount, receiverCount: senders.count,
      starts: (0...senderCount).map { min(max($0 - senders.lowerBound, 0), senders.count) },
      receivers: (0..<Int32(senders.count)).map { $0 },
      weights: [Double](repeating: 1, count: senders.count))
    isIdentity = senders.count == senderCount
  }

  /// Entries that are stored.
  var count: Int { receivers.count }

  /// The positions of one sender's entries.
  func entries(of sender: Int) -> Range<Int> { starts[sender]..<starts[sender + 1] }

  /// The delay of an entry, in ticks.
  func delay(_ entry: Int) -> Int32 { delays.isEmpty ? 0 : delays[entry] }
}

extension SparseMap {
  /// The map with the weights onto each receiver multiplied.
  func scaled(by factors: [Double]) -> SparseMap {
    var scaled = self
    scaled.isIdentity = false
    for entry in receivers.indices { scaled.weights[entry] *= factors[Int(receivers[entry])] }
    return scaled
  }

  /// The map with what each receiver gets delayed, in ticks.
  func delayed(by ticks: [Int32]) -> SparseMap {
    guard ticks.contains(where: { $0 != 0 }) else { return self }
    var delayed = self
    delayed.isIdentity = false
    if delays.isEmpty { delayed.delays = [Int32](repeating: 0, count: count) }
    for entry in receivers.indices {
      delayed.delays[entry] = Int32(
        clamping: Int(delayed.delays[entry]) + Int(ticks[Int(receivers[entry])]))
    }
    delayed.sortRows()
    return delayed
  }

  private mutating func sortRows() {
    for sender in 0..<senderCount {
      let row = entries(of: sender)
      let isSorted = zip(row, row.dropFirst()).allSatisfy { key($0) < key($1) }
      guard !isSorted else { continue }
      let sorted = row.map { (key: key($0), weight: weights[$0]) }.sorted { $0.key < $1.key }
      for (entry, element) in zip(row, sorted) {
        (delays[entry], receivers[entry]) = element.key
        weights[entry] = element.weight
      }
    }
  }

  private func key(_ entry: Int) -> (Int32, Int32) { (delay(entry), receivers[entry]) }

  /// The sum of two maps between the same ends; entries of equal delay add up.
  func adding(_ other: SparseMap) -> SparseMap {
    var sum = SparseMap(
      senderCount: senderCount, receiverCount: receiverCount, starts: [0], receivers: [],
      weights: [])
    let hasDelays = !delays.isEmpty || !other.delays.isEmpty
    for sender in 0..<senderCount {
      var (a, b) = (entries(of: sender), other.entries(of: sender))
      while let left = a.first ?? b.first.map({ _ in -1 }) {
        let mine = a.isEmpty ? nil : key(left)
        let theirs = b.first.map { other.key($0) }
        let next = [mine, theirs].compactMap { $0 }.min { $0 < $1 } ?? (0, 0)
        var weight = 0.0
        if let mine, mine == next { weight += weights[a.removeFirst()] }
        if let theirs, theirs == next { weight += other.weights[b.removeFirst()] }
        sum.receivers.append(next.1)
        sum.weights.append(weight)
        if hasDelays { sum.delays.append(next.0) }
      }
      sum.starts.append(sum.receivers.count)
    }
    return sum
  }

  /// What a constant vector at the senders becomes at the receivers; delays do not change it.
  func applied(to constant: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: receiverCount)
    for sender in 0..<senderCount where constant[sender] != 0 {
      for entry in entries(of: sender) {
        result[Int(receivers[entry])] += constant[sender] * weights[entry]
      }
    }
    return result
  }
}
