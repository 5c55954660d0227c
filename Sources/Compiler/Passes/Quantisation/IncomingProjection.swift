import HardwareSpec

/// One projection onto the population that is quantised, with the row pairs of its senders.
struct IncomingProjection {
  /// The projection's position in the network.
  let index: Int
  let name: String
  let synapses: SynapseMatrix
  /// Row pairs of each sender, and of single ones; empty: of all.
  let copies: Int
  var senderCopies: [Int] = []
  let synapse: SynapseSpec

  init(_ index: Int, _ projection: SpikingProjection, copies: Int, _ synapse: SynapseSpec) {
    (self.index, name, synapses) = (index, projection.name, projection.synapses)
    (self.copies, self.synapse) = (copies, synapse)
  }

  /// A projection whose copies are settled.
  init(
    _ index: Int, _ projection: SpikingProjection, _ quantised: QuantisedProjection,
    _ synapse: SynapseSpec
  ) {
    self.init(index, projection, copies: quantised.copies, synapse)
    senderCopies = quantised.senderCopies
  }

  func copies(ofSender sender: Int) -> Int {
    senderCopies.isEmpty ? copies : senderCopies[sender]
  }

  /// Every number of copies that a sender has.
  var distinctCopies: [Int] { senderCopies.isEmpty ? [copies] : senderCopies }

  /// Row pairs of all senders.
  var pairCount: Int {
    senderCopies.isEmpty ? synapses.senderCount * copies : senderCopies.reduce(0, +)
  }

  /// Stored weights, copies counted.
  var storedCount: Int {
    if senderCopies.isEmpty { return synapses.count * copies }
    return senderCopies.indices.reduce(0) {
      $0 + senderCopies[$1] * synapses.synapses(of: $1).count
    }
  }

  func ladder(copies: Int) -> ChargeLadder {
    ChargeLadder(
      copies: copies, largestWeight: synapse.largestWeight, law: synapse.weightLaw)
  }

  /// The largest weight of each sender.
  var senderPeaks: [Double] {
    (0..<synapses.senderCount).map { sender in
      synapses.weights[synapses.synapses(of: sender)].reduce(0) { max($0, $1.magnitude) }
    }
  }

  /// The weight of a step at which the largest weight takes all steps of its copies.
  var naturalStep: Double {
    let largest = ladder(copies: copies).largest
    return synapses.weights.reduce(0) { max($0, $1.magnitude) } / largest
  }

  /// The same for the weights onto each receiver alone.
  var naturalSteps: [Double] {
    var peaks = [Double](repeating: 0, count: synapses.receiverCount)
    for (receiver, weight) in zip(synapses.receivers, synapses.weights) {
      peaks[Int(receiver)] = max(peaks[Int(receiver)], weight.magnitude)
    }
    let largest = ladder(copies: copies).largest
    return peaks.map { $0 / largest }
  }
}

extension [IncomingProjection] {
  /// The finest step at which no weight onto the population is clipped; 0 when all are zero.
  var naturalStep: Double { map(\.naturalStep).reduce(0) { Swift.max($0, $1) } }

  /// The same for each receiver alone.
  func naturalSteps(receiverCount: Int) -> [Double] {
    reduce(into: [Double](repeating: 0, count: receiverCount)) { steps, incoming in
      for (i, step) in incoming.naturalSteps.enumerated() { steps[i] = Swift.max(steps[i], step) }
    }
  }

  /// All weights, by the copies of their senders.
  var weightGroups: [StepSearch.Group] {
    var groups: [StepSearch.Group] = []
    var places: [Int: Int] = [:]
    for incoming in self {
      for sender in 0..<incoming.synapses.senderCount {
        let copies = incoming.copies(ofSender: sender)
        let place = places[copies] ?? groups.count
        if place == groups.count {
          places[copies] = place
          groups.append(StepSearch.Group(ladder: incoming.ladder(copies: copies)))
        }
        let weights = incoming.synapses.weights[incoming.synapses.synapses(of: sender)]
        groups[place].magnitudes += weights.lazy.map(\.magnitude)
      }
    }
    return groups
  }

  /// The weights onto each receiver, by projection; senders of one projection have equal copies.
  func weightGroups(receiverCount: Int) -> [[StepSearch.Group]] {
    var all = [[StepSearch.Group]](repeating: [], count: receiverCount)
    for (number, incoming) in enumerated() {
      let ladder = incoming.ladder(copies: incoming.copies)
      for receiver in all.indices { all[receiver].append(StepSearch.Group(ladder: ladder)) }
      for (receiver, weight) in zip(incoming.synapses.receivers, incoming.synapses.weights) {
        all[Int(receiver)][number].magnitudes.append(weight.magnitude)
      }
    }
    return all
  }
}
