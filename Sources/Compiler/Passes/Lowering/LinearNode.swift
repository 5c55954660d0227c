import NIR

/// Is a node that adds up and scales what it gets: it becomes synapses, never a circuit.
struct LinearNode {
  /// What the node does with a map that leads to it.
  enum Action {
    /// Multiplies by weights; rows that share them have fewer weights in the file than entries.
    case weights(SparseMap, stored: Int, isShared: Bool)
    /// Multiplies each value.
    case factors([Double])
    /// Delays each value, in ticks.
    case delays([Int32])
    /// Hands values on, in the same row-major order.
    case reshaping
  }

  let name: String
  let action: Action
  /// What the node adds to each value that it gives; nil: nothing.
  let bias: [Double]?
  /// Values taken and given.
  let inputCount, outputCount: Int

  /// Weights of the file that the node holds; 0 where it holds none.
  var storedWeights: Int {
    switch action {
    case .weights(_, let stored, _): return stored
    case .factors(let factors): return factors.count
    case .delays, .reshaping: return 0
    }
  }

  /// Whether the node's synapses share weights.
  var sharesWeights: Bool {
    if case .weights(_, _, let isShared) = action { return isShared }
    return false
  }

  /// Whether the node gives exactly what it gets, maybe later.
  var isTransparent: Bool {
    switch action {
    case .delays, .reshaping: return true
    case .weights, .factors: return false
    }
  }
}

extension LinearNode {
  /// Why a node was not taken.
  enum Refusal: Error {
    /// The graph does not say the shape.
    case unknownShape
    /// It has more synapses than a network may have.
    case tooLarge(Int)
  }

  /// Takes a node that is linear; nil for all others.
  ///
  /// - Parameters:
  ///   - ticks: Ticks of the chip for a delay of the file, in whole steps of the network.
  ///   - keepsZeros: Whether weights of zero are entries.
  init?(
    _ name: String, _ node: NIRNode, _ shape: NodeShape, keepsZeros: Bool,
    ticks: (Double) -> Int32
  ) throws(Refusal) {
    let (taken, given) = (shape.input.reduce(1, *), shape.output.reduce(1, *))
    let isKnown = !shape.input.isEmpty && !shape.output.isEmpty
    guard max(taken, given) <= MapLimits.mostSynapses else { throw .tooLarge(max(taken, given)) }
    var bias: NIRTensor?
    switch node {
    case .affine(let affine):
      action = Self.matrix(affine.weight, keepsZeros)
      bias = affine.bias
    case .linear(let linear): action = Self.matrix(linear.weight, keepsZeros)
    case .scale(let scale):
      guard isKnown else { throw .unknownShape }
      action = .factors((0..<taken).map { scale.scale.value($0) })
    case .delay(let delay):
      guard isKnown else { throw .unknownShape }
      action = .delays((0..<taken).map { ticks(delay.delay.value($0)) })
    case .flatten: action = .reshaping
    case .conv1d, .conv2d, .sumPool2d, .avgPool2d:
      guard let window = SlidingWindow(node, shape) else { throw .unknownShape }
      guard window.entryCount <= MapLimits.mostSynapses else {
        throw .tooLarge(window.entryCount)
      }
      action = .weights(
        window.map(keepsZeros: keepsZeros), stored: window.storedWeights, isShared: true)
      bias = window.bias
    default: return nil
    }
    self.name = name
    (inputCount, outputCount) = (isKnown ? taken : 0, isKnown ? given : 0)
    // A convolution has one bias a channel.
    self.bias = bias.flatMap { bias in
      guard bias.values.contains(where: { $0 != 0 }) else { return nil }
      let places = given / max(bias.values.count, 1)
      return (0..<given).map { bias.values[$0 / max(places, 1)] }
    }
  }

  /// NIR has weights as [receiver, sender].
  private static func matrix(_ weight: NIRTensor, _ keepsZeros: Bool) -> Action {
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    var (starts, receivers, weights) = ([0], [Int32](), [Double]())
    starts.reserveCapacity(columns + 1)
    receivers.reserveCapacity(rows * columns)
    weights.reserveCapacity(rows * columns)
    weight.values.withUnsafeBufferPointer { values in
      for sender in 0..<columns {
        for receiver in 0..<rows {
          let value = values[receiver * columns + sender]
          if value == 0, !keepsZeros { continue }
          receivers.append(Int32(receiver))
          weights.append(value)
        }
        starts.append(receivers.count)
      }
    }
    return .weights(
      SparseMap(
        senderCount: columns, receiverCount: rows, starts: starts, receivers: receivers,
        weights: weights), stored: weight.values.count, isShared: false)
  }
}

extension NIRTensor {
  /// An element's value; a tensor of one value has it for all elements.
  func value(_ i: Int) -> Double { values.count == 1 ? values[0] : values[i] }
}
