/// Says how a convolution treats the border of its input.
public enum NIRPadding: Equatable, Sendable {
  /// As many zeros as keep the shape, the odd one behind; the stride must be 1.
  case same
  /// No zeros.
  case valid
  /// Zeros before and behind, one number for each spatial axis.
  case explicit([Int])
}

/// Is a NIR node of type Conv1d: a cross-correlation along one axis, as torch's `Conv1d` does it.
///
/// It takes [Cin, L] and gives [Cout, ⌊(L + 2 padding − dilation (K − 1) − 1) / stride⌋ + 1].
public struct NIRConv1d: Equatable, Sendable {
  /// W, of shape [Cout, Cin / groups, K].
  public var weight: NIRTensor
  /// Steps between two places of the kernel; from 1.
  public var stride: Int
  /// What stands around the input.
  public var padding: NIRPadding
  /// Steps between two taps of the kernel; from 1.
  public var dilation: Int
  /// Groups of channels that do not see each other; from 1.
  public var groups: Int
  /// b, of shape [Cout].
  public var bias: NIRTensor
  /// Length L of the input as `[L]`; nil where the file does not say it.
  public var inputShape: [Int]?

  /// Takes a kernel, its bias and how it moves.
  public init(
    weight: NIRTensor, bias: NIRTensor, stride: Int = 1, padding: NIRPadding = .valid,
    dilation: Int = 1, groups: Int = 1, inputShape: [Int]? = nil
  ) {
    (self.weight, self.bias, self.stride, self.padding) = (weight, bias, stride, padding)
    (self.dilation, self.groups, self.inputShape) = (dilation, groups, inputShape)
  }
}

/// Is a NIR node of type Conv2d: a cross-correlation along two axes, as torch's `Conv2d` does it.
///
/// It takes [Cin, H, W] and gives [Cout, H', W'], each length by the rule of ``NIRConv1d``.
public struct NIRConv2d: Equatable, Sendable {
  /// W, of shape [Cout, Cin / groups, KH, KW].
  public var weight: NIRTensor
  /// Steps between two places of the kernel, [vertical, horizontal]; from 1.
  public var stride: [Int]
  /// What stands around the input.
  public var padding: NIRPadding
  /// Steps between two taps of the kernel, [vertical, horizontal]; from 1.
  public var dilation: [Int]
  /// Groups of channels that do not see each other; from 1.
  public var groups: Int
  /// b, of shape [Cout].
  public var bias: NIRTensor
  /// Height and width of the input; nil where the file does not say them.
  public var inputShape: [Int]?

  /// Takes a kernel, its bias and how it moves.
  public init(
    weight: NIRTensor, bias: NIRTensor, stride: [Int] = [1, 1], padding: NIRPadding = .valid,
    dilation: [Int] = [1, 1], groups: Int = 1, inputShape: [Int]? = nil
  ) {
    (self.weight, self.bias, self.stride, self.padding) = (weight, bias, stride, padding)
    (self.dilation, self.groups, self.inputShape) = (dilation, groups, inputShape)
  }
}

/// Is a NIR node of type SumPool2d or AvgPool2d: the sum or mean over windows of [C, H, W].
///
/// The mean divides by the whole window, padding included, as torch does.
public struct NIRPool2d: Equatable, Sendable {
  /// Height and width of a window, the steps between windows, and the zeros around the input;
  /// each [vertical, horizontal].
  public var kernelSize, stride, padding: [Int]

  /// Takes the size of the windows and how they move.
  public init(kernelSize: [Int], stride: [Int], padding: [Int] = [0, 0]) {
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride, padding)
  }
}

/// Is a NIR node of type Flatten: the axes from `startDim` to `endDim` become one.
public struct NIRFlatten: Equatable, Sendable {
  /// First and last axis of the run, counted without a batch axis; −1 is the last axis.
  public var startDim, endDim: Int
  /// The shape that the node takes; nil where the file does not say it.
  public var inputShape: [Int]?

  /// Takes the run of axes, and the input's shape where it is known.
  public init(startDim: Int = 0, endDim: Int = -1, inputShape: [Int]? = nil) {
    (self.startDim, self.endDim, self.inputShape) = (startDim, endDim, inputShape)
  }
}
