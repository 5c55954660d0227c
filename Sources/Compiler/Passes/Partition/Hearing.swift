/// The row pairs that each neuron of one population needs: a hypergraph of neurons and senders.
///
/// A sender of one projection is an item; its weight is the number of its row pairs.
struct Hearing {
  let neuronCount: Int
  /// Row pairs of each item.
  let pairs: [Int32]
  /// The neurons that hear each item: those of item `i` from `hearerStarts[i]`.
  let hearerStarts: [Int]
  let hearers: [Int32]
  /// The items that each neuron hears.
  let itemStarts: [Int]
  let items: [Int32]

  init(_ wiring: Wiring, population: Int) {
    let incoming = wiring.populations[population].incoming.map { wiring.projections[$0] }
    neuronCount = wiring.populations[population].count
    pairs = incoming.flatMap { projection in
      let rows = wiring.classes[projection.rowClass]
      return (0..<projection.synapses.senderCount).map { Int32(clamping: rows.copies(of: $0)) }
    }
    var starts = [0]
    for projection in incoming {
      let base = starts[starts.count - 1]
      starts += projection.synapses.starts.dropFirst().map { base + $0 }
    }
    hearerStarts = starts
    hearers = incoming.flatMap(\.synapses.receivers)
    (itemStarts, items) = Self.transposed(starts, hearers, count: neuronCount)
  }

  private static func transposed(
    _ starts: [Int], _ hearers: [Int32], count: Int
  ) -> ([Int], [Int32]) {
    var ends = [Int](repeating: 0, count: count + 1)
    for neuron in hearers { ends[Int(neuron) + 1] += 1 }
    for neuron in 0..<count { ends[neuron + 1] += ends[neuron] }
    var next = ends
    var items = [Int32](repeating: 0, count: hearers.count)
    for item in 0..<starts.count - 1 {
      for synapse in starts[item]..<starts[item + 1] {
        let neuron = Int(hearers[synapse])
        items[next[neuron]] = Int32(item)
        next[neuron] += 1
      }
    }
    return (ends, items)
  }

  /// The items of a neuron.
  func items(of neuron: Int32) -> ArraySlice<Int32> {
    items[itemStarts[Int(neuron)]..<itemStarts[Int(neuron) + 1]]
  }

  /// The neurons that hear an item.
  func hearers(of item: Int32) -> ArraySlice<Int32> {
    hearers[hearerStarts[Int(item)]..<hearerStarts[Int(item) + 1]]
  }

  /// The neuron that needs most row pairs, and how many.
  var mostNeeded: (neuron: Int, pairs: Int) {
    var most = (neuron: 0, pairs: 0)
    for neuron in 0..<Int32(neuronCount) {
      let needed = items(of: neuron).reduce(0) { $0 + Int(pairs[Int($1)]) }
      if needed > most.pairs { most = (Int(neuron), needed) }
    }
    return most
  }

  /// Row pairs of all neurons of a part together.
  func pairs(ofPart part: [Int32], _ marks: inout Marks) -> Int {
    marks.clear()
    var sum = 0
    for neuron in part {
      for item in items(of: neuron) where marks.insert(Int(item)) { sum += Int(pairs[Int(item)]) }
    }
    return sum
  }
}

/// A set of small numbers that is emptied at once.
struct Marks {
  private var stamps: [Int32]
  private var stamp: Int32 = 1

  init(count: Int) { stamps = Array(repeating: 0, count: count) }

  mutating func clear() { stamp += 1 }

  func contains(_ number: Int) -> Bool { stamps[number] == stamp }

  /// Adds a number, and tells whether it is new.
  mutating func insert(_ number: Int) -> Bool {
    guard stamps[number] != stamp else { return false }
    stamps[number] = stamp
    return true
  }
}
