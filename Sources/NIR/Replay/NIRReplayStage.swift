/// Is one node as it is computed in a replay.
enum NIRReplayStage: Sendable {
  /// Input, Output and Flatten: what is taken is given.
  case passed
  /// Values in another order: entry i is the position of value i in the input.
  case reordered([Int])
  case sums(NIRWeightedSums)
  case pool(NIRWindowSums)
  case scale([Float])
  case threshold([Float])
  case delay(NIRDelayLine)
  case neurons(NIRReplayNeurons)

  init(
    _ named: NIRNamedNode, _ shape: NIRNodeShape, _ stepping: NIRStepping, isRecurrent: Bool
  ) throws(NIRError) {
    func floats(_ tensor: NIRTensor) throws(NIRError) -> [Float] {
      guard let wide = tensor.broadcast(to: shape.input) else {
        throw .parameterShape(
          node: named.name, parameter: named.node.typeName, shape: tensor.shape,
          expected: shape.input)
      }
      return wide.values.map { Float($0) }
    }
    switch named.node {
    case .flatten where stepping.rule == .spyx && shape.input.count == 3:
      self = .reordered(Self.channelsLast(shape.input))
    case .input, .output, .flatten, .graph: self = .passed
    case .affine(let affine): self = .sums(NIRWeightedSums(affine.weight, bias: affine.bias))
    case .linear(let linear): self = .sums(NIRWeightedSums(linear.weight, bias: nil))
    case .conv1d(let convolution):
      self = .pool(NIRWindowSums(convolution.convolution, shape))
    case .conv2d(let convolution):
      self = .pool(NIRWindowSums(convolution.convolution, shape))
    case .sumPool2d(let pool): self = .pool(NIRWindowSums(pool, shape, isMean: false))
    case .avgPool2d(let pool): self = .pool(NIRWindowSums(pool, shape, isMean: true))
    case .scale(let scale): self = .scale(try floats(scale.scale))
    case .threshold(let threshold): self = .threshold(try floats(threshold.threshold))
    case .delay(let delay):
      guard let wide = delay.delay.broadcast(to: shape.input) else {
        throw .parameterShape(
          node: named.name, parameter: "delay", shape: delay.delay.shape, expected: shape.input)
      }
      self = .delay(try NIRDelayLine(wide, node: named.name, stepping))
    case .i, .if, .li, .lif, .cubaLI, .cubaLIF:
      guard let population = NIRReplayPopulation(named.node, shape.input) else {
        throw .notReplayable(
          node: named.name, reason: "its parameters do not fit the shape \(shape.input)")
      }
      self = .neurons(NIRReplayNeurons(population, stepping, isRecurrent: isRecurrent))
    }
  }

  /// The order in which spyx flattens: its arrays are [H, W, C], those of the file [C, H, W], and
  /// the weights that follow are not turned when a network is exported.
  private static func channelsLast(_ shape: [Int]) -> [Int] {
    let plane = shape[1] * shape[2]
    return (0..<plane).flatMap { place in (0..<shape[0]).map { $0 * plane + place } }
  }

  /// Whether what the node gives in a step does not depend on what it takes in it.
  var givesBeforeItTakes: Bool {
    switch self {
    case .delay(let line): line.shortest > 0
    case .neurons(let neurons): neurons.givesBeforeItTakes
    default: false
    }
  }

  /// What the node gives before it takes anything.
  func given() -> [Float] {
    switch self {
    case .delay(let line): line.given()
    case .neurons(let neurons): neurons.firstSpikes()
    default: []
    }
  }

  /// Takes the data of a step, and answers with what the node gives.
  mutating func step(_ input: [Float]) -> [Float] {
    switch self {
    case .passed: return input
    case .reordered(let positions): return positions.map { input[$0] }
    case .sums(let sums): return sums.apply(input)
    case .pool(let windows): return windows.apply(input)
    case .scale(let factors): return zip(input, factors).map { $0 * $1 }
    case .threshold(let thresholds): return zip(input, thresholds).map { $0 > $1 ? 1 : 0 }
    case .delay(var line):
      self = .passed  // Gives the line up, so that it is changed in place.
      let given = line.step(input)
      self = .delay(line)
      return given
    case .neurons(var neurons):
      self = .passed
      let given = neurons.step(input)
      self = .neurons(neurons)
      return given
    }
  }

  /// The membrane potentials; empty for what has none.
  var membrane: [Float] {
    if case .neurons(let neurons) = self { neurons.membrane } else { [] }
  }
}

/// Is a matrix of weights, applied to the values that are not zero.
struct NIRWeightedSums: Sendable {
  private let rows, columns: Int
  /// Column after column, so that the weights of one input stand together.
  private let weights: [Float]
  private let bias: [Float]?

  init(_ weight: NIRTensor, bias: NIRTensor?) {
    (rows, columns) = (weight.shape[0], weight.shape[1])
    var turned = [Float](repeating: 0, count: weight.values.count)
    for row in 0..<rows {
      for column in 0..<columns {
        turned[column * rows + row] = Float(weight.values[row * columns + column])
      }
    }
    weights = turned
    self.bias = bias?.values.map { Float($0) }
  }

  func apply(_ input: [Float]) -> [Float] {
    var sums = [Double](repeating: 0, count: rows)
    for column in 0..<columns where input[column] != 0 {
      let value = Double(input[column])
      for row in 0..<rows { sums[row] += Double(weights[column * rows + row]) * value }
    }
    guard let bias else { return sums.map { Float($0) } }
    return zip(sums, bias).map { Float($0 + Double($1)) }
  }
}

/// Is a convolution or a pool: sums over windows that move over the input, channel by channel.
struct NIRWindowSums: Sendable {
  /// One spatial axis; a convolution along one axis has a second one of length 1.
  private struct Axis {
    var input, output, kernel, stride, dilation, before: Int
  }

