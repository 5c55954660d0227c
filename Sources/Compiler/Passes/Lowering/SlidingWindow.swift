import NIR

/// Is a window that moves over the last two axes of [channel, row, column]: a convolution, or a
/// pool, which is one whose channels do not see each other and whose weights are all equal.
///
/// Convolutions are torch's: cross-correlations; output (y, x) sees input
/// (y · stride − padding + tap · dilation).
struct SlidingWindow {
  /// Lengths of input and output: channels, rows, columns.
  private let input, output: [Int]
  /// Rows and columns of the window, its steps, the distance of its taps, zeros before the input.
  private let kernel, stride, dilation, before: [Int]
  private let groups: Int
  /// W, [channel out, channel in of the group, row, column]; nil: one value for all taps.
  private let weight: [Double]?
  private let tapWeight: Double
  /// One value a channel; nil: none.
  let bias: NIRTensor?

  /// Takes a convolution or pool; nil where its shape is not known.
  init?(_ node: NIRNode, _ shape: NodeShape) {
    switch node {
    case .conv1d(let convolution):
      guard shape.input.count == 2, shape.output.count == 2 else { return nil }
      input = [shape.input[0], 1, shape.input[1]]
      output = [shape.output[0], 1, shape.output[1]]
      kernel = [1, convolution.weight.shape[2]]
      (stride, dilation) = ([1, convolution.stride], [1, convolution.dilation])
      before = [
        0, convolution.padding.before(0, convolution.weight.shape[2], convolution.dilation),
      ]
      (groups, weight) = (convolution.groups, convolution.weight.values)
      (tapWeight, bias) = (1, convolution.bias)
    case .conv2d(let convolution):
      guard shape.input.count == 3, shape.output.count == 3 else { return nil }
      let kernel = Array(convolution.weight.shape.suffix(2))
      (input, output, self.kernel) = (shape.input, shape.output, kernel)
      (stride, dilation) = (convolution.stride, convolution.dilation)
      before = (0..<2).map {
        convolution.padding.before($0, kernel[$0], convolution.dilation[$0])
      }
      (groups, weight) = (convolution.groups, convolution.weight.values)
      (tapWeight, bias) = (1, convolution.bias)
    case .sumPool2d(let pool), .avgPool2d(let pool):
      guard shape.input.count == 3, shape.output.count == 3 else { return nil }
      (input, output, kernel) = (shape.input, shape.output, pool.kernelSize)
      (stride, dilation, before) = (pool.stride, [1, 1], pool.padding)
      (groups, weight, bias) = (shape.input[0], nil, nil)
      let isMean = if case .avgPool2d = node { true } else { false }
      tapWeight = isMean ? 1 / Double(kernel[0] * kernel[1]) : 1
    default: return nil
    }
  }

  /// Weights that the file stores; a pool stores none.
  var storedWeights: Int { weight?.count ?? 0 }

  /// Channels out of one group, and channels in.
  private var outputsPerGroup: Int { output[0] / groups }
  private var inputsPerGroup: Int { input[0] / groups }

  /// Entries of the map, zeros included; the largest integer where they are too many to count.
  var entryCount: Int {
    let lengths = [places(0).count, places(1).count, output[0], inputsPerGroup]
    var product = 1
    for length in lengths {
      let (next, overflows) = product.multipliedReportingOverflow(by: length)
      if overflows { return .max }
      product = next
    }
    return product
  }

  /// Pairs of an input and an output position along one axis that a tap joins.
  private struct Place {
    var input, output, tap: Int
  }

  /// All places along an axis (0: rows, 1: columns); more than all synapses are not listed.
  private func places(_ axis: Int) -> [Place] {
    var places: [Place] = []
    for position in 0..<output[axis + 1] {
      let first = position * stride[axis] - before[axis]
      let lowest = first < 0 ? (dilation[axis] - 1 - first) / dilation[axis] : 0
      let end = (input[axis + 1] - 1 - first) / dilation[axis] + 1
      guard first < input[axis + 1], lowest < min(end, kernel[axis]) else { continue }
      for tap in lowest..<min(end, kernel[axis]) {
        places.append(
          Place(input: first + tap * dilation[axis], output: position, tap: tap))
      }
      if places.count > MapLimits.mostSynapses { break }
    }
    return places
  }

  /// For each input position along an axis, its outputs, ascending.
  private func placesByInput(_ axis: Int) -> [[Place]] {
    var lists = [[Place]](repeating: [], count: input[axis + 1])
    for place in places(axis) { lists[place.input].append(place) }
    return lists
  }

  /// The window as a map from inputs to outputs, both row-major.
  func map(keepsZeros: Bool) -> SparseMap {
    let (rows, columns) = (placesByInput(0), placesByInput(1))
    var (starts, receivers, weights) = ([0], [Int32](), [Double]())
    let count = min(entryCount, MapLimits.mostSynapses)
    receivers.reserveCapacity(count)
    weights.reserveCapacity(count)
    for channel in 0..<input[0] {
      let group = channel / inputsPerGroup
      for y in 0..<input[1] {
        for x in 0..<input[2] {
          for out in group * outputsPerGroup..<(group + 1) * outputsPerGroup {
            let base = (out * inputsPerGroup + channel % inputsPerGroup) * kernel[0]
            for row in rows[y] {
              let line = (out * output[1] + row.output) * output[2]
              for column in columns[x] {
                let value = weight?[(base + row.tap) * kernel[1] + column.tap] ?? tapWeight
                if value == 0, !keepsZeros { continue }
                receivers.append(Int32(line + column.output))
                weights.append(value)
              }
            }
          }
          starts.append(receivers.count)
        }
      }
    }
    return SparseMap(
      senderCount: input.reduce(1, *), receiverCount: output.reduce(1, *), starts: starts,
      receivers: receivers, weights: weights)
  }
}

extension NIRPadding {
  /// Zeros before the input along one axis; 'same' puts the odd one behind, as torch does.
  fileprivate func before(_ axis: Int, _ kernel: Int, _ dilation: Int) -> Int {
    switch self {
    case .same: return dilation * (kernel - 1) / 2
    case .valid: return 0
    case .explicit(let zeros): return zeros[axis]
    }
  }
}
