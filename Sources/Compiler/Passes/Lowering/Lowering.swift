import HardwareSpec
import NIR

/// Reads a NIR graph as populations and projections.
///
/// Nested graphs are laid open. Whatever linear nodes stand between the input and a population, or
/// between two populations, is multiplied out to sparse projections; a direct edge is the identity.
/// All contradictions are reported.
struct Lowering {
  private let graph: NIRGraph
  private let options: CompileOptions

  init(_ graph: NIRGraph, _ options: CompileOptions) {
    (self.graph, self.options) = (graph, options)
  }

  func network(name: String, _ log: inout CompileLog) -> SpikingNetwork {
    let empty = SpikingNetwork(
      name: name, inputCount: 0, populations: [], projections: [], readout: "")
    do throws(NIRError) {
      let flat = try graph.flattened()
      return network(name, NodeGraph(flat, shapes: try flat.inferredShapes()), &log) ?? empty
    } catch {
      log.add(.lowering(.graph(error)))
      return empty
    }
  }

  private func network(
    _ name: String, _ graph: NodeGraph, _ log: inout CompileLog
  ) -> SpikingNetwork? {
    GraphChecks(graph).report(&log)
    let (order, _) = graph.linearOrder()
    let plan = PopulationPlan(graph, &log)
    guard log.report.misfits.isEmpty else { return nil }
    let inputs = InputChannels(graph)
    guard inputs.areFew(graph, &log) else { return nil }
    inputs.report(graph, &log)
    var folding = LinearFolding(
      graph, inputs, options, doors: plan.populations.flatMap(\.doors))
    folding.fold(order, &log)
    folding.reportDelays(&log)
    plan.reportOutputs(&log)
    return network(name, plan, &folding, order: order, &log)
  }

  private func network(
    _ name: String, _ plan: PopulationPlan, _ folding: inout LinearFolding, order: [Int],
    _ log: inout CompileLog
  ) -> SpikingNetwork {
    let graph = folding.graph
    let making = PopulationLowering(graph, options)
    let place = Dictionary(
      plan.populations.enumerated().map { ($1.node, $0) }, uniquingKeysWith: { first, _ in first })
    let sorted = PopulationOrder(
      names: plan.populations.map { graph.name($0.node) },
      senders: plan.populations.map { population in
        folding.sources(ofDoors: population.doors).compactMap { place[$0] }
      }
    ).order.map { plan.populations[$0] }

    var drafts = ProjectionDrafts(graph, order: order, options)
    var populations: [SpikingPopulation] = []
    for planned in sorted {
      let bias = folding.bias(ofDoors: planned.doors, graph.name(planned.node), &log)
      populations.append(making.population(planned, bias: bias, &log))
      addProjections(to: planned, &folding, &drafts, &log)
    }
    return SpikingNetwork(
      name: name, inputCount: folding.inputs.count, populations: populations,
      projections: drafts.named,
      readout: sorted.last { plan.outputs.contains($0.node) }.map { graph.name($0.node) }
        ?? populations.last?.name ?? "")
  }

  private func addProjections(
    to planned: PlannedPopulation, _ folding: inout LinearFolding,
    _ drafts: inout ProjectionDrafts, _ log: inout CompileLog
  ) {
    let graph = folding.graph
    let (name, count) = (graph.name(planned.node), graph.count(planned.node))
    for door in planned.doors {
      for path in folding.paths(from: door) {
        guard path.map.receiverCount == count else {
          log.add(.size(node: name, found: count, expected: path.map.receiverCount))
          continue
        }
        let size = max(path.map.count, path.map.delayCount * path.map.senderCount)
        guard folding.count(size) else {
          log.add(
            .lowering(
              .tooManySynapses(
                node: graph.name(door), needed: folding.entries,
                available: MapLimits.mostSynapses)))
          return
        }
        drafts.add(path, door: door, to: name, folding)
      }
    }
  }
}
