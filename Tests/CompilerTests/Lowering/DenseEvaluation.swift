import NIR

/// Data of one step, row-major.
struct DenseValue {
  var shape: [Int]
  var values: [Double]
}

/// Evaluates linear nodes as their definitions say, value by value: nothing is multiplied out.
enum DenseEvaluation {
  static func output(of node: NIRNode, taking input: DenseValue) -> DenseValue {
    switch node {
    case .affine(let affine): return matrix(affine.weight, affine.bias.values, input)
    case .linear(let linear): return matrix(linear.weight, nil, input)
    case .scale(let scale):
      let factors = scale.scale.values
      return DenseValue(
        shape: input.shape,
        values: input.values.indices.map {
          input.values[$0] * (factors.count == 1 ? factors[0] : factors[$0])
        })
    case .conv1d(let convolution):
      let flat = DenseValue(shape: [input.shape[0], 1, input.shape[1]], values: input.values)
      let weight = convolution.weight
      let result = convolve(
        flat, weight.reshaped([weight.shape[0], weight.shape[1], 1, weight.shape[2]]),
        bias: convolution.bias.values, stride: [1, convolution.stride],
        zeros: [
          (0, 0), zeros(convolution.padding, 0, weight.shape[2], convolution.dilation),
        ], dilation: [1, convolution.dilation], groups: convolution.groups)
      return DenseValue(shape: [result.shape[0], result.shape[2]], values: result.values)
    case .conv2d(let convolution):
      return convolve(
        input, convolution.weight, bias: convolution.bias.values, stride: convolution.stride,
        zeros: (0..<2).map {
          zeros(
            convolution.padding, $0, convolution.weight.shape[$0 + 2], convolution.dilation[$0])
        }, dilation: convolution.dilation, groups: convolution.groups)
    case .sumPool2d(let pool): return pooled(input, pool, isMean: false)
    case .avgPool2d(let pool): return pooled(input, pool, isMean: true)
    case .flatten: return DenseValue(shape: [input.values.count], values: input.values)
    default: return input
    }
  }

  private static func matrix(
    _ weight: NIRTensor, _ bias: [Double]?, _ input: DenseValue
  ) -> DenseValue {
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    var values = bias ?? [Double](repeating: 0, count: rows)
    for row in 0..<rows {
      for column in 0..<columns {
        values[row] += weight.values[row * columns + column] * input.values[column]
      }
    }
    return DenseValue(shape: [rows], values: values)
  }

  /// Zeros before and behind an axis, as torch pads.
  private static func zeros(
    _ padding: NIRPadding, _ axis: Int, _ kernel: Int, _ dilation: Int
  ) -> (Int, Int) {
    let total = dilation * (kernel - 1)
    switch padding {
    case .valid: return (0, 0)
    case .same: return (total / 2, total - total / 2)
    case .explicit(let zeros): return (zeros[axis], zeros[axis])
    }
  }

  /// A copy of the input with zeros around it, over which the kernel moves.
  private static func convolve(
    _ input: DenseValue, _ weight: NIRTensor, bias: [Double], stride: [Int],
    zeros: [(Int, Int)], dilation: [Int], groups: Int
  ) -> DenseValue {
    let (channels, height, width) = (input.shape[0], input.shape[1], input.shape[2])
    let padded = [height + zeros[0].0 + zeros[0].1, width + zeros[1].0 + zeros[1].1]
    func pixel(_ channel: Int, _ y: Int, _ x: Int) -> Double {
      let (row, column) = (y - zeros[0].0, x - zeros[1].0)
      guard row >= 0, row < height, column >= 0, column < width else { return 0 }
      return input.values[(channel * height + row) * width + column]
    }
    let (outputs, perGroup) = (weight.shape[0], weight.shape[1])
    let (tall, wide) = (weight.shape[2], weight.shape[3])
    let rows = (padded[0] - dilation[0] * (tall - 1) - 1) / stride[0] + 1
    let columns = (padded[1] - dilation[1] * (wide - 1) - 1) / stride[1] + 1
    var values: [Double] = []
    for output in 0..<outputs {
      let first = output / (outputs / groups) * (channels / groups)
      for y in 0..<rows {
        for x in 0..<columns {
          var sum = bias[output]
          for channel in 0..<perGroup {
            for i in 0..<tall {
              for j in 0..<wide {
                let tap = ((output * perGroup + channel) * tall + i) * wide + j
                let (row, column) = (
                  y * stride[0] + i * dilation[0], x * stride[1] + j * dilation[1]
                )
                sum += weight.values[tap] * pixel(first + channel, row, column)
              }
            }
          }
          values.append(sum)
        }
      }
    }
    return DenseValue(shape: [outputs, rows, columns], values: values)
  }

  private static func pooled(
    _ input: DenseValue, _ pool: NIRPool2d, isMean: Bool
  ) -> DenseValue {
    let (height, width) = (input.shape[1], input.shape[2])
    let lengths = (0..<2).map { axis -> Int in
      let room = input.shape[axis + 1] + 2 * pool.padding[axis] - pool.kernelSize[axis]
      return room / pool.stride[axis] + 1
    }
    var values: [Double] = []
    for channel in 0..<input.shape[0] {
      for y in 0..<lengths[0] {
        for x in 0..<lengths[1] {
          var sum = 0.0
          for i in 0..<pool.kernelSize[0] {
            for j in 0..<pool.kernelSize[1] {
              let row = y * pool.stride[0] + i - pool.padding[0]
              let column = x * pool.stride[1] + j - pool.padding[1]
              guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
              sum += input.values[(channel * height + row) * width + column]
            }
          }
          values.append(isMean ? sum / Double(pool.kernelSize.reduce(1, *)) : sum)
        }
      }
    }
    return DenseValue(shape: [input.shape[0]] + lengths, values: values)
  }
}
