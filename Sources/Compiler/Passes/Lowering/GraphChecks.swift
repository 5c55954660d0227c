/// Reports what makes a graph no network of populations and projections.
struct GraphChecks {
  private let graph: NodeGraph

  init(_ graph: NodeGraph) { self.graph = graph }

  func report(_ log: inout CompileLog) {
    if graph.all(.input).isEmpty { log.add(.inputs(found: 0)) }
    if graph.all(.firing).isEmpty, graph.all(.analog).isEmpty {
      log.add(.lowering(.noNeurons(nodes: graph.nodes.count)))
    }
    reportEnds(&log)
    reportLooseNodes(&log)
    let looped = graph.linearOrder().looped
    if !looped.isEmpty {
      log.add(.lowering(.loopWithoutNeurons(nodes: onLoops(looped).map(graph.name))))
    }
  }

  /// Nothing leads to an Input, and nothing from an Output.
  private func reportEnds(_ log: inout CompileLog) {
    for source in graph.nodes.indices {
      for target in graph.targets[source]
      where graph.roles[target] == .input || graph.roles[source] == .output {
        log.add(
          .connection(
            source: graph.name(source), sourceType: graph.type(source),
            target: graph.name(target), targetType: graph.type(target)))
      }
    }
  }

  private func reportLooseNodes(_ log: inout CompileLog) {
    for node in graph.nodes.indices {
      let lacksSource = graph.roles[node] != .input && graph.sources[node].isEmpty
      let needsTarget = graph.roles[node] == .input || graph.roles[node] == .linear
      if lacksSource || needsTarget && graph.targets[node].isEmpty {
        log.add(.unconnected(node: graph.name(node), type: graph.type(node)))
      }
    }
  }

  /// Of nodes on loops of linear nodes and behind them, those that lead to such a node.
  private func onLoops(_ looped: [Int]) -> [Int] {
    let place = Dictionary(
      looped.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let order = PopulationOrder(
      names: looped.map(graph.name),
      senders: looped.map { node in graph.sources[node].compactMap { place[$0] } })
    return order.cyclic.map { looped[$0] }
  }
}

extension InputChannels {
  /// Whether channels can be numbered and visited in reasonable time, once for each Input node.
  func areFew(_ graph: NodeGraph, _ log: inout CompileLog) -> Bool {
    guard let first = ranges.first else { return true }
    let (visits, overflows) = count.multipliedReportingOverflow(by: ranges.count)
    if !overflows, visits <= MapLimits.mostProducts / 8, count <= MapLimits.mostSynapses {
      return true
    }
    log.add(
      .lowering(
        .tooManyProducts(
          node: graph.name(first.node), needed: overflows ? .max : visits,
          available: min(MapLimits.mostSynapses, MapLimits.mostProducts / 8))))
    return false
  }

  /// Notes which channels belong to which node, where there is a choice.
  func report(_ graph: NodeGraph, _ log: inout CompileLog) {
    guard ranges.count > 1 else { return }
    log.add(
      .inputChannels(
        ranges.map { CompileNote.Channels(node: graph.name($0.node), channels: $0.channels) }))
  }
}

extension PopulationPlan {
  /// Notes outputs that are recorded without their delays.
  func reportOutputs(_ log: inout CompileLog) {
    for delay in outputDelays { log.add(.outputDelay(node: graph.name(delay))) }
  }
}

extension LinearFolding {
  /// Lists delays that were rounded to whole steps.
  func reportDelays(_ log: inout CompileLog) {
    for (node, elements, steps) in unevenDelays {
      log.add(.roundedDelays(node: graph.name(node), elements: elements, steps: steps))
    }
  }

  /// The firing nodes from which paths lead through these nodes.
  func sources(ofDoors doors: [Int]) -> [Int] {
    var found: Set<Int> = []
    for door in doors {
      switch graph.roles[door] {
      case .firing: found.insert(door)
      case .linear: found.formUnion(sources[door])
      default: break
      }
    }
    found.remove(Self.input)
    return found.sorted()
  }

  /// What a population gets through these nodes where nothing fires; nil: nothing.
  func bias(ofDoors doors: [Int], _ population: String, _ log: inout CompileLog) -> [Double]? {
    var (bias, late): ([Double]?, Int32) = (nil, 0)
    for door in doors {
      guard let constant = constants[door] else { continue }
      bias = Self.sum(bias, constant)
      late = max(late, constantDelays[door])
    }
    if bias != nil, late > 0 {
      log.add(.earlyBias(layer: population, ticks: Int(late)))
    }
    return bias
  }
}
