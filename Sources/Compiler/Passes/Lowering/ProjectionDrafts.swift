/// Makes projections of folded paths: one for all delays that belong to senders, or one a delay.
struct ProjectionDrafts {
  /// A projection that has no name yet.
  private struct Draft {
    var projection: SpikingProjection
    /// The name where it is the only one of its kind, its ends, and its delay where delays split it.
    var base, ends: String
    var delay: Int?
    /// The name where the base stands for several ways.
    var route: String { "\(base):\(ends)" }
  }

  private let graph: NodeGraph
  private let options: CompileOptions
  /// The position of each linear node on the way from sources to targets.
  private let position: [Int]
  private var drafts: [Draft] = []

  init(_ graph: NodeGraph, order: [Int], _ options: CompileOptions) {
    (self.graph, self.options) = (graph, options)
    var position = [Int](repeating: 0, count: graph.nodes.count)
    for (index, node) in order.enumerated() { position[node] = index }
    self.position = position
  }

  /// Adds what leads from one source through one door to a population.
  mutating func add(
    _ path: LinearFolding.Path, door: Int, to target: String, _ folding: LinearFolding
  ) {
    let source = path.source == LinearFolding.input ? nil : graph.name(path.source)
    let isDirect = graph.roles[door] != .linear
    let nodes = isDirect ? [] : nodes(from: path.source, to: door, folding)
    let sender = source ?? (isDirect ? graph.name(door) : inputName(folding))
    let weighty = nodes.filter { folding.hasWeights[$0] && folding.storedWeights[$0] > 0 }
    let ends = "\(sender)>\(target)"
    let base =
      nodes.isEmpty ? ends : Self.joined((weighty.isEmpty ? nodes : weighty).map(graph.name))
    for part in path.map.byDelay {
      drafts.append(
        Draft(
          projection: SpikingProjection(
            name: base, source: source, target: target,
            synapses: options.keepsZeroWeights ? part.synapses : part.synapses.withoutZeros(),
            delays: part.senderDelays, nodes: nodes.map(graph.name),
            sharedWeights: sharedWeights(nodes, folding)),
          base: base, ends: ends, delay: part.delay))
    }
  }

  /// Names of up to three nodes, or the first and the last of more.
  private static func joined(_ names: [String]) -> String {
    names.count <= 3
      ? names.joined(separator: "+") : "\(names[0])+...+\(names[names.count - 1])"
  }

  private func inputName(_ folding: LinearFolding) -> String {
    folding.inputs.ranges.count == 1 ? graph.name(folding.inputs.ranges[0].node) : "input"
  }

  /// The linear nodes between a source and a door, in order.
  private func nodes(from source: Int, to door: Int, _ folding: LinearFolding) -> [Int] {
    var (waiting, found) = ([door], Set([door]))
    while let node = waiting.popLast() {
      for sender in graph.sources[node] where graph.roles[sender] == .linear {
        if folding.sources[sender].contains(source), found.insert(sender).inserted {
          waiting.append(sender)
        }
      }
    }
    return found.sorted { position[$0] < position[$1] }
  }

  private func sharedWeights(_ nodes: [Int], _ folding: LinearFolding) -> Int? {
    let isProduct = nodes.count { folding.hasWeights[$0] } > 1
    guard isProduct || nodes.contains(where: { folding.sharesWeights[$0] }) else { return nil }
    return max(nodes.reduce(0) { $0 + folding.storedWeights[$1] }, 1)
  }

  // MARK: Names

  /// The projections, each with a name of its own.
  var named: [SpikingProjection] {
    let bases = Dictionary(grouping: drafts, by: \.base)
    var ends: [String: Set<String>] = [:]
    var routes: [String: Int] = [:]
    for draft in drafts {
      ends[draft.base, default: []].insert(draft.ends)
      routes[draft.route, default: 0] += 1
    }
    var used: Set<String> = []
    return drafts.map { draft in
      var name = draft.base
      if ends[draft.base]?.count != 1 { name = draft.route }
      let isAlone = name == draft.base ? bases[draft.base]?.count == 1 : routes[name] == 1
      if !isAlone, let delay = draft.delay { name += "@\(delay)" }
      var projection = draft.projection
      projection.name = name
      var number = 2
      while !used.insert(projection.name).inserted {
        projection.name = "\(name)#\(number)"
        number += 1
      }
      return projection
    }
  }
}

/// One projection's synapses and the delays of its senders.
struct DelayedSynapses: Equatable {
  /// The delay that all synapses have, where delays split a map; nil where they do not.
  var delay: Int?
  var synapses: SynapseMatrix
  /// The delay of each sender; empty: none.
  var senderDelays: [Int]
}

extension SparseMap {
  /// The map in parts in which each sender has one delay.
  var byDelay: [DelayedSynapses] {
    guard delays.contains(where: { $0 != 0 }) else {
      return [DelayedSynapses(synapses: matrix(entries: nil), senderDelays: [])]
    }
    let perSender = (0..<senderCount).map { sender -> Int32? in
      let row = entries(of: sender)
      guard let first = row.first else { return 0 }
      return row.allSatisfy { delays[$0] == delays[first] } ? delays[first] : nil
    }
    if !perSender.contains(nil) {
      return [
        DelayedSynapses(
          synapses: matrix(entries: nil), senderDelays: perSender.map { Int($0 ?? 0) })
      ]
    }
    return Set(delays).sorted().map { delay in
      DelayedSynapses(
        delay: Int(delay), synapses: matrix(entries: delay),
        senderDelays: Array(repeating: Int(delay), count: senderCount))
    }
  }

  /// Distinct delays.
  var delayCount: Int { Set(delays).count }

  /// The entries of one delay, or all where each sender has one delay.
  private func matrix(entries delay: Int32?) -> SynapseMatrix {
    guard let delay else {
      return SynapseMatrix(
        senderCount: senderCount, receiverCount: receiverCount, starts: starts,
        receivers: receivers, weights: weights)
    }
    var (begins, kept, values) = ([0], [Int32](), [Double]())
    for sender in 0..<senderCount {
      for entry in entries(of: sender) where delays[entry] == delay {
        kept.append(receivers[entry])
        values.append(weights[entry])
      }
      begins.append(kept.count)
    }
    return SynapseMatrix(
      senderCount: senderCount, receiverCount: receiverCount, starts: begins, receivers: kept,
      weights: values)
  }
}
