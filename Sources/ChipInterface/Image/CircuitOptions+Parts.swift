extension CircuitOptions {
  /// The parts of a circuit that can be switched on; the order is that of the file formats.
  enum Part: String, CaseIterable {
    case excitatoryReversal = "excitatory-reversal"
    case inhibitoryReversal = "inhibitory-reversal"
    case adaptation
    case exponential
    case resetTime = "reset-time"
    case thresholdAdaptation = "threshold-adaptation"
  }

  /// The parts with the names of their codes.
  static var parts: [(part: Part, codes: [String])] {
    [
      (.excitatoryReversal, ["code"]), (.inhibitoryReversal, ["code"]),
      (.adaptation, ["conductance", "increment", "time"]),
      (.exponential, ["slope", "threshold"]), (.resetTime, ["code"]),
      (.thresholdAdaptation, ["increment", "time"]),
    ]
  }

  /// The codes of a part that is on, in the order of ``parts``; nil when it is off.
  func codes(of part: Part) -> [UInt16]? {
    switch part {
    case .excitatoryReversal: return excitatoryReversal.map { [$0] }
    case .inhibitoryReversal: return inhibitoryReversal.map { [$0] }
    case .adaptation: return adaptation.map { [$0.conductance, $0.increment, $0.time] }
    case .exponential: return exponential.map { [$0.slope, $0.threshold] }
    case .resetTime: return resetTime.map { [$0] }
    case .thresholdAdaptation: return thresholdAdaptation.map { [$0.increment, $0.time] }
    }
  }

  /// Switches a part on with its codes, in the order of ``parts``.
  mutating func set(_ part: Part, _ codes: [UInt16]) {
    switch part {
    case .excitatoryReversal: excitatoryReversal = codes[0]
    case .inhibitoryReversal: inhibitoryReversal = codes[0]
    case .adaptation:
      adaptation = Adaptation(conductance: codes[0], increment: codes[1], time: codes[2])
    case .exponential: exponential = ExponentialTerm(slope: codes[0], threshold: codes[1])
    case .resetTime: resetTime = codes[0]
    case .thresholdAdaptation:
      thresholdAdaptation = ThresholdAdaptation(increment: codes[0], time: codes[1])
    }
  }
}
