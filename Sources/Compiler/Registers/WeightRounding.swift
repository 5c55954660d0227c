import ChipInterface

/// How a digital chip stores weights: clipped to its range, low bits dropped.
///
/// As lava-nc 0.10.0 does it (`utils/weightutils.py`); nengo-loihi and brian2-loihi round other
/// ways, so a network of theirs states the weights that they have rounded.
struct WeightRounding {
  let signMode: SignMode
  /// Low bits that are dropped, toward −∞; inhibitory weights are negated first.
  private let droppedBits: Int
  private(set) var clipped = 0
  private(set) var truncated = 0

  /// Takes the signs from the weights where the projection does not give them.
  init(_ projection: RegisterProjection) {
    signMode = projection.signMode ?? Self.signMode(of: projection.synapses)
    droppedBits = max(0, 8 - projection.weightBits + (signMode == .mixed ? 1 : 0))
  }

  static func signMode(of synapses: [RegisterSynapse]) -> SignMode {
    if synapses.allSatisfy({ $0.weight >= 0 }) { return .excitatory }
    return synapses.allSatisfy { $0.weight <= 0 } ? .inhibitory : .mixed
  }

  /// The weight that is stored; counts what was lost.
  mutating func stored(_ weight: Int) -> Int16 {
    let sign = signMode == .inhibitory ? -1 : 1
    let range = signMode == .mixed ? -256...255 : 0...255
    let given = weight.multipliedReportingOverflow(by: sign).partialValue
    let inRange = min(max(given, range.lowerBound), range.upperBound)
    let kept = (inRange >> droppedBits) << droppedBits
    clipped += inRange == given ? 0 : 1
    truncated += kept == inRange ? 0 : 1
    return Int16(sign * kept)
  }
}
