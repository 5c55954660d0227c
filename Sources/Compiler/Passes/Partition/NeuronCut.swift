/// What the parts of one cluster of cores may take.
struct PartLimit: Equatable {
  /// Columns of one core.
  var columns: Int
  /// Row pairs of all cores of the cluster together.
  var pairs: Int
}

/// Cuts the neurons of one population into parts, so that the senders of each part fit the row
/// pairs of its cores.
///
/// Neurons that share senders belong together. Several cuts are made, and the one with the fewest
/// parts wins, at equal number the one with the fewest row pairs, which are multicast copies:
/// in the order of numbers; tile by tile of the population's shape, as convolutions hear; by
/// growing parts from neighbour to neighbour; and by METIS on the hypergraph.
struct NeuronCut {
  private let hearing: Hearing
  private let limit: PartLimit
  private let shape: [Int]
  private let seed: UInt64
  /// Synapses that all trials together may visit.
  private static let mostVisits = 400_000_000

  init(_ hearing: Hearing, _ limit: PartLimit, shape: [Int], seed: UInt64) {
    (self.hearing, self.limit, self.shape, self.seed) = (hearing, limit, shape, seed)
  }

  /// A cut and what it costs.
  struct Cut {
    var parts: [[Int32]]
    var pairs: Int

    func isBetter(than other: Cut) -> Bool {
      (parts.count, pairs) < (other.parts.count, other.pairs)
    }
  }

  /// The best cut; nil when a neuron alone needs more than the cores have.
  ///
  /// - Parameter isThorough: Whether METIS is asked too.
  func best(isThorough: Bool = true) -> Cut? {
    guard hearing.mostNeeded.pairs <= limit.pairs else { return nil }
    var best = cost(along((0..<Int32(hearing.neuronCount)).map { $0 }))
    guard best.parts.count > 1 else { return best }
    var visits = 3 * max(hearing.items.count, 1)
    for order in TileOrders(shape, columns: limit.columns).orders {
      guard visits < Self.mostVisits, best.parts.count > fewestParts else { break }
      visits += 2 * hearing.items.count
      take(cost(along(order)), &best)
    }
    if let grown = GrownParts(hearing, limit).parts(
      mostVisits: grownVisits, fewerThan: best.parts.count) {
      take(cost(grown), &best)
    }
    if isThorough { tryMETIS(&best) }
    return best
  }

  /// Growing visits a synapse once for every part that hears its sender.
  private var grownVisits: Int {
    min(Self.mostVisits / 4, 16 * hearing.items.count + 1_000_000)
  }

  private func take(_ cut: Cut, _ best: inout Cut) {
    if cut.isBetter(than: best) { best = cut }
  }

  private var fewestParts: Int { (hearing.neuronCount + limit.columns - 1) / limit.columns }

  private func cost(_ parts: [[Int32]]) -> Cut {
    var marks = Marks(count: hearing.pairs.count)
    return Cut(
      parts: parts, pairs: parts.reduce(0) { $0 + hearing.pairs(ofPart: $1, &marks) })
  }

  /// Parts of neurons that follow each other in an order, each as large as fits.
  private func along(_ order: [Int32]) -> [[Int32]] {
    var marks = Marks(count: hearing.pairs.count)
    var (parts, part, used) = ([[Int32]](), [Int32](), 0)
    for neuron in order {
      var added = 0
      for item in hearing.items(of: neuron) where !marks.contains(Int(item)) {
        added += Int(hearing.pairs[Int(item)])
      }
      if part.count == limit.columns || used + added > limit.pairs {
        parts.append(part.sorted())
        (part, used) = ([], 0)
        marks.clear()
      }
      for item in hearing.items(of: neuron) where marks.insert(Int(item)) {
        used += Int(hearing.pairs[Int(item)])
      }
      part.append(neuron)
    }
    if !part.isEmpty { parts.append(part.sorted()) }
    return parts
  }

  // MARK: METIS

  private func tryMETIS(_ best: inout Cut) {
    guard hearing.items.count <= 4_000_000, best.parts.count > 1 else { return }
    for count in Set([fewestParts, (fewestParts + best.parts.count) / 2, best.parts.count]).sorted()
    where count > 1 {
      if let cut = hypergraphCut(into: count) { take(cut, &best) }
    }
  }

  /// Parts by METIS; those that do not fit are cut once more, neuron by neuron.
  private func hypergraphCut(into count: Int) -> Cut? {
    var graph = CutGraph(constraints: 1)
    for _ in 0..<hearing.neuronCount { graph.addVertex(weights: [1], size: 0) }
    for item in hearing.pairs { graph.addVertex(weights: [0], size: item) }
    let first = Int32(hearing.neuronCount)
    for neuron in 0..<first {
      graph.beginEdges()
      for item in hearing.items(of: neuron) { graph.addEdge(to: first + item, weight: 1) }
    }
    for item in 0..<Int32(hearing.pairs.count) {
      graph.beginEdges()
      for neuron in hearing.hearers(of: item) { graph.addEdge(to: neuron, weight: 1) }
    }
    let groups = graph.cut(into: count, minimising: .volume, imbalance: 0.02, seed: seed)
    guard let groups else { return nil }
    var members = [[Int32]](repeating: [], count: count)
    for neuron in 0..<hearing.neuronCount { members[Int(groups[neuron])].append(Int32(neuron)) }
    return cost(members.filter { !$0.isEmpty }.flatMap(along))
  }
}

/// Neurons of a population with a shape of channels, rows and columns, tile by tile.
private struct TileOrders {
  let orders: [[Int32]]

  init(_ shape: [Int], columns: Int) {
    guard shape.count >= 2, shape.allSatisfy({ $0 > 0 }) else {
      orders = []
      return
    }
    let (height, width) = (shape[shape.count - 2], shape[shape.count - 1])
    let channels = shape.dropLast(2).reduce(1, *)
    var tiles: Set<[Int]> = []
    for h in Self.sides(height) {
      for w in Self.sides(width) where h * w <= columns && h <= 4 * w && w <= 4 * h {
        tiles.insert([h, w])
      }
    }
    let chosen = tiles.sorted { ($0[0] * $0[1], $0[0]) < ($1[0] * $1[1], $1[0]) }
    orders = chosen.map { Self.order(channels, height, width, tile: $0) }
  }

  /// Lengths that cut a side into equal pieces.
  private static func sides(_ length: Int) -> [Int] {
    Set((1...min(length, 24)).map { (length + $0 - 1) / $0 }).sorted()
  }

  private static func order(
    _ channels: Int, _ height: Int, _ width: Int, tile: [Int]
  ) -> [Int32] {
    var order: [Int32] = []
    order.reserveCapacity(channels * height * width)
    for top in stride(from: 0, to: height, by: tile[0]) {
      for left in stride(from: 0, to: width, by: tile[1]) {
        for channel in 0..<channels {
          for y in top..<min(top + tile[0], height) {
            for x in left..<min(left + tile[1], width) {
              order.append(Int32((channel * height + y) * width + x))
            }
          }
        }
      }
    }
    return order
  }
}