  private let vertical, horizontal: Axis
  private let channelsIn, channelsOut, channelsPerGroup: Int
  /// Weights [out, in / groups, kernel]; nil: every tap counts as `tap`.
  private let weights: [Double]?
  private let tap: Double
  private let bias: [Double]

  init(_ convolution: NIRConvolution, _ shape: NIRNodeShape) {
    let kernel = convolution.kernel
    let axes = kernel.indices.map { axis in
      Axis(
        input: shape.input[axis + 1], output: shape.output[axis + 1], kernel: kernel[axis],
        stride: convolution.stride[axis], dilation: convolution.dilation[axis],
        before: convolution.padding.before(
          axis: axis, kernel: kernel[axis], dilation: convolution.dilation[axis]))
    }
    horizontal = axes[axes.count - 1]
    vertical =
      axes.count == 2
      ? axes[0] : Axis(input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, before: 0)
    (channelsIn, channelsOut) = (shape.input[0], shape.output[0])
    channelsPerGroup = convolution.weight.shape[1]
    (weights, tap) = (convolution.weight.values, 1)
    bias = convolution.bias.values
  }

  init(_ pool: NIRPool2d, _ shape: NIRNodeShape, isMean: Bool) {
    let axes = (0..<2).map { axis in
      Axis(
        input: shape.input[axis + 1], output: shape.output[axis + 1],
        kernel: pool.kernelSize[axis], stride: pool.stride[axis], dilation: 1,
        before: pool.padding[axis])
    }
    (vertical, horizontal) = (axes[0], axes[1])
    (channelsIn, channelsOut, channelsPerGroup) = (shape.input[0], shape.output[0], 0)
    (weights, tap) = (nil, isMean ? 1 / Double(pool.kernelSize.reduce(1, *)) : 1)
    bias = []
  }

  /// Spreads every value that is not zero over the windows that see it.
  func apply(_ input: [Float]) -> [Float] {
    let plane = vertical.output * horizontal.output
    var sums = [Double](repeating: 0, count: channelsOut * plane)
    for channel in bias.indices {
      for place in channel * plane..<(channel + 1) * plane { sums[place] = bias[channel] }
    }
    var index = 0
    for channel in 0..<channelsIn {
      for y in 0..<vertical.input {
        for x in 0..<horizontal.input {
          if input[index] != 0 { spread(Double(input[index]), channel, y, x, into: &sums) }
          index += 1
        }
      }
    }
    return sums.map { Float($0) }
  }

  private func spread(
    _ value: Double, _ channel: Int, _ y: Int, _ x: Int, into sums: inout [Double]
  ) {
    let receivers = receivers(of: channel)
    for (row, place) in Self.taps(y, vertical) {
      for (column, horizontalPlace) in Self.taps(x, horizontal) {
        for out in receivers {
          let target = (out * vertical.output + place) * horizontal.output + horizontalPlace
          sums[target] += value * weight(out, channel, row, column)
        }
      }
    }
  }

  /// The channels that a channel feeds: those of its group.
  private func receivers(of channel: Int) -> Range<Int> {
    guard weights != nil else { return channel..<channel + 1 }
    let groups = channelsIn / channelsPerGroup
    let width = channelsOut / groups
    let group = channel / channelsPerGroup
    return group * width..<(group + 1) * width
  }

  private func weight(_ out: Int, _ channel: Int, _ row: Int, _ column: Int) -> Double {
    guard let weights else { return tap }
    let position = out * channelsPerGroup + channel % channelsPerGroup
    return weights[(position * vertical.kernel + row) * horizontal.kernel + column]
  }

  /// The taps of the kernel that see a place, and the places of the window where they do.
  private static func taps(_ place: Int, _ axis: Axis) -> [(tap: Int, place: Int)] {
    (0..<axis.kernel).compactMap { tap in
      let start = place + axis.before - tap * axis.dilation
      guard start >= 0, start % axis.stride == 0, start / axis.stride < axis.output else {
        return nil
      }
      return (tap, start / axis.stride)
    }
  }
}

/// Is a line of delays, one for each element, in whole steps.
struct NIRDelayLine: Sendable {
  /// Values that all lines of a node may hold together.
  static let mostValues = 1 << 27

  private let delays: [Int]
  private let longest: Int
  /// The shortest delay, in steps.
  let shortest: Int
  /// The last inputs, one after the other in a ring.
  private var history: [Float]
  private var step = 0

  init(_ delay: NIRTensor, node: String, _ stepping: NIRStepping) throws(NIRError) {
    var delays: [Int] = []
    for value in delay.values {
      let steps = (value * stepping.timeScale / stepping.dt).rounded()
      guard steps >= 0, steps * Double(delay.values.count) <= Double(Self.mostValues) else {
        throw .notReplayable(
          node: node, reason: "a delay of \(value) is \(steps) steps, more than are kept")
      }
      delays.append(Int(steps))
    }
    self.delays = delays
    (shortest, longest) = (delays.min() ?? 0, delays.max() ?? 0)
    history = [Float](repeating: 0, count: delays.count * (longest + 1))
  }

  /// What comes out in the coming step, where every delay has at least one step.
  func given() -> [Float] { delays.indices.map(value) }

  private func value(_ i: Int) -> Float {
    let at = step - delays[i]
    return at < 0 ? 0 : history[at % (longest + 1) * delays.count + i]
  }

  mutating func step(_ input: [Float]) -> [Float] {
    let slot = step % (longest + 1) * delays.count
    for i in delays.indices { history[slot + i] = input[i] }
    let given = given()
    step += 1
    return given
  }
}
