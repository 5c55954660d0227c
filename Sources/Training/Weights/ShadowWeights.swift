import HardwareSpec

/// The float weights that training moves, in thresholds; the chip holds their rounded values.
public struct ShadowWeights: Equatable, Sendable {
  /// The sizes they belong to.
  public let shape: NetworkShape
  /// From inputs to hidden neurons, [input, hidden]: the weight of each copy of the input.
  public var input: [Float]
  /// From hidden neurons to outputs, [hidden, output].
  public var hidden: [Float]

  /// Takes weights; their counts must fit the shape.
  public init(shape: NetworkShape, input: [Float], hidden: [Float]) {
    precondition(input.count == shape.inputs * shape.hidden, "weights from inputs")
    precondition(hidden.count == shape.hidden * shape.outputs, "weights to outputs")
    (self.shape, self.input, self.hidden) = (shape, input, hidden)
  }

  /// Draws initial weights from one stream of the net seed.
  public init(shape: NetworkShape, settings: HyperParameters, seed: UInt64, stream: UInt64) {
    var random = SequentialRandom(seed: seed, stream: stream)
    let input = (0..<shape.inputs * shape.hidden).map { _ in
      settings.inputStart.draw(&random, within: settings.largestInputWeight)
    }
    let hidden = (0..<shape.hidden * shape.outputs).map { _ in
      settings.hiddenStart.draw(&random, within: settings.largestHiddenWeight)
    }
    self.init(shape: shape, input: input, hidden: hidden)
  }
}

/// The normal distribution of initial weights, in thresholds.
public struct InitialWeights: Equatable, Sendable {
  /// Mean and standard deviation.
  public var mean, deviation: Double

  /// Makes a distribution.
  public init(mean: Double, deviation: Double) { (self.mean, self.deviation) = (mean, deviation) }

  fileprivate func draw(_ random: inout SequentialRandom, within largest: Double) -> Float {
    Float(min(max(mean + deviation * random.normal(), -largest), largest))
  }
}

/// The sizes of a network with one hidden layer.
public struct NetworkShape: Equatable, Sendable, CustomStringConvertible {
  /// Input channels, hidden neurons, classes, and row pairs that each input drives.
  public var inputs, hidden, outputs, inputCopies: Int

  /// Makes a shape.
  public init(inputs: Int, hidden: Int, outputs: Int, inputCopies: Int = 1) {
    (self.inputs, self.hidden, self.outputs) = (inputs, hidden, outputs)
    self.inputCopies = inputCopies
  }

  /// For example `5-120-3 with 5 copies`.
  public var description: String {
    "\(inputs)-\(hidden)-\(outputs)" + (inputCopies == 1 ? "" : " with \(inputCopies) copies")
  }
}
