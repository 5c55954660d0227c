/// A small square matrix in double precision, with the functions that a linear system needs.
///
/// All sums run in a fixed order over plain products: the same bits on every machine.
package struct SquareMatrix: Equatable, Sendable {
  /// Rows and columns.
  package let order: Int
  /// The numbers, row by row.
  package var numbers: [Double]

  /// The zero matrix.
  package init(zeroOf order: Int) {
    self.order = order
    numbers = Array(repeating: 0, count: order * order)
  }

  /// The identity matrix.
  package init(identityOf order: Int) {
    self.init(zeroOf: order)
    for i in 0..<order { self[i, i] = 1 }
  }

  /// The number in a row and a column.
  package subscript(row: Int, column: Int) -> Double {
    get { numbers[row * order + column] }
    set { numbers[row * order + column] = newValue }
  }

  /// The matrix product.
  package static func * (a: SquareMatrix, b: SquareMatrix) -> SquareMatrix {
    var product = SquareMatrix(zeroOf: a.order)
    for row in 0..<a.order {
      for column in 0..<a.order {
        var sum = 0.0
        for k in 0..<a.order { sum += a[row, k] * b[k, column] }
        product[row, column] = sum
      }
    }
    return product
  }

  /// The sum of two matrices.
  package static func + (a: SquareMatrix, b: SquareMatrix) -> SquareMatrix {
    var sum = a
    for i in sum.numbers.indices { sum.numbers[i] += b.numbers[i] }
    return sum
  }

  /// A multiple of a matrix.
  package static func * (factor: Double, a: SquareMatrix) -> SquareMatrix {
    var product = a
    for i in product.numbers.indices { product.numbers[i] *= factor }
    return product
  }

  /// The largest sum of magnitudes of a row.
  private var norm: Double {
    (0..<order).map { row in
      (0..<order).reduce(0) { $0 + abs(self[row, $1]) }
    }.max() ?? 0
  }

  /// The exponential of the matrix, and `φ₁(G) = G⁻¹(e^G − 1) = ∫₀¹ e^(G·s) ds`.
  ///
  /// Taylor series of the scaled matrix, then doubling: `e^(2G) = (e^G)²` and
  /// `φ₁(2G) = (e^G + 1)·φ₁(G)/2` (Higham, "Functions of Matrices", 2008, section 10.7).
  package var exponential: (power: SquareMatrix, mean: SquareMatrix) {
    let identity = SquareMatrix(identityOf: order)
    var (scaled, doublings) = (self, 0)
    while scaled.norm > 0.5, doublings < 60 {
      scaled = 0.5 * scaled
      doublings += 1
    }
    // φ₁ = 1 + G/2·(1 + G/3·(1 + …)); 16 terms leave less than 2⁻⁶⁰ at norm 1/2.
    var mean = identity
    for n in stride(from: 16.0, through: 2, by: -1) {
      mean = identity + (1 / n) * (scaled * mean)
    }
    var power = identity + scaled * mean
    for _ in 0..<doublings {
      mean = 0.5 * ((power + identity) * mean)
      power = power * power
    }
    return (power, mean)
  }
}
