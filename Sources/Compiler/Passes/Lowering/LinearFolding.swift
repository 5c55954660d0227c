import NIR

/// Multiplies out the linear nodes of a graph: what leads to each of them from every population and
/// from the input becomes one map, what they add becomes one constant vector.
struct LinearFolding {
  /// The source of maps that begin at an Input node.
  static let input = -1

  /// What leads to a node from one source.
  struct Path {
    /// The firing node where the path begins, or ``LinearFolding/input``.
    let source: Int
    var map: SparseMap
  }

  let graph: NodeGraph
  let inputs: InputChannels
  private let options: CompileOptions
  /// The paths that lead to each linear node, and through it; taken away when nobody needs them.
  private var paths: [[Path]]
  private var uses: [Int]
  /// What each linear node gives where nothing fires, and how late a constant of it comes, in ticks.
  private(set) var constants: [[Double]?]
  private(set) var constantDelays: [Int32]
  /// The sources of the paths through each linear node.
  private(set) var sources: [[Int]]
  private(set) var storedWeights: [Int]
  private(set) var hasWeights, sharesWeights: [Bool]
  /// Delays that are no whole number of steps: the node, how many, and the farthest one, in steps.
  private(set) var unevenDelays: [(node: Int, elements: Int, steps: Double)] = []
  /// Synapses that the network has so far.
  private(set) var entries = 0
  /// Multiplications and visits of senders so far.
  private var work = 0

  /// Prepares a graph; `doors` are the nodes that lead to populations, one for each of them.
  init(
    _ graph: NodeGraph, _ inputs: InputChannels, _ options: CompileOptions, doors: [Int]
  ) {
    (self.graph, self.inputs, self.options) = (graph, inputs, options)
    let count = graph.nodes.count
    paths = Array(repeating: [], count: count)
    uses = graph.targets.map { $0.count { graph.roles[$0] == .linear } }
    for door in doors { uses[door] += 1 }
    constants = Array(repeating: nil, count: count)
    constantDelays = Array(repeating: 0, count: count)
    sources = Array(repeating: [], count: count)
    storedWeights = Array(repeating: 0, count: count)
    hasWeights = Array(repeating: false, count: count)
    sharesWeights = hasWeights
  }

  /// Folds all linear nodes.
  mutating func fold(_ order: [Int], _ log: inout CompileLog) {
    for node in order { fold(node, &log) }
  }

  private mutating func fold(_ node: Int, _ log: inout CompileLog) {
    guard let linear = linearNode(node, &log) else { return }
    storedWeights[node] = linear.storedWeights
    sharesWeights[node] = linear.sharesWeights
    if case .weights = linear.action { hasWeights[node] = true }
    foldConstant(node, linear)
    for var path in pathsInto(node) {
      guard hasTime(for: linear.action, path.map, node, &log) else { return }
      guard let map = apply(linear.action, to: path.map, node, &log) else { return }
      path.map = map
      sources[node].append(path.source)
      paths[node].append(path)
    }
  }

  private mutating func linearNode(_ node: Int, _ log: inout CompileLog) -> LinearNode? {
    var uneven = 0
    var farthest = 0.0
    let perStep = Double(options.ticksPerStep)
    let dt = options.dt
    do throws(LinearNode.Refusal) {
      let linear = try LinearNode(
        graph.name(node), graph.nodes[node].node, graph.shapes[node],
        keepsZeros: options.keepsZeroWeights
      ) { delay in
        let steps = delay / dt
        let error = abs(steps - steps.rounded())
        if error > 1e-3 {
          uneven += 1
          if error >= abs(farthest - farthest.rounded()) { farthest = steps }
        }
        return Int32(clamping: Int(min(max(steps.rounded() * perStep, 0), 1e9)))
      }
      if uneven > 0 { unevenDelays.append((node, uneven, farthest)) }
      return linear
    } catch {
      switch error {
      case .unknownShape:
        log.add(.lowering(.unknownShape(node: graph.name(node), type: graph.type(node))))
      case .tooLarge(let count):
        log.add(
          .lowering(
            .tooManySynapses(
              node: graph.name(node), needed: count, available: MapLimits.mostSynapses)))
      }
      return nil
    }
  }

  // MARK: Constants

