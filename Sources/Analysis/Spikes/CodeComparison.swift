/// What the ADC codes of two recordings agree and differ in.
public struct CodeComparison: Equatable, Sendable {
  /// ADC codes of shape [sample, time, column].
  public struct Codes: Equatable, Sendable {
    /// The codes, the last axis fastest.
    public let codes: [UInt8]
    /// Lengths of the axes.
    public let samples, times, columns: Int

    /// Gives codes their shape, whose product must be their number.
    public init(_ codes: [UInt8], samples: Int, times: Int, columns: Int) {
      precondition(codes.count == samples * times * columns)
      (self.codes, self.samples, self.times, self.columns) = (codes, samples, times, columns)
    }

    fileprivate var shape: [Int] { [samples, times, columns] }
  }

  /// Where two codes differ.
  public struct Difference: Equatable, Sendable {
    /// Sample, time point and column.
    public let sample, time, column: Int
    /// The codes of the first and of the second recording.
    public let first, second: UInt8
  }

  /// The deviation of one column over all samples and times.
  public struct Column: Equatable, Sendable {
    /// Index of the column.
    public let column: Int
    /// Codes that differ.
    public let differing: Int
    /// Mean of (second − first), in codes: an offset.
    public let meanError: Double
    /// Root mean square and largest magnitude of (second − first), in codes.
    public let rootMeanSquare: Double
    /// Largest magnitude of (second − first), in codes.
    public let largest: Int
  }

  /// Shapes [sample, time, column] of the two; codes are compared where they agree.
  public let shapes: [[Int]]
  /// Codes compared, and how many of them differ.
  public let compared, differing: Int
  /// The first difference by sample, time and column.
  public let firstDifference: Difference?
  /// The columns, in order; empty where shapes differ.
  public let columns: [Column]

  /// Whether shapes and all codes are equal.
  public var isIdentical: Bool { shapes[0] == shapes[1] && differing == 0 }
  /// Root mean square of all deviations, in codes.
  public var rootMeanSquare: Double {
    guard !columns.isEmpty else { return 0 }
    let squares = columns.reduce(0) { $0 + $1.rootMeanSquare * $1.rootMeanSquare }
    return (squares / Double(columns.count)).squareRoot()
  }
  /// Largest magnitude of a deviation, in codes.
  public var largest: Int { columns.map(\.largest).max() ?? 0 }

  /// Compares two sets of codes.
  public init(_ first: Codes, _ second: Codes) {
    shapes = [first.shape, second.shape]
    guard first.shape == second.shape else {
      (compared, differing, firstDifference, columns) = (0, 0, nil, [])
      return
    }
    compared = first.codes.count
    let width = first.columns
    if let i = first.codes.indices.first(where: { first.codes[$0] != second.codes[$0] }) {
      firstDifference = Difference(
        sample: i / (width * first.times), time: i / width % first.times, column: i % width,
        first: first.codes[i], second: second.codes[i])
    } else {
      firstDifference = nil
    }
    columns = (0..<width).map { column in
      Self.column(column, stride(from: column, to: first.codes.count, by: width), first, second)
    }
    differing = columns.reduce(0) { $0 + $1.differing }
  }

  private static func column(
    _ column: Int, _ indices: StrideTo<Int>, _ first: Codes, _ second: Codes
  ) -> Column {
    var (differing, sum, squares, largest, count) = (0, 0, 0, 0, 0)
    for i in indices {
      let error = Int(second.codes[i]) - Int(first.codes[i])
      differing += error == 0 ? 0 : 1
      sum += error
      squares += error * error
      largest = max(largest, abs(error))
      count += 1
    }
    let divisor = Double(max(count, 1))
    return Column(
      column: column, differing: differing, meanError: Double(sum) / divisor,
      rootMeanSquare: (Double(squares) / divisor).squareRoot(), largest: largest)
  }
}
