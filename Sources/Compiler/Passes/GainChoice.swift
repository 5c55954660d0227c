import HardwareSpec

/// Chooses the gain codes of one layer's circuits, and with them what a stored step means.
///
/// A step of weight w makes R·I jump by `w · jump` in the network's potential and must make it
/// jump by the gain's volts on the chip: `gain = weightPerStep · jump · voltsPerUnit`.
struct GainChoice {
  let layer: String
  /// Volts of one unit of the network's potential.
  let voltsPerUnit: Double
  /// The jump of R·I for a weight of 1, in the network's potential, one a neuron.
  let jumps: [Double]
  let law: ParameterLaw

  /// The codes, and the weight of a step after the DAC's rounding.
  func choose(
    asked: Double?, natural: Double, _ log: inout CompileLog
  ) -> (codes: [UInt16], weightPerStep: Double) {
    let reach = jumps.map { $0 * voltsPerUnit }
    guard let least = reach.min(), let most = reach.max() else { return ([], asked ?? natural) }
    let (lowest, highest) = (law.range.lowerBound / least, law.range.upperBound / most)
    guard lowest.isNormal, highest.isNormal else {
      log.add(
        .notPositive(
          node: layer, parameter: "the jump of R·I in volts", value: least))
      return (jumps.map { _ in 0 }, asked ?? natural)
    }
    if lowest > highest * (1 + 1e-9) {
      log.add(
        .gainRange(
          layer: layer, ratio: most / least,
          available: law.range.upperBound / law.range.lowerBound))
    }
    let wanted = asked ?? natural
    if wanted < lowest * (1 - 1e-9) {
      log.add(.lowestGain(layer: layer, weightPerStep: lowest))
    }
    let step = max(min(wanted, highest), lowest)
    let codes = reach.map { law.code(step * $0) }
    return (codes, effectiveStep(codes, reach, &log))
  }

  private func effectiveStep(
    _ codes: [UInt16], _ reach: [Double], _ log: inout CompileLog
  ) -> Double {
    let steps = zip(codes, reach).map { law.value(code: Int($0)) / $1 }
    let (least, most) = (steps.min() ?? 1, steps.max() ?? 1)
    let step = least == most ? least : least / 2 + most / 2
    let relative = (most - least) / 2 / step
    if relative > 1e-9 { log.add(.roundedGains(layer: layer, relative: relative)) }
    return step
  }
}
