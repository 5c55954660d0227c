import Compiler
import HardwareSpec
import NIR

/// Values of one parameter, in double precision so that tests can compare exactly.
func values(_ list: [Double]) -> NIRTensor { NIRTensor(list, elementType: .float64) }

/// One value for all neurons.
func all(_ value: Double, _ count: Int) -> NIRTensor {
  NIRTensor(repeating: value, shape: [count], elementType: .float64)
}

/// A weight matrix in NIR's order, from rows of receivers.
func matrix(_ rows: [[Double]]) -> NIRTensor {
  NIRTensor(
    shape: [rows.count, rows.first?.count ?? 0], values: rows.flatMap { $0 },
    elementType: .float64)
}

/// A CubaLIF population with time constants in seconds.
func cubaLIF(
  _ count: Int, tauMem: Double = 0.02, tauSyn: Double = 0.02, r: Double = 1, wIn: Double = 20,
  leak: Double = 0, threshold: Double = 1, reset: Double = 0
) -> NIRNode {
  .cubaLIF(
    NIRCubaLIF(
      tauSyn: all(tauSyn, count), tauMem: all(tauMem, count), r: all(r, count),
      vLeak: all(leak, count), vThreshold: all(threshold, count), vReset: all(reset, count),
      wIn: all(wIn, count)))
}

/// A LIF population with its time constant in seconds.
func lif(_ count: Int, tau: Double = 0.02, r: Double = 1, threshold: Double = 1) -> NIRNode {
  .lif(
    NIRLIF(
      tau: all(tau, count), r: all(r, count), vLeak: all(0, count),
      vThreshold: all(threshold, count), vReset: all(0, count)))
}

/// A chain of nodes with the edges between neighbours.
func chain(_ nodes: [(String, NIRNode)]) throws -> NIRGraph {
  try NIRGraph(
    nodes: nodes.map { NIRNamedNode($0.0, $0.1) },
    edges: zip(nodes, nodes.dropFirst()).map { NIREdge($0.0, $1.0) })
}

/// Input, weights, population, output.
func single(_ weights: [[Double]], _ population: NIRNode) throws -> NIRGraph {
  try chain([
    ("in", .input(shape: [weights.first?.count ?? 0])),
    ("w", .linear(NIRLinear(weight: matrix(weights)))), ("pop", population),
    ("out", .output(shape: [weights.count])),
  ])
}

/// A network with random weights, layer by layer; the last layer only integrates.
func dense(_ sizes: [Int], seed: UInt64 = 1, spread: Float = 0.3) -> DenseNetwork {
  var random = SequentialRandom(seed: seed, stream: 3)
  let layers = (1..<sizes.count).map { index in
    DenseNetwork.Layer(
      name: "layer\(index)", projection: "weights\(index)",
      weights: (0..<sizes[index - 1] * sizes[index]).map { _ in Float(random.normal()) * spread },
      count: sizes[index], membraneSeconds: 0.02, synapticSeconds: 0.02,
      threshold: index == sizes.count - 1 ? nil : 1)
  }
  return DenseNetwork(inputCount: sizes[0], layers: layers)
}

/// Compiles a random dense network for a chip.
func compile(
  _ sizes: [Int], seed: UInt64 = 1, chip: String = "synapus-1", spread: Float = 0.3,
  _ change: (inout CompileOptions) -> Void = { _ in }
) throws -> (Compilation, DenseNetwork, ChipSpec) {
  let spec = try ChipLibrary.chip(chip)
  var options = CompileOptions(spec)
  change(&options)
  let network = dense(sizes, seed: seed, spread: spread)
  return (
    try Compiler.compile(network.nirGraph(dt: options.dt), name: "net", options), network, spec
  )
}

/// The misfits of a network that does not fit.
func misfits(_ graph: NIRGraph, _ options: CompileOptions) throws -> [Misfit] {
  do {
    _ = try Compiler.compile(graph, name: "net", options)
    return []
  } catch .doesNotFit(let report) {
    return report.misfits
  }
}