  private mutating func foldConstant(_ node: Int, _ linear: LinearNode) {
    var sum: [Double]?
    for source in graph.sources[node] {
      guard let constant = constants[source] else { continue }
      sum = Self.sum(sum, constant)
      constantDelays[node] = max(constantDelays[node], constantDelays[source])
    }
    if let constant = sum { sum = carry(constant, through: linear, node) }
    constants[node] = linear.bias.map { Self.sum(sum, $0) } ?? sum
  }

  static func sum(_ a: [Double]?, _ b: [Double]) -> [Double] {
    guard let a, a.count == b.count else { return b }
    return zip(a, b).map { $0 + $1 }
  }

  private mutating func carry(
    _ constant: [Double], through linear: LinearNode, _ node: Int
  ) -> [Double]? {
    switch linear.action {
    case .weights(let map, _, _):
      return map.senderCount == constant.count ? map.applied(to: constant) : nil
    case .factors(let factors): return zip(constant, factors).map { $0 * $1 }
    case .delays(let ticks):
      let late = zip(constant, ticks).filter { $0.0 != 0 }.map(\.1).max() ?? 0
      constantDelays[node] = Int32(clamping: Int(constantDelays[node]) + Int(late))
      return constant
    case .reshaping: return constant
    }
  }

  // MARK: Maps

  /// What leads to a node, added up by source.
  private mutating func pathsInto(_ node: Int) -> [Path] {
    var sum: [Path] = []
    for source in graph.sources[node] {
      for path in paths(from: source) {
        if let known = sum.firstIndex(where: { $0.source == path.source }),
          sum[known].map.receiverCount == path.map.receiverCount
        {
          sum[known].map = sum[known].map.adding(path.map)
        } else {
          sum.append(path)
        }
      }
    }
    return sum
  }

  /// What a node hands on: its paths, or itself where it is an input or fires.
  mutating func paths(from node: Int) -> [Path] {
    switch graph.roles[node] {
    case .input:
      return [
        Path(
          source: Self.input,
          map: SparseMap(identityOf: inputs.channels(of: node), of: inputs.count))
      ]
    case .firing:
      let count = graph.count(node)
      return [Path(source: node, map: SparseMap(identityOf: 0..<count, of: count))]
    case .linear:
      uses[node] -= 1
      defer { if uses[node] == 0 { paths[node] = [] } }
      return paths[node]
    case .analog, .output: return []
    }
  }

  private mutating func apply(
    _ action: LinearNode.Action, to map: SparseMap, _ node: Int, _ log: inout CompileLog
  ) -> SparseMap? {
    switch action {
    case .reshaping: return map
    case .factors(let factors):
      guard fits(map, factors.count, node, &log) else { return nil }
      return map.scaled(by: factors)
    case .delays(let ticks):
      guard fits(map, ticks.count, node, &log) else { return nil }
      return map.delayed(by: ticks)
    case .weights(let next, _, _):
      guard fits(map, next.senderCount, node, &log) else { return nil }
      return product(map, next, node, &log)
    }
  }

  private func fits(
    _ map: SparseMap, _ count: Int, _ node: Int, _ log: inout CompileLog
  ) -> Bool {
    if map.receiverCount == count { return true }
    log.add(.size(node: graph.name(node), found: count, expected: map.receiverCount))
    return false
  }

  private mutating func product(
    _ map: SparseMap, _ next: SparseMap, _ node: Int, _ log: inout CompileLog
  ) -> SparseMap? {
    guard let product = map.followed(by: next, limit: MapLimits.mostSynapses - entries) else {
      log.add(
        .lowering(
          .tooManySynapses(
            node: graph.name(node), needed: entries + map.products(with: next),
            available: MapLimits.mostSynapses)))
      return nil
    }
    return product
  }

  /// Counts what a node takes; files of few bytes can ask for any amount.
  private mutating func hasTime(
    for action: LinearNode.Action, _ map: SparseMap, _ node: Int, _ log: inout CompileLog
  ) -> Bool {
    work += map.senderCount + map.count
    if case .weights(let next, _, _) = action, map.receiverCount == next.senderCount {
      work += map.products(with: next)
    }
    if work <= MapLimits.mostProducts { return true }
    log.add(
      .lowering(
        .tooManyProducts(
          node: graph.name(node), needed: work, available: MapLimits.mostProducts)))
    return false
  }

  /// Counts entries that became synapses of the network; whether there is room for them.
  mutating func count(_ synapses: Int) -> Bool {
    entries += synapses
    return entries <= MapLimits.mostSynapses
  }
}
