/// The traces of one side in real numbers: without rounding and without an upper limit.
///
/// They decay by `e^(−1/τ)` a tick and grow by their whole impulse, as lava's floating-point models
/// do. Marks are those of the side that they belong to.
final class RealTraces {
  let values, atSpike: [UnsafeMutablePointer<Double>]
  private let laws: [EngineTrace]
  private let count, epochTicks: Int
  /// The traces at the places that the other side asks for: [position · traces + trace][neuron].
  private var history: [[Double]] = []

  init(count: Int, laws: [EngineTrace], epochTicks: Int) {
    (self.count, self.laws, self.epochTicks) = (count, laws, epochTicks)
    values = laws.map { _ in .allocateAligned(count) }
    atSpike = laws.map { _ in .allocateAligned(count) }
  }

  deinit { for memory in values + atSpike { memory.deallocate() } }

  /// Starts a sample.
  func reset() {
    for memory in values + atSpike { memory.update(repeating: 0, count: count) }
  }

  /// Replays an epoch with the marks of a side.
  func replay(_ side: TraceSide) {
    let none = [Double](repeating: 0, count: count)
    history = Array(repeating: none, count: side.history.count * laws.count)
    for (k, law) in laws.enumerated() where law.isOn {
      for n in 0..<count where values[k][n] != 0 || side.impulseAt[k][n] != 0 {
        replay(k, law, n, side)
      }
    }
  }

  private func replay(_ k: Int, _ law: EngineTrace, _ n: Int, _ side: TraceSide) {
    let (impulse, spike) = (Int(side.impulseAt[k][n]), Int(side.spikedAt[n]))
    var value = values[k][n]
    for place in 1...epochTicks {
      value *= law.kept
      if place == impulse { value += law.exactImpulse }
      if place == spike { atSpike[k][n] = value }
      let position = Int(side.history.positions[place])
      if position >= 0 { history[position * laws.count + k][n] = value }
    }
    values[k][n] = value
  }

  /// The trace at a place that was asked for.
  func value(trace: Int, _ n: Int, place: Int, _ side: TraceSide) -> Double {
    history[Int(side.history.positions[place]) * laws.count + trace][n]
  }
}
