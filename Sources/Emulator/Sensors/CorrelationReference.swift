import CEmulatorKernels

/// The pairs of the correlation sensors, readably: the twin of the C functions, bit for bit.
enum CorrelationReference {
  /// An event of a row: pairs with the columns that fired at or after the row's last event.
  static func senseEvent(
    _ line: synapus_sensor_line, _ spikes: UnsafePointer<Int32>, since: Int32, time: Int32,
    _ largest: UInt32, count: Int
  ) {
    for i in 0..<count where spikes[i] >= since && spikes[i] != CorrelationSensors.never {
      add(line, i, distance: time - spikes[i], largest)
    }
  }

  /// A spike of a column: pairs with the rows that had an event after the column's last spike.
  static func senseSpike(
    _ line: synapus_sensor_line, _ events: UnsafePointer<Int32>, since: Int32, time: Int32,
    _ largest: UInt32, count: Int
  ) {
    for i in 0..<count where events[i] > since {
      add(line, i, distance: time - events[i], largest)
    }
  }

  private static func add(
    _ line: synapus_sensor_line, _ i: Int, distance: Int32, _ largest: UInt32
  ) {
    let halvings = min(Float(distance) * line.rate[i], 120)
    let pair = UInt32(Int32(line.amplitude[i] * powerOfTwo(minus: halvings) + 0.5))
    line.charge[i] = min(line.charge[i] + pair, largest)
  }

  /// 2⁻ˣ for 0 ≤ x ≤ 120: relative error below 4e-7.
  private static func powerOfTwo(minus x: Float) -> Float {
    let whole = Int32(x)
    let f = x - Float(whole)
    var sum: Float = 1.5252734e-5 - f * 1.3215487e-6
    for coefficient in coefficients { sum = coefficient - f * sum }
    return sum * Float(bitPattern: UInt32(127 - whole) << 23)
  }

  /// ln(2)ⁿ/n! for n from 6 to 0.
  private static let coefficients: [Float] = [
    1.5403530e-4, 1.3333558e-3, 9.6181291e-3, 5.5504109e-2, 2.4022651e-1, 6.9314718e-1, 1,
  ]
}
