extension ImperfectionSpec {
  var canonicalYAML: String {
    let first = parameters == nil ? [uniformYAML] : []
    let last = parameters.map { [$0.canonicalYAML] } ?? []
    return (first + [commonYAML] + optionalYAML + last).joined(separator: "\n")
  }

  private var uniformYAML: String {
    """
      membrane_time: \(membraneTime.canonicalYAML)
      synaptic_time: \(synapticTime.canonicalYAML)
      gain: \(gain.canonicalYAML)
      threshold_distance: \(thresholdDistance.canonicalYAML)
      rest_potential: \(restPotential.canonicalYAML)
      input_offset: \(inputOffset.canonicalYAML)
      excitatory_inhibitory_correlation: \(excitatoryInhibitoryCorrelation)
      leak_reset_correlation: \(leakResetCorrelation)
    """
  }

  private var commonYAML: String {
    """
      refractory_counts: \(refractoryCounts)
      synapse: \(synapse)
      adc_offset_lsb: \(adcOffsetLSB)
      membrane_noise: \(membraneNoise)
      input_jitter: \(inputJitter)
      spike_jitter: \(spikeJitter)
    """
  }

  /// The sections of the imperfections that the chip has, one line each.
  private var optionalYAML: [String] {
    var lines: [String] = []
    func add<Part: Equatable>(_ part: Part, _ none: Part, _ line: String) {
      if part != none { lines.append("  " + line) }
    }
    add(synapseErrors, .none, synapseErrors.canonicalYAML)
    add(
      readoutErrors, .none,
      "readout_errors: { slope: \(readoutErrors.slope), phase_ticks: \(readoutErrors.phaseTicks) }")
    add(
      trialErrors, .none,
      "trial_errors: { threshold: \(trialErrors.threshold), rest: \(trialErrors.rest) }")
    add(
      drift, .none,
      "drift: { sigma: \(drift.sigma), period_samples: \(drift.periodSamples),"
        + " own_part: \(drift.ownPart), per_kelvin: \(drift.perKelvin) }")
    add(
      parameterDAC, .none,
      "parameter_dac: { crosstalk_codes: \(parameterDAC.crosstalkCodes),"
        + " settling_seconds: \(parameterDAC.settlingSeconds) }")
    add(defectRates, .none, defectRates.canonicalYAML)
    return lines
  }
}

extension WeightLaw {
  /// A line of the section `synapse`, with the line feed before it; empty for a linear law.
  var canonicalYAML: String {
    self == .linear ? "" : "\n  weight_law: { offset: \(offset), quadratic: \(quadratic) }"
  }
}

extension SynapseErrorSpec {
  fileprivate var canonicalYAML: String {
    "synapse_errors: { dac_bit: \(dacBit), core_bit: \(coreBit), row_amplitude: \(rowAmplitude),"
      + " row_pulse: \(rowPulse), column_gain: \(columnGain) }"
  }
}

extension DefectRates {
  fileprivate var canonicalYAML: String {
    "defects: { dead_neurons: \(deadNeurons), stuck_neurons: \(stuckNeurons),"
      + " dead_rows: \(deadRows), dead_synapses: \(deadSynapses), dead_cores: \(deadCores),"
      + " dead_links: \(deadLinks) }"
  }
}

extension ParameterSpreads {
  fileprivate var canonicalYAML: String {
    let lines = DeviceParameter.allCases.map { "    \($0.rawValue): \(self[$0].canonicalYAML)" }
    let matrices = [
      local.canonicalYAML("local_correlations"), block.canonicalYAML("block_correlations"),
    ]
    return (["  parameters:"] + lines + matrices).joined(separator: "\n")
  }
}

extension CorrelationMatrix {
  fileprivate func canonicalYAML(_ name: String) -> String {
    guard !entries.isEmpty else { return "    \(name): {}" }
    let rows = DeviceParameter.allCases.compactMap { first -> String? in
      let row = entries.filter { $0.first == first }
      guard !row.isEmpty else { return nil }
      let pairs = row.map { "\($0.second.rawValue): \($0.value)" }
      return "      \(first.rawValue): { \(pairs.joined(separator: ", ")) }"
    }
    return (["    \(name):"] + rows).joined(separator: "\n")
  }
}
