import Emulator
import HardwareSpec

/// The model and the judge on the same traffic.
struct NetworkComparison {
  let model: NetworkTrial.Outcome
  let judge: ClockSteppedNetwork.Tally
  /// Whether ports are compared as well, beside what stands before them.
  private let comparesPorts: Bool

  /// Runs both; nil when the traffic has no routes.
  init?(
    _ spec: ChipSpec, _ network: NetworkSpec, _ traffic: NetworkTraffic, comparesPorts: Bool
  ) {
    self.comparesPorts = comparesPorts
    var spec = spec
    spec.network = network
    guard let trial = NetworkTrial(spec, routes: traffic.routes) else { return nil }
    model = trial.run(
      traffic.spikes.map { .init(cycle: $0.cycle, core: $0.core, column: $0.column) },
      ticks: traffic.ticks)
    var judging = ClockSteppedNetwork(spec, network, routes: traffic.routes)
    judge = judging.run(traffic.spikes, cycles: traffic.ticks * spec.time.cyclesPerTick)
  }

  /// The difference of the mean time from spike to port, relative.
  var latencyError: Double {
    guard judge.delivered > 0, model.delivered > 0 else { return .infinity }
    let found = Double(model.latencyCycles) / Double(model.delivered)
    let wanted = Double(judge.latency) / Double(judge.delivered)
    return abs(found - wanted) / max(wanted, 1)
  }

  /// Each count of the model beside the judge's.
  var counts: [(name: String, model: Int, judge: Int)] {
    let network = [
      ("sent", model.sent, judge.sent),
      ("lost at arbiter", model.lostAtArbiter, judge.lostAtEncoder),
      ("lost at output", model.lostAtOutput, judge.lostAtOutput),
      ("lost in network", model.lostInNetwork, judge.lostOnLinks),
      ("delivered", model.delivered, judge.delivered), ("hops", model.hops, judge.crossings),
      ("unfinished in network", model.unfinishedInNetwork, judge.leftInNetwork),
    ]
    guard comparesPorts else { return network }
    return network + [
      ("lost at port", model.lostAtPort, judge.lostAtRows),
      ("driven", model.driven, judge.driven),
      ("unfinished at ports", model.unfinishedAtPorts, judge.leftAtRows),
    ]
  }

  /// The largest difference of a count.
  var countError: Int { counts.map { abs($0.model - $0.judge) }.max() ?? .max }

  /// The difference of all losses together, relative to the judge's.
  var lossError: Double {
    let ports = comparesPorts ? 1 : 0
    let wanted =
      judge.lostAtEncoder + judge.lostAtOutput + judge.lostOnLinks + ports * judge.lostAtRows
    let found =
      model.lostAtArbiter + model.lostAtOutput + model.lostInNetwork + ports * model.lostAtPort
    return Double(abs(found - wanted)) / Double(max(wanted, 1))
  }

  /// Row pairs of the model that are neither delivered nor lost nor under way.
  var missing: Int {
    let network =
      model.sent - model.lostAtArbiter - model.lostAtOutput - model.lostInNetwork
      - model.delivered - model.unfinishedInNetwork
    let ports = model.delivered - model.lostAtPort - model.driven - model.unfinishedAtPorts
    return abs(network) + abs(ports)
  }
}
