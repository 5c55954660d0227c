import Emulator
import HardwareSpec

/// The model and the judge on the same traffic.
struct NetworkComparison {
  let model: NetworkTrial.Outcome
  let judge: ClockSteppedNetwork.Tally

  init?(_ spec: ChipSpec, _ network: NetworkSpec, _ traffic: NetworkTraffic) {
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
    [
      ("sent", model.sent, judge.sent), ("lost at arbiter", model.lostAtArbiter, judge.lostAtEncoder),
      ("lost at output", model.lostAtOutput, judge.lostAtOutput),
      ("lost in network", model.lostInNetwork, judge.lostOnLinks),
      ("lost at port", model.lostAtPort, judge.lostAtRows),
      ("delivered", model.delivered, judge.delivered), ("driven", model.driven, judge.driven),
      ("hops", model.hops, judge.crossings),
      ("unfinished", model.unfinishedInNetwork + model.unfinishedAtPorts, judge.leftInNetwork + judge.leftAtRows),
    ]
  }

  /// The largest difference of a count.
  var countError: Int { counts.map { abs($0.model - $0.judge) }.max() ?? .max }

  /// The difference of all losses together, relative to the judge's.
  var lossError: Double {
    let wanted = judge.lostAtEncoder + judge.lostAtOutput + judge.lostOnLinks + judge.lostAtRows
    let found =
      model.lostAtArbiter + model.lostAtOutput + model.lostInNetwork + model.lostAtPort
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
