/// A bias of a neuron circuit that differs from device to device.
///
/// The names are those of the device: a time constant is set by a current, and a current that is
/// larger than meant makes it shorter.
public enum DeviceParameter: String, CaseIterable, Sendable {
  /// The leak current, which sets the membrane time constant; relative.
  case leakCurrent = "leak_current"
  /// The currents that set the synaptic time constants; relative.
  case excitatoryCurrent = "excitatory_current"
  /// The current that sets the inhibitory synaptic time constant; relative.
  case inhibitoryCurrent = "inhibitory_current"
  /// The synaptic gains; relative.
  case excitatoryGain = "excitatory_gain"
  /// The inhibitory synaptic gain; relative.
  case inhibitoryGain = "inhibitory_gain"
  /// The leak potential as the readout shows it, in volts.
  case leakPotential = "leak_potential"
  /// The reset potential as the readout shows it, in volts.
  case resetPotential = "reset_potential"
  /// The threshold of the comparator, which the readout does not see, in volts.
  case thresholdPotential = "threshold_potential"
  /// The input stages' offsets, as shifts of the rest potential, in volts.
  case excitatoryReference = "excitatory_reference"
  /// The inhibitory input stage's offset, as a shift of the rest potential, in volts.
  case inhibitoryReference = "inhibitory_reference"
  /// The offset of the readout amplifier between membrane and ADC, in volts.
  case readoutOffset = "readout_offset"

  /// The parameter's place in a matrix.
  public var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  /// Whether the spread is relative; otherwise it is in volts.
  public var isRelative: Bool { index <= Self.inhibitoryGain.index }
}

/// Correlations between the parameters of one circuit, or of one block.
public struct CorrelationMatrix: Equatable, Sendable {
  /// One correlation that is not zero.
  public struct Entry: Equatable, Sendable {
    /// The two parameters, the first in ``DeviceParameter`` order first.
    public var first, second: DeviceParameter
    /// The correlation, between −1 and 1.
    public var value: Double

    /// Makes an entry.
    public init(_ first: DeviceParameter, _ second: DeviceParameter, _ value: Double) {
      (self.first, self.second, self.value) = (first, second, value)
    }
  }

  /// The entries, in the order of the parameters.
  public let entries: [Entry]
  /// The lower triangle L of the factors L·Lᵀ, row by row; nil if not positive definite.
  public let factor: [[Double]]?

  /// Makes a matrix with ones on the diagonal.
  public init(_ entries: [Entry]) {
    self.entries = entries.sorted {
      ($0.first.index, $0.second.index) < ($1.first.index, $1.second.index)
    }
    factor = Self.cholesky(Self.full(entries))
  }

  /// No correlations.
  public static let none = CorrelationMatrix([])

  /// The correlation of two parameters.
  public subscript(a: DeviceParameter, b: DeviceParameter) -> Double {
    if a == b { return 1 }
    return entries.first { ($0.first, $0.second) == (a, b) || ($0.first, $0.second) == (b, a) }?
      .value ?? 0
  }

  /// Independent standard normal numbers made to correlate.
  public func correlated(_ independent: [Double]) -> [Double] {
    guard let factor, !entries.isEmpty else { return independent }
    return factor.map { row in
      var sum = 0.0
      for (weight, number) in zip(row, independent) { sum += weight * number }
      return sum
    }
  }

  private static func full(_ entries: [Entry]) -> [[Double]] {
    let count = DeviceParameter.allCases.count
    var matrix = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0.0 } }
    for entry in entries {
      matrix[entry.first.index][entry.second.index] = entry.value
      matrix[entry.second.index][entry.first.index] = entry.value
    }
    return matrix
  }

  /// The lower triangular L with L·Lᵀ = A; nil when A is not positive definite.
  static func cholesky(_ matrix: [[Double]]) -> [[Double]]? {
    var lower: [[Double]] = []
    for i in matrix.indices {
      var row = [Double](repeating: 0, count: matrix.count)
      for j in 0...i {
        var rest = matrix[i][j]
        for k in 0..<j { rest -= row[k] * (j < i ? lower[j][k] : row[k]) }
        if j < i {
          row[j] = rest / lower[j][j]
        } else {
          guard rest > 1e-9 else { return nil }
          row[i] = rest.squareRoot()
        }
      }
      lower.append(row)
    }
    return lower
  }
}

/// Measured spreads and correlations of the biases of a chip's circuits, on two levels.
///
/// Correlations are those of the codes that a calibration has to set, as published measurements
/// give them; the deviations of the biases themselves have the same, for each code is off by minus
/// its bias's deviation.
public struct ParameterSpreads: Equatable, Sendable {
  /// The spread of each parameter, in ``DeviceParameter`` order.
  public var spreads: [Spread]
  /// Correlations within a circuit, and within the biases that a block shares.
  public var local, block: CorrelationMatrix

  /// Makes spreads; one for each parameter.
  public init(spreads: [Spread], local: CorrelationMatrix, block: CorrelationMatrix) {
    precondition(spreads.count == DeviceParameter.allCases.count, "a spread for each parameter")
    (self.spreads, self.local, self.block) = (spreads, local, block)
  }

  /// The spread of one parameter.
  public subscript(parameter: DeviceParameter) -> Spread { spreads[parameter.index] }
}
