/// Runs a NIR network step by step, as the framework that exported it would.
///
/// Neurons are computed in single precision, in the framework's own order of operations; sums over
/// weights are formed in double precision and rounded once, which lies between the frameworks'
/// own orders of summation. Within a step data pass through all nodes without delay; on a cycle
/// the spikes of the step before are used .
public struct NIRReplay: Sendable {
  /// The network without nested graphs.
  public let graph: NIRGraph
  /// How it is advanced.
  public let stepping: NIRStepping
  /// Names of the Input and Output nodes, in the order of names.
  public let inputNames, outputNames: [String]
  /// Names of the spiking nodes in the order in which a step reaches them.
  public let spikingNames: [String]
  /// Steps since the start.
  public private(set) var stepCount = 0

  private let indexOfName: [String: Int]
  private let order: NIRReplayOrder
  private let shapes: [NIRNodeShape]
  private var stages: [NIRReplayStage]
  private var values: [[Float]]

  /// Prepares a network; all of its state is zero, as in the frameworks.
  ///
  /// - Throws: ``NIRError``, for example ``NIRError/unknownShape(node:)`` where neither a node nor
  ///   its neighbours say how much data it takes, ``NIRError/loopWithoutState(nodes:)`` for a
  ///   cycle without neurons or delays, ``NIRError/notReplayable(node:reason:)``.
  public init(_ graph: NIRGraph, _ stepping: NIRStepping) throws(NIRError) {
    guard stepping.dt > 0, stepping.dt.isFinite, stepping.timeScale > 0,
      stepping.timeScale.isFinite
    else { throw .badStep(dt: stepping.dt, timeScale: stepping.timeScale) }
    var flat = try graph.flattened()
    if stepping.rule == .spyx { flat = try flat.withSpyxRecurrence() }
    self.graph = flat
    self.stepping = stepping
    let shapeOfName = try flat.inferredShapes()
    var shapes: [NIRNodeShape] = []
    for named in flat.nodes {
      guard let shape = shapeOfName[named.name], !shape.input.isEmpty else {
        throw .unknownShape(node: named.name)
      }
      shapes.append(shape)
    }
    self.shapes = shapes
    let wiring = NIRReplayWiring(flat)
    var stages: [NIRReplayStage] = []
    for (index, named) in flat.nodes.enumerated() {
      stages.append(
        try NIRReplayStage(
          named, shapes[index], stepping, isRecurrent: wiring.isInItsOwnLoop(index)))
    }
    order = try NIRReplayOrder(wiring, isEarly: stages.map(\.givesBeforeItTakes), in: flat)
    self.stages = stages
    values = shapes.map { [Float](repeating: 0, count: $0.output.reduce(1, *)) }
    indexOfName = Dictionary(
      uniqueKeysWithValues: flat.nodes.enumerated().map { ($0.element.name, $0.offset) })
    inputNames = flat.nodes.filter { if case .input = $0.node { true } else { false } }
      .map(\.name)
    outputNames = flat.nodes.filter { if case .output = $0.node { true } else { false } }
      .map(\.name)
    spikingNames = order.steps.filter { flat.nodes[$0].node.isSpiking }.map { flat.nodes[$0].name }
  }

  /// Advances by one step.
  ///
  /// `input` holds the data of each Input node in row-major order; a node that is left out gets
  /// zeros, and values that are missing at the end of a list are zeros.
  public mutating func step(_ input: [String: [Float]]) {
    for index in order.early { values[index] = stages[index].given() }
    for index in order.steps {
      let size = shapes[index].input.reduce(1, *)
      var taken = [Float](repeating: 0, count: size)
      if order.sources[index].isEmpty {
        for (i, value) in (input[graph.nodes[index].name] ?? []).prefix(size).enumerated() {
          taken[i] = value
        }
      } else {
        for source in order.sources[index] {
          let given = values[source]
          for i in taken.indices { taken[i] += given[i] }
        }
      }
      let isEarly = stages[index].givesBeforeItTakes
      let given = stages[index].step(taken)
      if !isEarly { values[index] = given }
    }
    stepCount += 1
  }

  /// Advances by one step with the data of the only Input node.
  public mutating func step(_ input: [Float]) {
    step(inputNames.first.map { [$0: input] } ?? [:])
  }

  /// What a node gave in the last step, in row-major order; empty for a name that is not there.
  ///
  /// Spiking nodes give numbers of spikes.
  public func value(of node: String) -> [Float] { indexOfName[node].map { values[$0] } ?? [] }

  /// The membrane potentials of a population after the last step; empty for other nodes.
  public func membrane(of node: String) -> [Float] {
    indexOfName[node].map { stages[$0].membrane } ?? []
  }

  /// The shapes that a node takes and gives.
  public func shape(of node: String) -> NIRNodeShape? { indexOfName[node].map { shapes[$0] } }
}

extension NIRNode {
  /// Whether what the node gives are spikes: LIF, CubaLIF, IF and Threshold.
  public var isSpiking: Bool {
    switch self {
    case .if, .lif, .cubaLIF, .threshold: true
    default: false
    }
  }

  /// Whether the node has a membrane.
  var isPopulation: Bool {
    switch self {
    case .i, .if, .li, .lif, .cubaLI, .cubaLIF: true
    default: false
    }
  }
}
