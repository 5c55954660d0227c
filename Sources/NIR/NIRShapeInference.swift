/// Finds the shapes that the nodes of a graph take and give, from those that know them.
///
/// Weights and convolutions know the axes they take; Input, Output, populations and the other
/// element-by-element nodes follow them, up to leading axes of length 1 (batch or time, which
/// some exporters keep) and to parameters that one value stands for.
struct NIRShapeInference {
  private let leaves: [NIRLeaves.Leaf]
  private let rules: [NIRShapeRule]
  private let edges: [(source: Int, target: Int)]
  private var outgoing: [[Int]], incoming: [[Int]]
  private(set) var inputs: [[Int]?]
  private(set) var outputs: [[Int]?]
  /// Whether a shape is more than what an element-by-element node says of itself.
  private var isCertain: [Bool]
  private var waiting: [Int] = []

  /// Infers all shapes that follow from what the nodes say.
  ///
  /// - Throws: ``NIRError/edgeShape(_:sourceShape:targetShape:)`` where two nodes contradict each
  ///   other, ``NIRError/inputShape(node:type:shape:expected:)`` for input that a node cannot take.
  init(_ open: NIRLeaves) throws(NIRError) {
    (leaves, edges) = (open.leaves, open.edges)
    rules = leaves.map { $0.node.parameters?.shapeRule ?? .kept([]) }
    outgoing = [[Int]](repeating: [], count: leaves.count)
    incoming = outgoing
    inputs = [[Int]?](repeating: nil, count: leaves.count)
    outputs = inputs
    isCertain = [Bool](repeating: false, count: leaves.count)
    for (index, edge) in edges.enumerated() {
      outgoing[edge.source].append(index)
      incoming[edge.target].append(index)
    }
    try settleWhatIsFixed()
    try settleWhatIsSaid()
    try compareEnds()
  }

  private mutating func settleWhatIsFixed() throws(NIRError) {
    for index in leaves.indices {
      switch rules[index] {
      case .fixed(let input, let output):
        (inputs[index], outputs[index], isCertain[index]) = (input, output, true)
        waiting.append(index)
      case .mapped(let map) where map.axes != nil && !map.declaredInput.isEmpty:
        try settle(index, input: map.declaredInput, isCertain: true)
      default: break
      }
    }
    try spread()
  }

  /// The largest shapes first: a shape of one value may stand for a population of any size.
  private mutating func settleWhatIsSaid() throws(NIRError) {
    let said = rules.map(\.input)
    let counts = said.map { $0.valueCount ?? 0 }
    let order = leaves.indices.filter { inputs[$0] == nil && !said[$0].isEmpty }
      .sorted { (-counts[$0], $0) < (-counts[$1], $1) }
    for index in order where inputs[index] == nil {
      let said = said[index]
      try settle(index, input: said, isCertain: false)
      try spread()
    }
  }

  private mutating func settle(_ index: Int, input: [Int], isCertain: Bool) throws(NIRError) {
    inputs[index] = input
    if case .mapped(let map) = rules[index] {
      outputs[index] = try map.output(taking: input, node: leaves[index].name)
    } else {
      outputs[index] = input
    }
    self.isCertain[index] = isCertain
    waiting.append(index)
  }

  private mutating func spread() throws(NIRError) {
    while let index = waiting.popLast() {
      for edge in outgoing[index] {
        guard let shape = outputs[index] else { continue }
        try offer(shape, to: edges[edge].target, isCertain: isCertain[index], over: edge)
      }
      for edge in incoming[index] {
        guard let shape = inputs[index] else { continue }
        let source = edges[edge].source
        if case .kept = rules[source] {
          try offer(shape, to: source, isCertain: isCertain[index], over: edge)
        }
      }
    }
  }

  /// Tells a node the shape that its neighbour gives or takes.
  private mutating func offer(
    _ shape: [Int], to index: Int, isCertain certain: Bool, over edge: Int
  ) throws(NIRError) {
    guard let known = inputs[index] else {
      let input = try adapted(shape, for: index, over: edge)
      if case .mapped(let map) = rules[index], map.axes != nil {
        return try settle(index, input: input, isCertain: true)
      }
      return try settle(index, input: input, isCertain: certain)
    }
    guard known.withoutLeadingOnes == shape.withoutLeadingOnes else {
      guard case .kept = rules[index], !isCertain[index] else { throw contradiction(edge) }
      guard let wider = shape.valueCount, wider > known.valueCount ?? 0 else { return }
      guard fits(shape, index) else { throw contradiction(edge) }
      return try settle(index, input: shape, isCertain: certain)
    }
    guard !isCertain[index], certain || shape.count < known.count else { return }
    if case .mapped(let map) = rules[index], map.axes != nil { return }
    try settle(index, input: shape, isCertain: certain)
  }

  /// Whether the parameters of an element-by-element node can be repeated over a shape.
  private func fits(_ shape: [Int], _ index: Int) -> Bool {
    switch leaves[index].node {
    case .graph: false
    case .input(let said), .output(let said):
      said.isEmpty || said.withoutLeadingOnes == shape.withoutLeadingOnes
    default: rules[index].input.isBroadcastable(to: shape)
    }
  }

  /// The shape as a node without one of its own takes it.
  private func adapted(_ shape: [Int], for index: Int, over edge: Int) throws(NIRError) -> [Int] {
    switch rules[index] {
    case .fixed: return shape
    case .kept(let said):
      guard said.isEmpty || fits(shape, index) else { throw contradiction(edge, said: said) }
      return shape
    case .mapped(let map):
      let said = map.declaredInput
      guard said.isEmpty || said.withoutLeadingOnes == shape.withoutLeadingOnes else {
        throw contradiction(edge, said: said)
      }
      return map.axes.flatMap { shape.withAxes($0) } ?? shape
    }
  }

  private func contradiction(_ edge: Int, said: [Int]? = nil) -> NIRError {
    let (source, target) = edges[edge]
    return .edgeShape(
      NIREdge(leaves[source].name, leaves[target].name),
      sourceShape: outputs[source] ?? said ?? rules[source].output,
      targetShape: inputs[target] ?? said ?? rules[target].input)
  }

  private func compareEnds() throws(NIRError) {
    for (index, edge) in edges.enumerated() {
      guard let given = outputs[edge.source], let taken = inputs[edge.target] else { continue }
      guard given == taken else { throw contradiction(index) }
    }
  }
}
