import HardwareSpec

/// The drift of a device's bias currents: a function of chip seed, sample number and coordinate.
///
/// Bias references are common to a block, so a block shares most of the drift. The process is
/// stationary and normal: independent draws every `periodSamples` samples, joined by straight lines
/// that are scaled to keep the variance. It moves in steps of a sixteenth of a period, so that
/// neighbouring samples share their constants.
struct DriftProcess: Sendable {
  private static let stepsPerPeriod = 16

  private let drift: DriftSpec
  private let circuitsPerBlock: Int
  private let blocks, circuits: CounterRandom

  /// The process of a device; nil when nothing drifts.
  init?(_ draw: DeviceDraw) {
    guard draw.effects.contains(.drift), draw.spreads.drift.sigma > 0 else { return nil }
    drift = draw.spreads.drift
    circuitsPerBlock = draw.spec.geometry.circuitsPerBlock
    blocks = draw.generator(.drift, .block)
    circuits = draw.generator(.drift, .local)
  }

  /// The step of the process that a sample belongs to.
  func step(ofSample number: UInt64) -> Int {
    Int(number / UInt64(max(1, drift.periodSamples / Self.stepsPerPeriod)) & 0x7FFF_FFFF_FFFF)
  }

  /// The factor of a circuit's bias currents in a step; at least 0.1.
  func factor(core: Int, column: Int, step: Int) -> Double {
    let common = (1 - drift.ownPart * drift.ownPart).squareRoot()
    let block = Self.value(blocks, core, column / circuitsPerBlock, step)
    let own = Self.value(circuits, core, column, step)
    return max(0.1, 1 + drift.sigma * (common * block + drift.ownPart * own))
  }

  /// A standard normal process of the step.
  private static func value(
    _ generator: CounterRandom, _ core: Int, _ index: Int, _ step: Int
  ) -> Double {
    let knot = step / stepsPerPeriod
    let part = Double(step % stepsPerPeriod) / Double(stepsPerPeriod)
    let (a, b) = (generator.normal(core, index, knot), generator.normal(core, index, knot + 1))
    let sum = (1 - part) * a + part * b
    return sum / ((1 - part) * (1 - part) + part * part).squareRoot()
  }
}

extension CircuitDeviation {
  /// The circuit when its bias currents are larger by a factor: faster, and with more gain.
  func withBiasCurrents(_ factor: Double) -> CircuitDeviation {
    var deviation = self
    deviation.membraneTime /= factor
    deviation.excitatoryTime /= factor
    deviation.inhibitoryTime /= factor
    deviation.excitatoryGain *= factor
    deviation.inhibitoryGain *= factor
    return deviation
  }
}
