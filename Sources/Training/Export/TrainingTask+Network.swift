import ChipInterface
import Compiler
import HardwareSpec
import NIR

extension TrainingTask {
  /// The network as a NIR graph: Linear, CubaLIF, Linear, CubaLI.
  ///
  /// Potentials are in thresholds. `w_in` is τ_syn/dt, so that an event of weight w makes R·I jump
  /// by w; the copies of an input are one weight here. One step is one tick, in biological time.
  public func graph(_ weights: ShadowWeights, on spec: ChipSpec) throws(TrainingError) -> NIRGraph {
    guard weights.shape == shape else {
      throw .weightsOfAnotherShape(weights: weights.shape, image: shape)
    }
    let input = weights.input.map { Double($0) * Double(shape.inputCopies) }
    let hidden = weights.hidden.map { Double($0) }
    let nodes = [
      NIRNamedNode("input", .input(shape: [shape.inputs])),
      NIRNamedNode("hidden.weight", .linear(matrix(input, from: shape.inputs, to: shape.hidden))),
      NIRNamedNode("hidden", .cubaLIF(firing(shape.hidden, on: spec))),
      NIRNamedNode(
        "readout.weight", .linear(matrix(hidden, from: shape.hidden, to: shape.outputs))),
      NIRNamedNode("readout", .cubaLI(integrating(shape.outputs, on: spec))),
      NIRNamedNode("output", .output(shape: [shape.outputs])),
    ]
    let chain = nodes.map(\.name)
    do {
      return try NIRGraph(
        nodes: nodes, edges: zip(chain, chain.dropFirst()).map { NIREdge($0, $1) })
    } catch {
      throw .graph(error)
    }
  }

  /// Compiles the network; the scales of weights are those of the recipe, so that training can use
  /// their whole range.
  public func compile(
    _ weights: ShadowWeights, for spec: ChipSpec
  ) throws(TrainingError) -> Compilation {
    let largest = Double(spec.synapse.largestWeight)
    var options = CompileOptions(spec)
    options.dt = stepSeconds(on: spec)
    options.durationTicks = durationTicks
    options.coding = coding
    options.maxClip = 1
    options.readout = ReadoutRule(population: "readout", measure: .highestPotential)
    options.projections = [
      CompileOptions.Projection(
        "hidden.weight", copies: shape.inputCopies,
        weightPerStep: settings.largestInputWeight / largest),
      CompileOptions.Projection(
        "readout.weight", weightPerStep: settings.largestHiddenWeight / largest),
    ]
    let graph = try graph(weights, on: spec)
    do {
      return try Compiler.compile(graph, name: name, options)
    } catch {
      throw .compiler(error)
    }
  }

  /// The weights that training starts from.
  public func startWeights(netSeed: UInt64, start: Int = 0) -> ShadowWeights {
    ShadowWeights(shape: shape, settings: settings, seed: netSeed, stream: UInt64(start))
  }

  /// One tick in biological seconds.
  private func stepSeconds(on spec: ChipSpec) -> Double {
    spec.time.tickSeconds * spec.time.acceleration
  }

  private func matrix(_ values: [Double], from senders: Int, to receivers: Int) -> NIRLinear {
    let transposed = (0..<receivers * senders).map {
      values[$0 % senders * receivers + $0 / senders]
    }
    return NIRLinear(weight: NIRTensor(shape: [receivers, senders], values: transposed))
  }

  private func firing(_ count: Int, on spec: ChipSpec) -> NIRCubaLIF {
    func all(_ value: Double) -> NIRTensor { NIRTensor(repeating: value, shape: [count]) }
    let tau = Self.timeConstantTicks * stepSeconds(on: spec)
    return NIRCubaLIF(
      tauSyn: all(tau), tauMem: all(tau), r: all(1), vLeak: all(0), vThreshold: all(1),
      vReset: all(0), wIn: all(Self.timeConstantTicks))
  }

  private func integrating(_ count: Int, on spec: ChipSpec) -> NIRCubaLI {
    func all(_ value: Double) -> NIRTensor { NIRTensor(repeating: value, shape: [count]) }
    let tau = Self.timeConstantTicks * stepSeconds(on: spec)
    return NIRCubaLI(
      tauSyn: all(tau), tauMem: all(tau), r: all(1), vLeak: all(0),
      wIn: all(Self.timeConstantTicks))
  }
}
