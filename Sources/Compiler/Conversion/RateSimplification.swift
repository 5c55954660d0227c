/// Brings a network to blocks of dense layers and convolutions with a rectifier behind each.
///
/// Batch normalisation goes into the weights before it, means become convolutions, and what stands
/// behind the last weights without changing the largest output is left out.
struct RateSimplification {
  /// What becomes of max-pools.
  private let maximum: ConversionSettings.Maximum
  private var shape: [Int]
  private var parts: [RateBlock.Part] = []
  private(set) var blocks: [RateBlock] = []
  private(set) var notes: [ConversionNote] = []
  /// Whether the values at this point cannot be negative.
  private var isPositive = true

  /// Simplifies a network, or says which layer forbids that.
  init(
    _ network: RateNetwork, maximum: ConversionSettings.Maximum
  ) throws(ConversionFault) {
    (self.maximum, shape) = (maximum, network.inputShape)
    if shape.isEmpty { shape = [try Self.firstInputs(network)] }
    guard shape.valuesWithinLimit != nil else {
      throw .shape(
        layer: "input", found: shape, expected: "axes from 1, \(largestRateLayer) values")
    }
    let end = (network.layers.lastIndex { !$0.operation.endsQuietly } ?? -1) + 1
    for (index, layer) in network.layers[..<end].enumerated() {
      try add(layer, next: network.layers[(index + 1)...].first { $0.operation.isActive })
    }
    for layer in network.layers[end...] { dropAtEnd(layer) }
    try finish()
  }

  private static func firstInputs(_ network: RateNetwork) throws(ConversionFault) -> Int {
    let first = network.layers.first { $0.operation.isActive }
    guard case .dense(let dense)? = first?.operation else {
      throw .shape(
        layer: first?.name ?? "input", found: [],
        expected: "the shape of a sample, in 'input_shape' or the Input node")
    }
    return dense.inputs
  }

  private mutating func add(_ layer: RateLayer, next: RateLayer?) throws(ConversionFault) {
    switch layer.operation {
    case .dense(let dense): try add(dense, layer.name)
    case .convolution(let convolution): try add(convolution, layer.name)
    case .averagePool(let window): try addMean(window, layer.name)
    case .maxPool(let window): try addMaximum(window, layer.name, next: next)
    case .normalisation(let factors, let shifts): try fold(factors, shifts, layer.name)
    case .rectifier: closeBlock()
    case .flatten: flatten(layer.name)
    case .softmax: throw .softmax(layer: layer.name)
    case .identity: notes.append(.dropped(layer: layer.name))
    }
  }

  // MARK: Linear layers

  private mutating func append(_ name: String, _ operation: RateBlock.Linear, gives: [Int]) {
    parts.append(
      RateBlock.Part(name: name, operation: operation, inputShape: shape, outputShape: gives))
    shape = gives
  }

  private mutating func flatten(_ name: String) {
    if shape.count > 1 { append(name, .flatten, gives: [shape.reduce(1, *)]) }
  }

  private mutating func add(_ dense: RateDense, _ name: String) throws(ConversionFault) {
    guard shape.reduce(1, *) == dense.inputs else {
      throw .shape(layer: name, found: shape, expected: "\(dense.inputs) values")
    }
    flatten(name + ".flatten")
    append(name, .dense(dense), gives: [dense.outputs])
    isPositive = false
  }

  private mutating func add(
    _ convolution: RateConvolution, _ name: String
  ) throws(ConversionFault) {
    guard let gives = convolution.outputShape(taking: shape) else {
      throw .shape(
        layer: name, found: shape,
        expected: "[\(convolution.inputs), height, width] with room for a kernel of"
          + " \(convolution.window.size)")
    }
    append(name, .convolution(convolution), gives: gives)
    isPositive = false
  }

  private mutating func addMean(_ window: RateWindow, _ name: String) throws(ConversionFault) {
    guard let gives = window.shape(over: shape, channels: shape[0]) else {
      throw .shape(
        layer: name, found: shape,
        expected: "[channels, height, width] with room for a window of \(window.size)")
    }
    append(
      name, .convolution(RateConvolution(meanOver: window, channels: shape[0])), gives: gives)
  }

  // MARK: Batch normalisation

