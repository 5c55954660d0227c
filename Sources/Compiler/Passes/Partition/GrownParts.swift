/// Parts that grow from neuron to neuron: next comes the one that adds the fewest row pairs.
struct GrownParts {
  private let hearing: Hearing
  private let limit: PartLimit
  /// Row pairs that each neuron needs and the part does not have yet.
  private var missing: [Int32]
  private let needed: [Int32]
  private var isFree: [Bool]
  private var marks: Marks
  /// Neurons by what they miss; an entry counts while it is true.
  private var queue: [[Int32]]
  private var visits = 0
  /// All neurons before it have parts.
  private var firstFree = 0

  init(_ hearing: Hearing, _ limit: PartLimit) {
    (self.hearing, self.limit) = (hearing, limit)
    needed = (0..<Int32(hearing.neuronCount)).map { neuron in
      Int32(clamping: hearing.items(of: neuron).reduce(0) { $0 + Int(hearing.pairs[Int($1)]) })
    }
    missing = needed
    isFree = Array(repeating: true, count: hearing.neuronCount)
    marks = Marks(count: hearing.pairs.count)
    queue = Array(repeating: [], count: limit.pairs + 1)
  }

  /// The parts; nil when that takes more than `mostVisits` visits of synapses, or when the first
  /// parts show that there will be no fewer than `parts` of them.
  func parts(mostVisits: Int, fewerThan parts: Int) -> [[Int32]]? {
    var copy = self
    return copy.grow(mostVisits, fewerThan: parts)
  }

  /// Parts to look at before giving up, and how much larger they must be than those known.
  private static let (trials, worthwhile) = (4, 1.1)

  private mutating func grow(_ mostVisits: Int, fewerThan known: Int) -> [[Int32]]? {
    var (parts, neurons) = ([[Int32]](), 0)
    for first in isFree.indices where isFree[first] {
      guard visits < mostVisits else { return nil }
      parts.append(part(from: Int32(first)))
      neurons += parts[parts.count - 1].count
      let usual = Double(Self.trials * isFree.count) / Double(known)
      if parts.count == Self.trials, known > 2 * Self.trials,
        Double(neurons) < Self.worthwhile * usual
      {
        return nil
      }
    }
    return parts
  }

  private mutating func part(from first: Int32) -> [Int32] {
    var (part, used, touched) = ([Int32](), 0, [Int32]())
    var next: Int32? = first
    marks.clear()
    for i in queue.indices { queue[i].removeAll(keepingCapacity: true) }
    while let neuron = next {
      part.append(neuron)
      isFree[Int(neuron)] = false
      used += Int(missing[Int(neuron)])
      for item in hearing.items(of: neuron) where marks.insert(Int(item)) {
        for other in hearing.hearers(of: item) where isFree[Int(other)] {
          if missing[Int(other)] == needed[Int(other)] { touched.append(other) }
          missing[Int(other)] -= hearing.pairs[Int(item)]
          let place = Int(missing[Int(other)])
          if place < queue.count { queue[place].append(other) }
        }
        visits += hearing.hearerStarts[Int(item) + 1] - hearing.hearerStarts[Int(item)]
      }
      next = part.count < limit.columns ? cheapest(room: limit.pairs - used) : nil
    }
    for neuron in touched { missing[Int(neuron)] = needed[Int(neuron)] }
    return part.sorted()
  }

  /// The neuron that shares senders with the part and misses least, if it fits.
  private mutating func cheapest(room: Int) -> Int32? {
    for place in 0..<min(room + 1, queue.count) {
      while let neuron = queue[place].popLast() {
        if isFree[Int(neuron)], Int(missing[Int(neuron)]) == place { return neuron }
      }
    }
    while firstFree < isFree.count, !isFree[firstFree] { firstFree += 1 }
    // Nothing fits that shares senders: the next one in order may still.
    guard firstFree < isFree.count, missing[firstFree] <= room else { return nil }
    return Int32(firstFree)
  }
}
