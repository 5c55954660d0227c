/// Who hears whom, in row pairs: what partition needs to know of a network.
struct Wiring {
  /// A population that receives.
  struct Population {
    var name: String
    var count: Int
    var shape: [Int]
    /// The projections that lead to it.
    var incoming: [Int]
  }

  /// Senders of one source whose events drive rows.
  struct Projection {
    /// The population that sends; nil is the input.
    var source: Int?
    var target: Int
    var synapses: SynapseMatrix
    var rowClass: Int
  }

  /// Projections whose senders may drive common rows: of one source, with equal copies and delays,
  /// at most one to each population.
  struct RowClass {
    var source: Int?
    var senderCount: Int
    var copies: Int
    var senderCopies: [Int]

    /// Row pairs of one sender.
    func copies(of sender: Int) -> Int { senderCopies.isEmpty ? copies : senderCopies[sender] }

    /// Row pairs of some senders.
    func pairs(of senders: [Int32]) -> Int {
      senderCopies.isEmpty
        ? copies * senders.count : senders.reduce(0) { $0 + senderCopies[Int($1)] }
    }
  }

  private(set) var populations: [Population]
  private(set) var projections: [Projection] = []
  private(set) var classes: [RowClass] = []

  /// What makes rows common.
  private struct ClassKey: Hashable {
    var source: Int?
    var delays: [Int]
    var copies: Int
    var senderCopies: [Int]
    /// How many projections of this kind lead to the same population already.
    var rank = 0
  }

  /// Reads a network; `copies` gives the row pairs of each projection's senders, one number for
  /// all and one for each, or none.
  init(_ network: SpikingNetwork, copies: (Int) -> (all: Int, each: [Int])) {
    populations = network.populations.map {
      Population(name: $0.name, count: $0.neurons.count, shape: $0.shape, incoming: [])
    }
    let numbers = Dictionary(
      populations.indices.map { (populations[$0].name, $0) }, uniquingKeysWith: { a, _ in a })
    var known: [ClassKey: Int] = [:]
    for (index, projection) in network.projections.enumerated() {
      guard let target = numbers[projection.target] else { continue }
      let (all, each) = copies(index)
      let source = projection.source.flatMap { numbers[$0] }
      let isDelayed = projection.delays.contains { $0 != 0 }
      var key = ClassKey(
        source: source, delays: isDelayed ? projection.delays : [], copies: each.isEmpty ? all : 0,
        senderCopies: each)
      while let number = known[key], leads(number, to: target) { key.rank += 1 }
      let number = known[key] ?? classes.count
      if number == classes.count {
        known[key] = number
        classes.append(
          RowClass(
            source: source, senderCount: projection.synapses.senderCount, copies: all,
            senderCopies: each))
      }
      populations[target].incoming.append(index)
      projections.append(
        Projection(
          source: source, target: target, synapses: projection.synapses, rowClass: number))
    }
  }

  /// Reads a network in codes.
  init(_ quantised: QuantisedNetwork) {
    self.init(quantised.network) {
      (quantised.projections[$0].copies, quantised.projections[$0].senderCopies)
    }
  }

  private func leads(_ rowClass: Int, to population: Int) -> Bool {
    populations[population].incoming.contains { projections[$0].rowClass == rowClass }
  }

  /// The fewest and the most row pairs that a sender has.
  var copies: (least: Int, most: Int) {
    let all = classes.map { rows in
      (rows.senderCopies.min() ?? rows.copies, rows.senderCopies.max() ?? rows.copies)
    }
    return (all.map(\.0).min() ?? 1, all.map(\.1).max() ?? 1)
  }

  /// The projections of each row class.
  var projectionsOfClasses: [[Int]] {
    var lists = [[Int]](repeating: [], count: classes.count)
    for (index, projection) in projections.enumerated() {
      lists[projection.rowClass].append(index)
    }
    return lists
  }

  // MARK: Row pairs

  /// Row pairs of all senders with a synapse onto a population.
  func pairs(ofPopulation population: Int) -> Int {
    populations[population].incoming.reduce(0) { sum, index in
      let projection = projections[index]
      let (starts, rows) = (projection.synapses.starts, classes[projection.rowClass])
      var pairs = 0
      for sender in 0..<projection.synapses.senderCount where starts[sender] < starts[sender + 1] {
        pairs += rows.copies(of: sender)
      }
      return sum + pairs
    }
  }

  /// The senders of each row class that have a synapse onto each part of a population.
  func heard(byParts parts: [[Int32]], of population: Int) -> [[HeardRows]] {
    var heard = [[HeardRows]](repeating: [], count: parts.count)
    guard !parts.isEmpty else { return heard }
    var partOf = [Int32](repeating: 0, count: populations[population].count)
    for (number, part) in parts.enumerated() {
      for neuron in part { partOf[Int(neuron)] = Int32(number) }
    }
    var last = [Int32](repeating: -1, count: parts.count)
    for index in populations[population].incoming {
      let projection = projections[index]
      var senders = [[Int32]](repeating: [], count: parts.count)
      for i in last.indices { last[i] = -1 }
      for sender in 0..<Int32(projection.synapses.senderCount) {
        let range = projection.synapses.synapses(of: Int(sender))
        if parts.count == 1 {
          if !range.isEmpty { senders[0].append(sender) }
          continue
        }
        for synapse in range {
          let part = Int(partOf[Int(projection.synapses.receivers[synapse])])
          if last[part] != sender {
            last[part] = sender
            senders[part].append(sender)
          }
        }
      }
      for (part, senders) in senders.enumerated() where !senders.isEmpty {
        heard[part].append(
          HeardRows(
            rowClass: projection.rowClass, senders: senders,
            pairs: classes[projection.rowClass].pairs(of: senders)))
      }
    }
    return heard
  }
}

/// Senders of one row class that a part or a cluster hears.
struct HeardRows: Equatable {
  var rowClass: Int
  /// The senders, ascending.
  var senders: [Int32]
  /// Their row pairs.
  var pairs: Int
}
