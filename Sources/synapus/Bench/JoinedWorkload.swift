import ChipInterface
import Compiler
import HardwareSpec
import NIR

/// W2g on an analog chip: neurons that hear 4,096 row pairs, which no core has.
///
/// The compiler splits them: on `synapus-1` a neuron becomes sixteen circuits of one column in sixteen
/// connected cores, joined into one membrane, and a spike goes to one core of each sixteen.
struct JoinedWorkload {
  let image: ChipImage
  let experiment: Experiment
  /// Neurons, of sixteen circuits each.
  var neuronCount: Int { GridNetwork.neurons }

  /// Cores whose row pairs the network fills.
  private static let coreCount = 256

  /// Compiles the workload; nil when the chip has too few cores, or cannot join them.
  init?(_ spec: ChipSpec, steps: Int) throws {
    guard spec.coupling != nil, spec.geometry.coreCount >= Self.coreCount else { return nil }
    var options = CompileOptions(spec)
    (options.durationTicks, options.rounding) = (steps, .leastError)
    let graph = try GridNetwork().graph(dt: options.dt)
    image = try Compiler.compile(graph, name: "recurrent", options).image
    experiment = Experiment(
      durationTicks: steps, inputs: SpikeBatch(offsets: [0, 0], cycles: [], units: []),
      sampleNumbers: [0], recorded: RecordingRequest(spikes: true))
  }
}

extension GridNetwork {
  /// Time constants of membranes and synapses, in steps.
  ///
  /// The network's own membranes have no leak, the chip's have; its longest would take the bias out
  /// of the range of potentials.
  private static let membrane = 80.0, synapse = 5.0
  /// Makes good for the leak: 2.5 % of the neurons fire in a step.
  private static let drive = 1.4

  /// The network for an analog chip; potentials in parts of the threshold.
  fileprivate func graph(dt: Double) throws -> NIRGraph {
    let (count, swing) = (Self.neurons, Self.membrane / Self.synapse)
    var weights = [Double](repeating: 0, count: count * count)
    for (sender, fan) in fans.enumerated() {
      for (target, weight) in zip(fan.targets, fan.weights) {
        weights[Int(target) * count + sender] = Double(weight) * Self.unitWeight * swing
      }
    }
    func all(_ value: Double) -> NIRTensor { NIRTensor(repeating: value, shape: [count]) }
    let neurons = NIRCubaLIF(
      tauSyn: all(Self.synapse * dt), tauMem: all(Self.membrane * dt), r: all(1), vLeak: all(0),
      vThreshold: all(1), vReset: all(0), wIn: all(Self.synapse))
    let recurrent = NIRAffine(
      weight: NIRTensor(shape: [count, count], values: weights),
      bias: NIRTensor(biases.map { Self.drive * $0 * swing }))
    return try NIRGraph(
      nodes: [
        NIRNamedNode("input", .input(shape: [1])),
        NIRNamedNode(
          "silent", .linear(NIRLinear(weight: NIRTensor(repeating: 0, shape: [count, 1])))),
        NIRNamedNode("recurrent", .affine(recurrent)), NIRNamedNode("neurons", .cubaLIF(neurons)),
        NIRNamedNode("output", .output(shape: [count])),
      ],
      edges: [
        NIREdge("input", "silent"), NIREdge("silent", "neurons"), NIREdge("neurons", "recurrent"),
        NIREdge("recurrent", "neurons"), NIREdge("neurons", "output"),
      ])
  }
}
