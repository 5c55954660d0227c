/// Linear layers up to the next rectifier: what one population of spiking neurons computes.
struct RateBlock: Equatable, Sendable {
  /// A linear layer with its shapes.
  struct Part: Equatable, Sendable {
    var name: String
    var operation: Linear
    var inputShape, outputShape: [Int]
  }

  /// What is linear.
  enum Linear: Equatable, Sendable {
    case dense(RateDense)
    case convolution(RateConvolution)
    case flatten
  }

  var parts: [Part]
  /// Whether a rectifier follows; the last block of a network only adds up.
  var fires: Bool

  /// The population's name: that of the last layer with weights.
  var name: String {
    let named = parts.last { $0.operation != .flatten } ?? parts.last
    return named?.name ?? ""
  }

  var inputCount: Int { parts.first?.inputShape.reduce(1, *) ?? 0 }
  var outputShape: [Int] { parts.last?.outputShape ?? [] }
  var outputCount: Int { outputShape.reduce(1, *) }

  /// The block's sum for some values, before the rectifier.
  func sum(of values: [Double]) -> [Double] {
    parts.reduce(values) { $1.applied(to: $0) }
  }

  /// What the block gives for no input: the bias of each neuron, past all of its parts.
  var bias: [Double] { sum(of: Array(repeating: 0, count: inputCount)) }

  /// An upper bound of the block's sums for values of 0 up to `bounds`.
  func bound(of bounds: [Double]) -> [Double] {
    // Each part is bounded by itself from both sides, so that signs may change in between.
    var (low, high) = (Array(repeating: 0.0, count: bounds.count), bounds)
    for part in parts {
      let (positive, negative) = (part.keeping { max($0, 0) }, part.keeping { min($0, 0) })
      let (p, n) = (positive.withoutBias, negative.withoutBias)
      let bias = part.applied(to: Array(repeating: 0, count: low.count))
      let upper = zip(p.applied(to: high), n.applied(to: low)).map(+)
      let lower = zip(p.applied(to: low), n.applied(to: high)).map(+)
      (low, high) = (zip(lower, bias).map(+), zip(upper, bias).map(+))
    }
    return high
  }

  /// The largest weight from one input to one output, where windows of means do not overlap.
  var peakWeight: Double {
    parts.reduce(1) { $0 * $1.peakWeight }
  }

  /// The block with all weights multiplied, and without biases.
  func scaled(by factor: Double) -> RateBlock {
    var scaled = self
    scaled.parts = parts.map(\.withoutBias)
    if let last = scaled.parts.lastIndex(where: { $0.operation != .flatten }) {
      scaled.parts[last] = scaled.parts[last].keeping { $0 * factor }
    }
    return scaled
  }
}

extension RateBlock.Part {
  func applied(to values: [Double]) -> [Double] {
    switch operation {
    case .dense(let dense): dense.applied(to: values)
    case .convolution(let convolution):
      convolution.applied(to: values, inputShape, outputShape)
    case .flatten: values
    }
  }

  /// The part with every weight replaced.
  func keeping(_ change: (Double) -> Double) -> RateBlock.Part {
    var part = self
    switch operation {
    case .dense(var dense):
      dense.weights = dense.weights.map(change)
      part.operation = .dense(dense)
    case .convolution(var convolution):
      convolution.weights = convolution.weights.map(change)
      part.operation = .convolution(convolution)
    case .flatten: break
    }
    return part
  }

  var withoutBias: RateBlock.Part {
    var part = self
    switch operation {
    case .dense(var dense):
      dense.bias = dense.bias.map { _ in 0 }
      part.operation = .dense(dense)
    case .convolution(var convolution):
      convolution.bias = convolution.bias.map { _ in 0 }
      part.operation = .convolution(convolution)
    case .flatten: break
    }
    return part
  }

  var peakWeight: Double {
    switch operation {
    case .dense(let dense): dense.weights.reduce(0) { max($0, $1.magnitude) }
    case .convolution(let convolution):
      convolution.weights.reduce(0) { max($0, $1.magnitude) }
    case .flatten: 1
    }
  }
}

extension RateDense {
  func applied(to values: [Double]) -> [Double] {
    precondition(values.count == inputs)
    return (0..<outputs).map { output in
      var sum = bias[output]
      let first = output * inputs
      for input in 0..<inputs { sum += weights[first + input] * values[input] }
      return sum
    }
  }
}

extension RateConvolution {
  func applied(to values: [Double], _ from: [Int], _ to: [Int]) -> [Double] {
    precondition(values.count == from.reduce(1, *))
    var result: [Double] = []
    result.reserveCapacity(to.reduce(1, *))
    for channel in 0..<to[0] {
      for row in 0..<to[1] {
        for column in 0..<to[2] {
          result.append(bias[channel] + sum(values, from, channel, row, column))
        }
      }
    }
    return result
  }

  /// The kernel of one channel at one place.
  private func sum(
    _ values: [Double], _ from: [Int], _ channel: Int, _ row: Int, _ column: Int
  ) -> Double {
    let (height, width, own) = (window.size[0], window.size[1], inputs / groups)
    let firstInput = channel / (outputs / groups) * own
    var sum = 0.0
    for input in 0..<own {
      for y in 0..<height {
        let fromRow = row * window.stride[0] - window.before[0] + y * dilation[0]
        guard fromRow >= 0, fromRow < from[1] else { continue }
        let line = ((firstInput + input) * from[1] + fromRow) * from[2]
        let taps = ((channel * own + input) * height + y) * width
        for x in 0..<width {
          let fromColumn = column * window.stride[1] - window.before[1] + x * dilation[1]
          guard fromColumn >= 0, fromColumn < from[2] else { continue }
          sum += weights[taps + x] * values[line + fromColumn]
        }
      }
    }
    return sum
  }
}
