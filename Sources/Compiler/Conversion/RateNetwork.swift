/// A feed-forward network of weights and rectifiers, as frameworks for ordinary networks train it.
///
/// Layers stand one behind the other; data are row-major over their shape, without a batch axis.
public struct RateNetwork: Equatable, Sendable {
  /// The network's name.
  public var name: String
  /// The shape of one sample; empty: as many values as the first layer takes.
  public var inputShape: [Int]
  /// The layers, from input to output.
  public var layers: [RateLayer]

  /// Joins layers.
  public init(name: String, inputShape: [Int] = [], layers: [RateLayer]) {
    (self.name, self.inputShape, self.layers) = (name, inputShape, layers)
  }
}

/// One layer and its name.
public struct RateLayer: Equatable, Sendable {
  /// What a layer does with its data.
  public enum Operation: Equatable, Sendable {
    /// y = W x + b over all values, whatever their shape.
    case dense(RateDense)
    /// A convolution over [channels, height, width].
    case convolution(RateConvolution)
    /// The mean over windows of [channels, height, width].
    case averagePool(RateWindow)
    /// The maximum over windows of [channels, height, width].
    case maxPool(RateWindow)
    /// y = factor x + shift, a pair a channel: batch normalisation with its running statistics.
    case normalisation(factors: [Double], shifts: [Double])
    /// max(x, 0).
    case rectifier
    /// All axes become one.
    case flatten
    /// Exponentials that add up to 1.
    case softmax
    /// Nothing, outside of training: dropout, identity.
    case identity
  }

  /// The name, which the spiking network keeps.
  public var name: String
  /// What the layer does.
  public var operation: Operation

  /// Names an operation.
  public init(_ name: String, _ operation: Operation) {
    (self.name, self.operation) = (name, operation)
  }
}

/// Weights [out, in] and biases of a fully connected layer.
public struct RateDense: Equatable, Sendable {
  /// Values taken and given.
  public var inputs, outputs: Int
  /// The weights, [out, in].
  public var weights: [Double]
  /// One bias an output.
  public var bias: [Double]

  /// Joins weights and biases.
  public init(inputs: Int, outputs: Int, weights: [Double], bias: [Double]) {
    precondition(weights.count == inputs * outputs && bias.count == outputs)
    (self.inputs, self.outputs) = (inputs, outputs)
    (self.weights, self.bias) = (weights, bias)
  }
}

/// A window that moves over height and width; each list is [vertical, horizontal].
public struct RateWindow: Equatable, Sendable {
  /// Height and width, steps between windows, and zeros before and behind.
  public var size, stride, before, behind: [Int]

  /// Takes a window that moves.
  public init(size: [Int], stride: [Int], before: [Int] = [0, 0], behind: [Int] = [0, 0]) {
    (self.size, self.stride, self.before, self.behind) = (size, stride, before, behind)
  }
}

/// The weights [out, in of a group, height, width] and biases of a convolution, as torch's `Conv2d`.
public struct RateConvolution: Equatable, Sendable {
  /// The kernel's size, and how it moves.
  public var window: RateWindow
  /// Steps between two taps, [vertical, horizontal].
  public var dilation = [1, 1]
  /// Groups of channels that do not see each other.
  public var groups: Int
  /// Channels taken and given.
  public var inputs, outputs: Int
  /// The weights, [out, in of a group, height, width].
  public var weights: [Double]
  /// One bias an output channel.
  public var bias: [Double]

  /// Joins a kernel, its biases and how it moves.
  public init(
    _ window: RateWindow, groups: Int = 1, inputs: Int, outputs: Int, weights: [Double],
    bias: [Double]
  ) {
    precondition(groups >= 1 && inputs % groups == 0 && outputs % groups == 0)
    precondition(window.size.count == 2 && bias.count == outputs)
    precondition(weights.count == outputs * (inputs / groups) * window.size[0] * window.size[1])
    (self.window, self.groups) = (window, groups)
    (self.inputs, self.outputs) = (inputs, outputs)
    (self.weights, self.bias) = (weights, bias)
  }

  /// The mean over a window, channel by channel, as a convolution.
  init(meanOver window: RateWindow, channels: Int) {
    let area = window.size[0] * window.size[1]
    self.init(
      window, groups: channels, inputs: channels, outputs: channels,
      weights: Array(repeating: 1 / Double(area), count: channels * area),
      bias: Array(repeating: 0, count: channels))
  }
}