  private mutating func fold(
    _ factors: [Double], _ shifts: [Double], _ name: String
  ) throws(ConversionFault) {
    guard let last = parts.indices.last else {
      throw .normalisation(layer: name, reason: "stands before the first weights of its block")
    }
    guard let folded = parts[last].normalised(factors, shifts) else {
      throw .normalisation(
        layer: name,
        reason: "has \(factors.count) channels where '\(parts[last].name)' gives"
          + " \(parts[last].outputShape)")
    }
    parts[last] = folded
    isPositive = false
    notes.append(.folded(layer: name, into: folded.name))
  }

  // MARK: Rectifiers

  /// A rectifier of what cannot be negative does nothing.
  private mutating func closeBlock() {
    guard !isPositive else { return }
    blocks.append(RateBlock(parts: parts, fires: true))
    (parts, isPositive) = ([], true)
  }

  private mutating func addMaximum(
    _ window: RateWindow, _ name: String, next: RateLayer?
  ) throws(ConversionFault) {
    if !isPositive {
      // max and rectifier commute, so that the rectifier may come first.
      guard case .rectifier? = next?.operation else {
        throw .maxPool(layer: name, reason: "takes values that may be negative")
      }
      closeBlock()
    }
    guard zip(window.size, zip(window.before, window.behind)).allSatisfy({ $1.0 < $0 && $1.1 < $0 })
    else { throw .maxPool(layer: name, reason: "has windows that lie outside of the picture") }
    if maximum == .mean {
      try addMean(window, name)
      return notes.append(.maxByMean(layer: name))
    }
    let tournament = Tournament(window: window, channels: shape.first ?? 0)
    var neurons = 0
    for (round, convolution) in tournament.rounds.enumerated() {
      try add(convolution, "\(name).\(round + 1)")
      neurons += shape.reduce(1, *)
      closeBlock()
    }
    // A sum of rates is none below zero.
    try add(tournament.sum, "\(name).sum")
    isPositive = true
    notes.append(
      .maxByDifferences(layer: name, neurons: neurons, layers: tournament.rounds.count))
  }

  // MARK: The end

  private mutating func dropAtEnd(_ layer: RateLayer) {
    switch layer.operation {
    case .softmax: notes.append(.softmaxDropped(layer: layer.name))
    case .rectifier: notes.append(.rectifierDropped(layer: layer.name))
    case .identity: notes.append(.dropped(layer: layer.name))
    default: break
    }
  }

  private mutating func finish() throws(ConversionFault) {
    if !parts.isEmpty { blocks.append(RateBlock(parts: parts, fires: false)) }
    guard !blocks.isEmpty, parts.contains(where: { $0.operation != .flatten }) else {
      throw .silent(layer: "output", reason: "has no weights behind the last rectifier")
    }
  }
}

extension RateLayer.Operation {
  /// Whether the layer may be left out at the end of a network.
  fileprivate var endsQuietly: Bool {
    switch self {
    case .softmax, .rectifier, .identity, .flatten: true
    default: false
    }
  }

  /// Whether the layer changes values.
  fileprivate var isActive: Bool { self != .identity && self != .flatten }
}

extension RateBlock.Part {
  /// The part with factors and shifts of its channels taken up; nil where they do not fit.
  fileprivate func normalised(_ factors: [Double], _ shifts: [Double]) -> RateBlock.Part? {
    var part = self
    switch operation {
    case .dense(var dense):
      guard factors.count == dense.outputs else { return nil }
      dense.weights = dense.weights.indices.map {
        dense.weights[$0] * factors[$0 / dense.inputs]
      }
      dense.bias = dense.bias.indices.map { dense.bias[$0] * factors[$0] + shifts[$0] }
      part.operation = .dense(dense)
    case .convolution(var convolution):
      guard factors.count == convolution.outputs else { return nil }
      let taps = convolution.weights.count / convolution.outputs
      convolution.weights = convolution.weights.indices.map {
        convolution.weights[$0] * factors[$0 / taps]
      }
      convolution.bias = convolution.bias.indices.map {
        convolution.bias[$0] * factors[$0] + shifts[$0]
      }
      part.operation = .convolution(convolution)
    case .flatten: return nil
    }
    return part
  }
}
