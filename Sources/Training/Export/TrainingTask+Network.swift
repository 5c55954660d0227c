import ChipInterface
import Compiler
import HardwareSpec
import NIR

extension TrainingTask {
  /// The network as a NIR graph: Linear, CubaLIF, Linear, CubaLI.
  ///
  /// Potentials are in thresholds and a weight is the jump of R·I; the copies of an input are one
  /// weight here. One step is one tick, in biological time.
  public func graph(_ weights: ShadowWeights, on spec: ChipSpec) throws(TrainingError) -> NIRGraph {
    guard weights.shape == shape else {
      throw .weightsOfAnotherShape(weights: weights.shape, image: shape)
    }
    let tau = Self.timeConstantTicks * stepSeconds(on: spec)
    let copies = Float(shape.inputCopies)
    let network = DenseNetwork(
      inputCount: shape.inputs,
      layers: [
        DenseNetwork.Layer(
          name: "hidden", projection: "hidden.weight", weights: weights.input.map { $0 * copies },
          count: shape.hidden, membraneSeconds: tau, synapticSeconds: tau, threshold: 1),
        DenseNetwork.Layer(
          name: "readout", projection: "readout.weight", weights: weights.hidden,
          count: shape.outputs, membraneSeconds: tau, synapticSeconds: tau, threshold: nil),
      ])
    do {
      return try network.nirGraph(dt: stepSeconds(on: spec))
    } catch let error as CompilerError {
      throw .compiler(error)
    } catch let error as NIRError {
      throw .graph(error)
    } catch {
      preconditionFailure("a graph throws errors of Compiler and NIR only: \(error)")
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
    options.keepsZeroWeights = true
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
}
