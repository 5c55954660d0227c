import CEmulatorKernels
import HardwareSpec

/// What a sensor pairs: spikes after events, or events after spikes.
package enum CorrelationSign: Int, CaseIterable, Sendable {
  /// The neuron fires after the synapse had an event.
  case causal
  /// The synapse has an event after the neuron fired.
  case acausal
}

/// The mismatch of one device's correlation sensors.
package struct SensorDraw: Sendable {
  /// The parameters that have a draw of their own; raw values are part of the draw and stay.
  fileprivate enum Parameter: Int { case time, amplitude }

  private let local, block: CounterRandom
  private let isOn: Bool

  /// Prepares the draw of a device; off, every sensor is the nominal one.
  package init(chipSeed: UInt64, isOn: Bool) {
    local = CounterRandom(seed: chipSeed, stream: 0x434F_5252_00)
    block = CounterRandom(seed: chipSeed, stream: 0x434F_5252_01)
    self.isOn = isOn
  }

  /// The factor of one sensor's parameter: lognormal with mean 1.
  fileprivate func factor(
    _ parameter: Parameter, _ sign: CorrelationSign, core: Int, row: Int, column: Int,
    blockSize: Int, _ spread: Spread
  ) -> Double {
    guard isOn, spread.total > 0 else { return 1 }
    let kind = core << 2 | sign.rawValue << 1 | parameter.rawValue
    let normal =
      spread.block * block.normal(kind, column / blockSize)
      + spread.local * local.normal(kind, row, column)
    return DeterministicMath.exp(normal - spread.total * spread.total / 2)
  }
}

/// The 2-bit trims of a synapse's sensors, 0 to 3; 2 is the nominal setting.
package struct SensorTrim: Equatable, Sendable {
  /// Trims of time constant and of amplitude.
  package var time, amplitude: Int

  /// Makes trims; by default the nominal ones.
  package init(time: Int = 2, amplitude: Int = 2) {
    (self.time, self.amplitude) = (time, amplitude)
  }
}

/// The correlation sensors of one core on one device: time constants and amplitudes.
///
/// Each synapse has a causal and an acausal sensor. A pair of an event and a spike at a distance
/// of Δ adds `A·e^(−Δ/τ)`, with A and τ of its own. Causal numbers lie column by column, acausal
/// row by row: as a spike, or an event, goes through them.
package final class SensorArray: @unchecked Sendable {
  /// Rows and columns, and both padded to whole vectors.
  let rows, columns, paddedRows, paddedColumns: Int
  /// Saturation of the accumulators, in 2⁻¹⁶ codes.
  let largest: UInt32
  /// `log₂ e/τ` per 1/64 tick, and A in 2⁻¹⁶ codes, for each sign.
  let rates, amplitudes: [UnsafeMutablePointer<Float>]

  /// Draws the sensors of a core; `trim` gives the trims of a synapse by row and column.
  package init(
    _ core: CoreOnChip, geometry: ChipGeometry, time: ChipTime, sensors: CorrelationSpec,
    draw: SensorDraw, trim: (Int, Int) -> SensorTrim = { _, _ in SensorTrim() }
  ) {
    (rows, columns) = (geometry.synapseRowsPerCore, geometry.circuitsPerCore)
    (paddedRows, paddedColumns) = ((rows + 15) / 16 * 16, (columns + 15) / 16 * 16)
    largest = UInt32(sensors.largestCode) << 16 | 0xFFFF
    let size = max(paddedRows * columns, paddedColumns * rows)
    rates = CorrelationSign.allCases.map { _ in .allocateAligned(size) }
    amplitudes = CorrelationSign.allCases.map { _ in .allocateAligned(size) }
    let nominalRate =
      1.4426950408889634 * time.tickSeconds / 64 / sensors.timeConstantSeconds
    let nominalAmplitude = sensors.amplitudeCodes * 65_536
    for sign in CorrelationSign.allCases {
      for row in 0..<rows {
        for column in 0..<columns {
          func factor(_ parameter: SensorDraw.Parameter, _ spread: Spread) -> Double {
            draw.factor(
              parameter, sign, core: core.index, row: row, column: column,
              blockSize: geometry.circuitsPerBlock, spread)
          }
          let trim = trim(row, column)
          let slower =
            factor(.time, sensors.timeConstantSpread) * Self.power(sensors.timeTrim, trim.time - 2)
          let larger =
            factor(.amplitude, sensors.amplitudeSpread)
            * Self.power(sensors.amplitudeTrim, trim.amplitude - 2)
          let place = place(sign, row: row, column: column)
          rates[sign.rawValue][place] = Float(nominalRate / slower)
          amplitudes[sign.rawValue][place] = Float(
            min(nominalAmplitude * larger, Double(largest)))
        }
      }
    }
  }

  deinit { for memory in rates + amplitudes { memory.deallocate() } }

  /// Where a sensor's numbers stand.
  func place(_ sign: CorrelationSign, row: Int, column: Int) -> Int {
    sign == .causal ? column * paddedRows + row : row * paddedColumns + column
  }

  /// Numbers of either sign.
  var size: Int { max(paddedRows * columns, paddedColumns * rows) }

  /// A sensor's time constant in ticks, and its amplitude in codes.
  package func parameters(
    _ sign: CorrelationSign, row: Int, column: Int
  ) -> (ticks: Double, codes: Double) {
    let place = place(sign, row: row, column: column)
    return (
      1.4426950408889634 / 64 / Double(rates[sign.rawValue][place]),
      Double(amplitudes[sign.rawValue][place]) / 65_536
    )
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<abs(exponent)).reduce(1) { power, _ in exponent < 0 ? power / base : power * base }
  }
}
