/// Is a population of neurons of any type: its parameters, one value a neuron.
struct NIRReplayPopulation {
  /// Time constants; nil: the membrane or the synapse does not leak, or is not there.
  var membraneTime, synapticTime: [Double]?
  var resistance: [Double]
  var inputWeight: [Double]?
  var leak: [Double]?
  /// Threshold and reset potential of neurons that spike.
  var threshold, reset: [Double]?

  /// Repeats the parameters of a node over a shape; nil for other nodes and other shapes.
  init?(_ node: NIRNode, _ shape: [Int]) {
    func wide(_ tensor: NIRTensor) -> [Double]? { tensor.broadcast(to: shape)?.values }
    let stored: NIRReplayParameters
    switch node {
    case .i(let i): stored = NIRReplayParameters(r: i.r)
    case .if(let lif):
      stored = NIRReplayParameters(r: lif.r, threshold: lif.vThreshold, reset: lif.vReset)
    case .li(let li): stored = NIRReplayParameters(r: li.r, tau: li.tau, leak: li.vLeak)
    case .lif(let lif):
      stored = NIRReplayParameters(
        r: lif.r, tau: lif.tau, leak: lif.vLeak, threshold: lif.vThreshold, reset: lif.vReset)
    case .cubaLI(let li):
      stored = NIRReplayParameters(
        r: li.r, tau: li.tauMem, tauSyn: li.tauSyn, wIn: li.wIn, leak: li.vLeak)
    case .cubaLIF(let lif):
      stored = NIRReplayParameters(
        r: lif.r, tau: lif.tauMem, tauSyn: lif.tauSyn, wIn: lif.wIn, leak: lif.vLeak,
        threshold: lif.vThreshold, reset: lif.vReset)
    default: return nil
    }
    guard stored.all.allSatisfy({ wide($0) != nil }), let r = wide(stored.r) else { return nil }
    resistance = r
    membraneTime = stored.tau.flatMap(wide)
    synapticTime = stored.tauSyn.flatMap(wide)
    inputWeight = stored.wIn.flatMap(wide)
    leak = stored.leak.flatMap(wide)
    threshold = stored.threshold.flatMap(wide)
    reset = stored.reset.flatMap(wide)
  }
}

/// Names the parameters that the neuron types have in common.
private struct NIRReplayParameters {
  var r: NIRTensor
  var tau, tauSyn, wIn, leak, threshold, reset: NIRTensor?

  var all: [NIRTensor] {
    [r] + [tau, tauSyn, wIn, leak, threshold, reset].compactMap { $0 }
  }
}
