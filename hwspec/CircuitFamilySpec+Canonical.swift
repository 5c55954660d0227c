extension CircuitFamilySpec {
  /// The section `circuits` of the canonical form: only the parts that the chip has.
  var canonicalYAML: String {
    var lines = ["circuits:"]
    lines += adaptation.map(\.canonicalLines) ?? []
    if let law = exponentialSlope {
      lines.append("  exponential_slope_volts: \(law.canonicalYAML)")
    }
    lines += reset.map(\.canonicalLines) ?? []
    lines += thresholdAdaptation.map(\.canonicalLines) ?? []
    if let law = conductancePerWeight {
      lines.append("  conductance_per_weight: \(law.canonicalYAML)")
    }
    lines += inputStage.map(\.canonicalLines) ?? []
    lines += shortTermPlasticity.map(\.canonicalLines) ?? []
    return lines.count == 1 ? "" : lines.joined(separator: "\n") + "\n"
  }
}

extension AdaptationSpec {
  fileprivate var canonicalLines: [String] {
    [
      "  adaptation:", "    conductance_of_leak: \(conductance.canonicalYAML)",
      "    increment_volts: \(increment.canonicalYAML)", "    time_seconds: \(time.canonicalYAML)",
    ]
  }
}

extension ResetSpec {
  fileprivate var canonicalLines: [String] {
    [
      "  reset:", "    time_seconds: \(time.canonicalYAML)",
      "    comparator_delay_cycles: \(comparatorDelayCycles)",
    ]
  }
}

extension ThresholdAdaptationSpec {
  fileprivate var canonicalLines: [String] {
    [
      "  threshold_adaptation:", "    increment_volts: \(increment.canonicalYAML)",
      "    time_seconds: \(time.canonicalYAML)",
    ]
  }
}

extension InputStageSpec {
  fileprivate var canonicalLines: [String] {
    [
      "  input_stage:", "    excitatory_level_weight: \(excitatoryLevel)",
      "    inhibitory_level_weight: \(inhibitoryLevel)",
    ]
  }
}

extension ShortTermPlasticitySpec {
  fileprivate var canonicalLines: [String] {
    [
      "  short_term_plasticity:", "    utilisation: \(utilisation.canonicalYAML)",
      "    recovery_time_seconds: \(recoveryTime.canonicalYAML)",
      "    depression: \(depression)", "    facilitation: \(facilitation)",
      "    facilitation_offset: \(facilitationOffset)",
    ]
  }
}
