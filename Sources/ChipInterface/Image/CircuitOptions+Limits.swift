import HardwareSpec

extension CircuitOptions {
  /// Each code that is set, with its name and the highest code allowed.
  func limits(_ spec: ChipSpec) -> [(String, Int, Int)] {
    codesAndLaws(spec).compactMap { name, code, law in
      guard let code, let law else { return nil }
      return (name, Int(code), law.highestCode)
    }
  }

  /// The parts that are on though the chip's file has no law for them.
  func partsNotOnChip(_ spec: ChipSpec) -> [String] {
    let family = spec.circuits
    let needs: [(Bool, Bool, String)] = [
      (excitatoryReversal != nil, family?.conductancePerWeight != nil, "excitatory reversal"),
      (inhibitoryReversal != nil, family?.conductancePerWeight != nil, "inhibitory reversal"),
      (adaptation != nil, family?.adaptation != nil, "adaptation"),
      (exponential != nil, family?.exponentialSlope != nil, "exponential term"),
      (resetTime != nil, family?.reset != nil, "reset time"),
      (thresholdAdaptation != nil, family?.thresholdAdaptation != nil, "threshold adaptation"),
    ]
    return needs.filter { $0.0 && !$0.1 }.map(\.2)
  }

  private func codesAndLaws(_ spec: ChipSpec) -> [(String, UInt16?, ParameterLaw?)] {
    let (family, potential) = (spec.circuits, spec.neuron.potential)
    return [
      ("excitatory reversal", excitatoryReversal, potential),
      ("inhibitory reversal", inhibitoryReversal, potential),
      ("adaptation conductance", adaptation?.conductance, family?.adaptation?.conductance),
      ("adaptation increment", adaptation?.increment, family?.adaptation?.increment),
      ("adaptation time", adaptation?.time, family?.adaptation?.time),
      ("exponential slope", exponential?.slope, family?.exponentialSlope),
      ("exponential threshold", exponential?.threshold, potential),
      ("reset time", resetTime, family?.reset?.time),
      (
        "threshold increment", thresholdAdaptation?.increment,
        family?.thresholdAdaptation?.increment
      ),
      ("threshold time", thresholdAdaptation?.time, family?.thresholdAdaptation?.time),
    ]
  }
}

extension CoreImage {
  /// Circuits and row drivers that need a part which the chip's file does not have.
  func faultsOfMissingParts(_ spec: ChipSpec) -> [ImageFault] {
    var faults: [ImageFault] = []
    for (column, circuit) in circuits.enumerated() where !circuit.options.isPlain {
      for part in circuit.options.partsNotOnChip(spec) {
        faults.append(
          .notOnChip(what: "core \(core.index) column \(column)", needs: "the circuit part \(part)")
        )
      }
    }
    if !rowPlasticity.isEmpty, spec.circuits?.shortTermPlasticity == nil {
      faults.append(
        .notOnChip(what: "core \(core.index)", needs: "row drivers with short-term plasticity"))
    }
    return faults
  }
}
