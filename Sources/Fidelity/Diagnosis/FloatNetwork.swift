import ChipInterface
import Compiler
import HardwareSpec
import NIR

/// A network as its file has it, on an ideal chip: float weights, and parameters that no DAC
/// rounds, placed as the image places them.
struct FloatNetwork {
  /// The chip with DACs of 16 bits in place of its own, over the same ranges.
  let spec: ChipSpec
  /// The image for that chip; its weights are those that the compiler rounds to.
  let image: ChipImage
  /// The synapses with the weights of the file, projection by projection.
  let projections: [SynapseMatrix]
  /// What the compiler makes of the network for the chip itself.
  let compiled: ChipImage

  /// Compiles the network once for the chip and once for the finer one.
  /// - Throws: ``CompilerError``, or ``DiagnosisError/notCompiledFrom(difference:)`` where the
  ///   image has other populations, routes or synapses than the compilation.
  init(_ graph: NIRGraph, name: String, _ options: CompileOptions, of image: ChipImage) throws {
    var options = options
    (options.maxClip, options.strict) = (1, false)
    compiled = try Compiler.compile(graph, name: name, options).image
    if let difference = Self.difference(compiled, image) {
      throw DiagnosisError.notCompiledFrom(difference: difference)
    }
    options.spec = options.spec.withFineParameters
    let compilation = try Compiler.compile(graph, name: name, options)
    if let difference = Self.difference(compilation.image, image) {
      throw DiagnosisError.notCompiledFrom(difference: difference)
    }
    (spec, self.image) = (options.spec, compilation.image)
    projections = compilation.network?.network.projections.map(\.synapses) ?? []
  }

  /// In what two images are laid out otherwise; nil: in nothing.
  private static func difference(_ a: ChipImage, _ b: ChipImage) -> String? {
    if a.io.populations != b.io.populations { return "populations or their places" }
    if a.inputRoutes != b.inputRoutes || a.delayedInputs != b.delayedInputs { return "inputs" }
    if a.spikeRoutes != b.spikeRoutes { return "spike routes" }
    if a.groups != b.groups { return "joined circuits" }
    let maps = [a, b].map { image in
      image.io.projections.map { map in
        var map = map
        (map.weightPerStep, map.receiverScales) = (1, [])
        return map
      }
    }
    return maps[0] == maps[1] ? nil : "places of synapses"
  }
}

extension ChipSpec {
  /// The same chip with parameters in 65,536 codes: the rounding of none can be told.
  fileprivate var withFineParameters: ChipSpec {
    func fine(_ law: ParameterLaw) -> ParameterLaw {
      ParameterLaw(law.shape, atZero: law.atZero, atFull: law.atFull, highestCode: 65_535)
    }
    var spec = self
    spec.neuron.potential = fine(neuron.potential)
    spec.neuron.membraneTime = fine(neuron.membraneTime)
    spec.neuron.synapticTime = fine(neuron.synapticTime)
    spec.neuron.gain = fine(neuron.gain)
    return spec
  }
}

/// Weights of one projection in the network's own unit, one a synapse.
struct ProjectionWeights {
  private let synapses: SynapseMatrix
  private(set) var values: [Double]

  /// The weights of the file.
  init(_ synapses: SynapseMatrix) { (self.synapses, values) = (synapses, synapses.weights) }

  /// The weights that an image holds, copies added up.
  init(_ synapses: SynapseMatrix, in image: ChipImage, _ map: ProjectionMap, on spec: ChipSpec) {
    self.init(synapses)
    var charges = [Double](repeating: 0, count: values.count)
    let width = spec.geometry.circuitsPerCore
    forEachPlace(map) { block, pair, column, synapse, _ in
      guard let core = image.core(block.core) else { return }
      let place = 2 * (block.firstPair + pair) * width + block.firstColumn + column
      let law = spec.synapse.weightLaw
      charges[synapse] +=
        law.charge(Int(core.weights[place])) - law.charge(Int(core.weights[place + width]))
    }
    forEachSynapse { synapse, receiver in
      values[synapse] = charges[synapse] * map.weightPerStep(ofReceiver: receiver)
    }
  }

  /// The weights in whole steps of a map, however large.
  func inWholeSteps(_ map: ProjectionMap) -> ProjectionWeights {
    var rounded = self
    forEachSynapse { synapse, receiver in
      let step = map.weightPerStep(ofReceiver: receiver)
      rounded.values[synapse] = (values[synapse] / step).rounded(.toNearestOrEven) * step
    }
    return rounded
  }

  /// The blocks that give an ideal chip these weights.
  func blocks(_ map: ProjectionMap) -> [WeightBlock] {
    var numbers = map.blocks.map {
      [Double](repeating: 0, count: $0.pairCount * $0.columnCount)
    }
    forEachPlace(map) { block, pair, column, synapse, place in
      let step = map.weightPerStep(ofReceiver: block.target(column))
      numbers[place.block][pair * block.columnCount + column] =
        values[synapse] / (step * Double(place.copies))
    }
    return zip(map.blocks, numbers).map { block, numbers in
      WeightBlock(
        core: block.core, firstPair: block.firstPair, pairCount: block.pairCount,
        firstColumn: block.firstColumn, columnCount: block.columnCount, values: .exact(numbers))
    }
  }

  /// Bounds the weights of one sender; `largest` gives the bound of a receiver.
  mutating func bound(_ sender: Int, _ largest: (_ receiver: Int) -> Double) {
    for synapse in synapses.synapses(of: sender) {
      let bound = largest(Int(synapses.receivers[synapse]))
      values[synapse] = min(max(values[synapse], -bound), bound)
    }
  }

  /// The weights onto one receiver.
  func weights(onto receiver: Int) -> [Double] {
    synapses.receivers.indices.filter { Int(synapses.receivers[$0]) == receiver }.map { values[$0] }
  }

  private func forEachSynapse(_ body: (_ synapse: Int, _ receiver: Int) -> Void) {
    for (synapse, receiver) in synapses.receivers.enumerated() { body(synapse, Int(receiver)) }
  }

  /// Visits every place of the map's blocks that holds a synapse.
  private func forEachPlace(
    _ map: ProjectionMap,
    _ body: (ProjectionBlock, _ pair: Int, _ column: Int, _ synapse: Int, Place) -> Void
  ) {
    let owners = map.lineOwners
    var columns = [Int32](repeating: -1, count: map.targetCount)
    for (number, block) in map.blocks.enumerated() {
      for column in 0..<block.columnCount { columns[block.target(column)] = Int32(column) }
      for pair in 0..<block.pairCount {
        let owner = owners[block.line(pair)]
        for synapse in synapses.synapses(of: owner.sender) {
          let column = Int(columns[Int(synapses.receivers[synapse])])
          guard column >= 0 else { continue }
          body(block, pair, column, synapse, Place(block: number, copies: owner.copies))
        }
      }
      for column in 0..<block.columnCount { columns[block.target(column)] = -1 }
    }
  }

  private struct Place { var block, copies: Int }
}
