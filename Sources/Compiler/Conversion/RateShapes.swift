/// The most values that a layer of a converted network may take or give, and weights it may have.
let largestRateLayer = 1 << 26

extension RateWindow {
  /// Places of the window along one axis; nil where it never fits.
  func places(over length: Int, axis: Int, dilation: Int = 1) -> Int? {
    let (reach, overflows) = dilation.multipliedReportingOverflow(by: size[axis] - 1)
    let (padded, overflowsToo) = length.addingReportingOverflow(before[axis] + behind[axis])
    guard !overflows, !overflowsToo, padded > reach, stride[axis] > 0 else { return nil }
    return (padded - reach - 1) / stride[axis] + 1
  }

  /// The shape that the window makes of [channels, height, width]; nil where it does not fit.
  func shape(over shape: [Int], channels: Int, dilation: [Int] = [1, 1]) -> [Int]? {
    guard shape.count == 3, let rows = places(over: shape[1], axis: 0, dilation: dilation[0]),
      let columns = places(over: shape[2], axis: 1, dilation: dilation[1])
    else { return nil }
    let result = [channels, rows, columns]
    return result.valuesWithinLimit == nil ? nil : result
  }
}

extension [Int] {
  /// The product of a shape of axes from 1, if no layer is too large for it.
  var valuesWithinLimit: Int? {
    var count = 1
    for length in self {
      let (product, overflows) = count.multipliedReportingOverflow(by: length)
      guard length >= 1, !overflows, product <= largestRateLayer else { return nil }
      count = product
    }
    return count
  }
}

extension RateConvolution {
  func outputShape(taking shape: [Int]) -> [Int]? {
    guard shape.count == 3, shape[0] == inputs else { return nil }
    return window.shape(over: shape, channels: outputs, dilation: dilation)
  }
}
