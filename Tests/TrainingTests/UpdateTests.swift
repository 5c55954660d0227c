import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import Testing
import Training

/// Rounding, export and the numbers that training takes from an image.
@Suite struct UpdateTests {
  private static let shapes = [
    NetworkShape(inputs: 5, hidden: 120, outputs: 3, inputCopies: 5),
    NetworkShape(inputs: 256, hidden: 246, outputs: 10),
  ]

  @Test(arguments: shapes)
  func imageGivesTheNominalModel(_ shape: NetworkShape) throws {
    let (spec, task, weights) = try Self.network(shape)
    let image = try task.compile(weights, for: spec).image
    let network = try TrainableImage(image, on: spec)
    #expect(network.shape == shape)
    let model = try network.model(adcEvery: 7, loss: task.settings.loss)
    for (layer, leak) in [(model.hidden, 80.0), (model.output, 128)] {
      #expect(abs(layer.leakCode - leak) < 0.3)
      #expect(abs(layer.codesPerTheta - 70) < 0.3)
      #expect(abs(layer.membraneTicks - 20) < 0.1 && abs(layer.currentTicks - 20) < 0.1)
    }
    #expect(abs(network.inputThetaPerStep * 15 - task.settings.largestInputWeight) < 0.01)
    #expect(abs(network.hiddenThetaPerStep * 15 - task.settings.largestHiddenWeight) < 0.01)
  }

  @Test(arguments: shapes)
  func stepsAreThoseOfTheCompiler(_ shape: NetworkShape) throws {
    let (spec, task, weights) = try Self.network(shape)
    let compiled = try task.compile(weights, for: spec).image
    let network = try TrainableImage(compiled, on: spec)
    let own = try network.weightBlocks(weights, .rounded, on: spec)
    let copies = Float(shape.inputCopies)
    let theirs =
      try Quantiser(network.inputMap, on: spec).quantise(weights.input.map { $0 * copies }).blocks
      + Quantiser(network.hiddenMap, on: spec).quantise(weights.hidden).blocks
    // Where a weight lies half-way between two steps the last bit of a float decides.
    #expect(try Self.differences(own, theirs) <= 5)
    #expect(try Self.differences(own, own.map(Self.zeroed)) > 100)
  }

  @Test func copiesRoundWithTheirOwnOffsets() throws {
    let shape = NetworkShape(inputs: 1, hidden: 1, outputs: 1, inputCopies: 5)
    let (spec, task, _) = try Self.network(shape)
    let weights = ShadowWeights(shape: shape, input: [0.1], hidden: [-0.2])
    let network = try TrainableImage(task.compile(weights, for: spec).image, on: spec)
    let scaled = 0.1 / network.inputThetaPerStep
    let expected = (0..<5).map {
      Int8((scaled + (Double($0) + 0.5) / 5 - 0.5).rounded(.toNearestOrEven))
    }
    let blocks = try network.weightBlocks(weights, .rounded, on: spec)
    #expect(blocks.first?.values == .steps(expected))
    #expect(Set(expected).count == 2)
  }

  @Test func exportedNetworkIsTheTrainedOne() throws {
    let (spec, task, weights) = try Self.network(Self.shapes[0])
    let start = task.startWeights(netSeed: 9)
    let image = try task.compile(start, for: spec).image.holding(weights, on: spec)
    try image.validate(against: spec)
    let network = try TrainableImage(image, on: spec)
    let stored = try [network.inputMap, network.hiddenMap].flatMap {
      try image.weightBlocks(of: $0, on: spec)
    }
    #expect(try stored == network.weightBlocks(weights, .rounded, on: spec))
    let graph = try task.graph(weights, on: spec)
    #expect(
      graph.nodes.map(\.node.typeName).sorted() == [
        "CubaLI", "CubaLIF", "Input", "Linear", "Linear", "Output",
      ])
  }

  @Test func weightsOfAnotherShapeAreRefused() throws {
    let (spec, task, _) = try Self.network(Self.shapes[0])
    let other = NetworkShape(inputs: 2, hidden: 2, outputs: 2)
    let weights = ShadowWeights(
      shape: other, input: [0, 0, 0, 0], hidden: [0, 0, 0, 0])
    #expect(throws: TrainingError.weightsOfAnotherShape(weights: other, image: task.shape)) {
      try task.compile(weights, for: spec)
    }
  }

  private static func network(
    _ shape: NetworkShape
  ) throws -> (ChipSpec, TrainingTask, ShadowWeights) {
    let spec = try ChipLibrary.chip("synapus-1")
    let empty = LabelledSpikes(spikes: SpikeBatch(), labels: [])
    let task = TrainingTask(
      name: "test", shape: shape, train: empty, test: empty, durationTicks: 84, coding: "",
      settings: shape.inputCopies == 1 ? .images : .yinYang)
    return (spec, task, task.startWeights(netSeed: 3))
  }

  private static func steps(_ blocks: [WeightBlock]) -> [Int8] {
    blocks.flatMap { block -> [Int8] in
      if case .steps(let steps) = block.values { steps } else { [] }
    }
  }

  private static func zeroed(_ block: WeightBlock) -> WeightBlock {
    var block = block
    block.values = .steps(Array(repeating: 0, count: block.values.count))
    return block
  }

  private static func differences(_ a: [WeightBlock], _ b: [WeightBlock]) throws -> Int {
    let (a, b) = (steps(a), steps(b))
    try #require(a.count == b.count && !a.isEmpty)
    return zip(a, b).filter { $0 != $1 }.count
  }
}
