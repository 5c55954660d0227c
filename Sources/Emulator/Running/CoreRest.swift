import HardwareSpec

/// What a core does while nothing happens on it: its membranes rest, with stationary noise.
///
/// A core whose circuits have been without input until they are at rest is put to sleep and costs
/// nothing. When events come, or when it is read, its membranes are drawn from the distribution
/// that noise has led to. The draws of a sleeping core are independent from tick to tick, those of
/// one awake pass through the membrane's time constant; that is the only difference.
struct CoreRest: Sendable {
  /// Whether the core may sleep: every circuit fires, and noise does not reach its threshold.
  ///
  /// Circuits that only integrate are there to be read, and stay awake.
  let canSleep: Bool
  private let levels: [Int32]
  /// Membrane counts for 1/16 of a sum of two draws.
  private let spreads: [Int32]
  /// How far from rest a membrane may be when it goes to sleep, in membrane counts.
  private let tolerances: [Int32]

  /// Thresholds must be this many standard deviations of noise above rest.
  private static let margin = 10.0

  init(_ circuits: [CircuitConstants], isPlain: Bool) {
    let noises = circuits.map(Self.stationaryNoise)
    levels = circuits.map { $0.rest - 256 }
    spreads = noises.map {
      Int32((16 * $0 / (2.0.squareRoot() * HashNoise.standardDeviation)).rounded())
    }
    tolerances = noises.map { Int32(4 * $0) + 4096 }
    canSleep =
      isPlain && !circuits.isEmpty
      && zip(circuits, noises).allSatisfy { circuit, noise in
        circuit.threshold != .max
          && Double(circuit.threshold) - Double(circuit.rest) > Self.margin * noise + 8192
      }
  }

  /// The deviation that a draw in each tick leads to, in membrane counts: σ/√(1 − e^(−2/τ)).
  private static func stationaryNoise(_ circuit: CircuitConstants) -> Double {
    guard circuit.noise != 0 else { return 0 }
    let lost = Double(circuit.leak) / Double(512 << circuit.shift)
    let each = Double(circuit.noise) / 16 * HashNoise.standardDeviation
    return each / (lost * (2 - lost)).squareRoot()
  }

  /// Draws the membranes of a core at rest, and clears its currents and counters.
  func fill(_ state: UnsafeMutablePointer<Int32>, key: UInt32) {
    for (lane, level) in levels.enumerated() {
      let place = state + KernelLayout.state(lane)
      let draw =
        HashNoise.draw(key: key, lane: UInt32(lane)) + HashNoise.draw(key: ~key, lane: UInt32(lane))
      (place[0], place[16], place[32], place[48]) = (level + (draw &* spreads[lane]) >> 4, 0, 0, 0)
    }
  }

  /// Whether currents are below one unit, membranes near rest, and no circuit is refractory.
  func isReached(_ state: UnsafePointer<Int32>) -> Bool {
    for (lane, level) in levels.enumerated() {
      let place = state + KernelLayout.state(lane)
      if place[16] >= 0x8000 || place[32] >= 0x8000 || place[48] != 0 { return false }
      if abs(place[0] - level) > tolerances[lane] { return false }
    }
    return true
  }
}
