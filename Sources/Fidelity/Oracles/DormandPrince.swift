/// One step of the Runge-Kutta pair of Dormand and Prince (1980), orders 5 and 4.
///
/// The state is a vector of up to eight numbers.
enum DormandPrince {
  typealias State = SIMD8<Double>

  /// What each stage takes of the slopes before it; the last row gives the state of order 5.
  private static let stages: [[Double]] = [
    [1.0 / 5], [3.0 / 40, 9.0 / 40], [44.0 / 45, -56.0 / 15, 32.0 / 9],
    [19_372.0 / 6561, -25_360.0 / 2187, 64_448.0 / 6561, -212.0 / 729],
    [9017.0 / 3168, -355.0 / 33, 46_732.0 / 5247, 49.0 / 176, -5103.0 / 18_656],
    [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
  ]
  /// What the difference between the orders takes of all slopes.
  private static let difference: [Double] = [
    71.0 / 57_600, 0, -71.0 / 16_695, 71.0 / 1920, -17_253.0 / 339_200, 22.0 / 525, -1.0 / 40,
  ]

  /// The state after a step of length `h`, and the difference between the two orders.
  static func step(
    _ y: State, _ h: Double, _ slope: (State) -> State
  ) -> (after: State, error: State) {
    var slopes = [slope(y)]
    slopes.reserveCapacity(7)
    var after = y
    for stage in stages {
      after = y + h * mixed(slopes, stage)
      slopes.append(slope(after))
    }
    return (after, h * mixed(slopes, difference))
  }

  private static func mixed(_ slopes: [State], _ parts: [Double]) -> State {
    var sum = State(repeating: 0)
    for (slope, part) in zip(slopes, parts) { sum += part * slope }
    return sum
  }
}
