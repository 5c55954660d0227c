import HardwareSpec
import NIR

/// Draws linear nodes that fit the shape of what they get.
struct RandomLinearNode {
  var random: SequentialRandom

  init(seed: UInt64) { random = SequentialRandom(seed: seed, stream: 31) }

  mutating func tensor(_ shape: [Int]) -> NIRTensor {
    NIRTensor(
      shape: shape, values: (0..<shape.reduce(1, *)).map { _ in random.normal() },
      elementType: .float64)
  }

  private mutating func integer(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// A node for data of this shape: of one, two or three axes.
  mutating func node(taking shape: [Int]) -> NIRNode {
    switch (shape.count, integer(0...5)) {
    case (_, 0): return .scale(NIRScale(scale: tensor(shape)))
    case (1, 1...3): return .linear(NIRLinear(weight: tensor([integer(1...9), shape[0]])))
    case (1, _):
      let count = integer(1...9)
      return .affine(NIRAffine(weight: tensor([count, shape[0]]), bias: tensor([count])))
    case (_, 1): return .flatten(NIRFlatten())
    case (2, _): return convolution1d(shape)
    case (_, 2...3): return convolution2d(shape)
    case (_, let kind): return pool(shape, isMean: kind == 5)
    }
  }

  /// Groups that divide both numbers of channels.
  private mutating func channels(_ taken: Int) -> (given: Int, groups: Int) {
    let groups = [1, taken].randomElement(using: &random) ?? 1
    return (groups * integer(1...2), groups)
  }

  private mutating func convolution1d(_ shape: [Int]) -> NIRNode {
    let (given, groups) = channels(shape[0])
    let dilation = integer(1...2)
    let kernel = integer(1...max(1, min(3, (shape[1] - 1) / dilation + 1)))
    let isSame = integer(0...2) == 0
    return .conv1d(
      NIRConv1d(
        weight: tensor([given, shape[0] / groups, kernel]), bias: tensor([given]),
        stride: isSame ? 1 : integer(1...3),
        padding: isSame ? .same : integer(0...1) == 0 ? .valid : .explicit([integer(0...2)]),
        dilation: dilation, groups: groups, inputShape: [shape[1]]))
  }

  private mutating func convolution2d(_ shape: [Int]) -> NIRNode {
    let (given, groups) = channels(shape[0])
    let dilation = [integer(1...2), integer(1...2)]
    let kernel = (0..<2).map { axis in
      integer(1...max(1, min(3, (shape[axis + 1] - 1) / dilation[axis] + 1)))
    }
    let isSame = integer(0...2) == 0
    let stride = isSame ? [1, 1] : [integer(1...3), integer(1...3)]
    let zeros = [integer(0...2), integer(0...2)]
    return .conv2d(
      NIRConv2d(
        weight: tensor([given, shape[0] / groups] + kernel), bias: tensor([given]),
        stride: stride,
        padding: isSame ? .same : integer(0...1) == 0 ? .valid : .explicit(zeros),
        dilation: dilation, groups: groups, inputShape: Array(shape.dropFirst())))
  }

  private mutating func pool(_ shape: [Int], isMean: Bool) -> NIRNode {
    let kernel = (0..<2).map { integer(1...min(3, shape[$0 + 1])) }
    let pool = NIRPool2d(
      kernelSize: kernel, stride: [integer(1...2), integer(1...2)],
      padding: kernel.map { integer(0...$0 / 2) })
    return isMean ? .avgPool2d(pool) : .sumPool2d(pool)
  }
}
