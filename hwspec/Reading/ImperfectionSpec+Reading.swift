import Yams

extension ImperfectionSpec {
  /// The keys that say how circuits differ where no measured `parameters` do.
  private static let uniformKeys = [
    "membrane_time", "synaptic_time", "gain", "threshold_distance", "rest_potential",
    "input_offset", "excitatory_inhibitory_correlation", "leak_reset_correlation",
  ]
  /// The keys that every chip file has.
  private static let commonKeys = [
    "refractory_counts", "synapse", "adc_offset_lsb", "membrane_noise", "input_jitter",
    "spike_jitter",
  ]
  /// Sections that a chip without such imperfections leaves out.
  private static let optionalKeys = [
    "synapse_errors", "readout_errors", "trial_errors", "drift", "parameter_dac", "defects",
  ]

  init(reading file: SectionReader) {
    let measured = file.inner("imperfections")?.has("parameters") == true
    let keys = (measured ? [] : Self.uniformKeys) + ["parameters"]
    let section = file.section(
      "imperfections", keys: keys + Self.commonKeys + Self.optionalKeys)
    if measured {
      let parameters = ParameterSpreads(reading: section)
      self.init(measured: parameters, reading: section)
    } else {
      self.init(uniform: section)
    }
    readOptional(section)
  }

  private init(uniform section: SectionReader) {
    self.init(
      membraneTime: section.spread("membrane_time", 0...1),
      synapticTime: section.spread("synaptic_time", 0...1),
      gain: section.spread("gain", 0...1),
      thresholdDistance: section.spread("threshold_distance", 0...1),
      restPotential: section.spread("rest_potential", 0...1),
      inputOffset: section.spread("input_offset", 0...1),
      excitatoryInhibitoryCorrelation: section.number("excitatory_inhibitory_correlation", -1...1),
      leakResetCorrelation: section.number("leak_reset_correlation", -1...1),
      common: section)
  }

  /// The spreads that people know, from the biases' own; potentials have none of these.
  private init(measured parameters: ParameterSpreads, reading section: SectionReader) {
    let zero = Spread(block: 0, local: 0)
    self.init(
      membraneTime: parameters[.leakCurrent], synapticTime: parameters[.excitatoryCurrent],
      gain: parameters[.excitatoryGain], thresholdDistance: zero, restPotential: zero,
      inputOffset: zero,
      excitatoryInhibitoryCorrelation: parameters.local[.excitatoryGain, .inhibitoryGain],
      leakResetCorrelation: parameters.local[.leakPotential, .resetPotential], common: section)
    self.parameters = parameters
  }

  private init(
    membraneTime: Spread, synapticTime: Spread, gain: Spread, thresholdDistance: Spread,
    restPotential: Spread, inputOffset: Spread, excitatoryInhibitoryCorrelation: Double,
    leakResetCorrelation: Double, common section: SectionReader
  ) {
    self.init(
      membraneTime: membraneTime, synapticTime: synapticTime, gain: gain,
      thresholdDistance: thresholdDistance, restPotential: restPotential, inputOffset: inputOffset,
      excitatoryInhibitoryCorrelation: excitatoryInhibitoryCorrelation,
      leakResetCorrelation: leakResetCorrelation,
      refractoryCounts: section.integer("refractory_counts", 0...8),
      synapse: section.number("synapse", 0...1),
      adcOffsetLSB: section.number("adc_offset_lsb", 0...64),
      membraneNoise: section.number("membrane_noise", 0...1),
      inputJitter: section.number("input_jitter", 0...0.5),
      spikeJitter: section.number("spike_jitter", 0...1))
  }

  private mutating func readOptional(_ section: SectionReader) {
    synapseErrors = SynapseErrorSpec(reading: section)
    readoutErrors = ReadoutErrorSpec(reading: section)
    trialErrors = TrialErrorSpec(reading: section)
    drift = DriftSpec(reading: section)
    parameterDAC = ParameterDACSpec(reading: section)
    defectRates = DefectRates(reading: section)
  }
}

extension ParameterSpreads {
  init(reading imperfections: SectionReader) {
    let names = DeviceParameter.allCases.map(\.rawValue)
    let section = imperfections.section(
      "parameters", keys: names + ["local_correlations", "block_correlations"])
    self.init(
      spreads: DeviceParameter.allCases.map { section.spread($0.rawValue, 0...1) },
      local: CorrelationMatrix(reading: section, "local_correlations"),
      block: CorrelationMatrix(reading: section, "block_correlations"))
  }
}

extension CorrelationMatrix {
  /// Reads `first: { second: 0.6, … }`; a matrix that is not positive definite is a fault.
  init(reading parameters: SectionReader, _ key: String) {
    let names = DeviceParameter.allCases.map(\.rawValue)
    let section = parameters.section(key, keys: names)
    var entries: [Entry] = []
    for first in DeviceParameter.allCases where section.has(first.rawValue) {
      let row = section.section(first.rawValue, keys: names)
      for second in DeviceParameter.allCases where row.has(second.rawValue) {
        let value = row.number(second.rawValue, -1...1)
        row.require(
          first != second, "'\(key)' correlates '\(first.rawValue)' with itself; leave it out")
        let (low, high) = first.index < second.index ? (first, second) : (second, first)
        row.require(
          !entries.contains { $0.first == low && $0.second == high },
          "'\(key)' gives '\(low.rawValue)' with '\(high.rawValue)' twice; once is enough")
        entries.append(Entry(low, high, value))
      }
    }
    let matrix = CorrelationMatrix(entries)
    section.require(
      matrix.factor != nil,
      "'\(key)' is not positive definite: no device can have all these correlations at once;"
        + " make some of them smaller")
    self = matrix.factor == nil ? .none : matrix
  }
}

extension WeightLaw {
  init(reading synapse: SectionReader) {
    self = synapse.optional("weight_law", keys: ["offset", "quadratic"], .linear) { section in
      WeightLaw(
        offset: section.number("offset", -16...16), quadratic: section.number("quadratic", -1...1))
    }
  }
}

extension SynapseErrorSpec {
  private static let keys = [
    "dac_bit", "core_bit", "row_amplitude", "row_pulse", "column_gain",
  ]

  init(reading imperfections: SectionReader) {
    self = imperfections.optional("synapse_errors", keys: Self.keys, .none) { section in
      SynapseErrorSpec(
        dacBit: section.number("dac_bit", 0...0.5), coreBit: section.number("core_bit", 0...0.5),
        rowAmplitude: section.number("row_amplitude", 0...0.5),
        rowPulse: section.number("row_pulse", 0...0.5),
        columnGain: section.number("column_gain", 0...0.5))
    }
  }
}

extension ReadoutErrorSpec {
  init(reading imperfections: SectionReader) {
    self = imperfections.optional("readout_errors", keys: ["slope", "phase_ticks"], .none) {
      ReadoutErrorSpec(
        slope: $0.number("slope", 0...0.1), phaseTicks: $0.number("phase_ticks", 0...16))
    }
  }
}

extension TrialErrorSpec {
  init(reading imperfections: SectionReader) {
    self = imperfections.optional("trial_errors", keys: ["threshold", "rest"], .none) {
      TrialErrorSpec(threshold: $0.number("threshold", 0...1), rest: $0.number("rest", 0...1))
    }
  }
}

extension DriftSpec {
  init(reading imperfections: SectionReader) {
    let keys = ["sigma", "period_samples", "own_part", "per_kelvin"]
    self = imperfections.optional("drift", keys: keys, .none) { section in
      DriftSpec(
        sigma: section.number("sigma", 0...0.5),
        periodSamples: section.integer("period_samples", 64...1_000_000),
        ownPart: section.number("own_part", 0...1),
        perKelvin: section.number("per_kelvin", -0.05...0.05))
    }
  }
}

extension ParameterDACSpec {
  init(reading imperfections: SectionReader) {
    let keys = ["crosstalk_codes", "settling_seconds"]
    self = imperfections.optional("parameter_dac", keys: keys, .none) { section in
      ParameterDACSpec(
        crosstalkCodes: section.number("crosstalk_codes", -50...50),
        settlingSeconds: section.number("settling_seconds", 0...10))
    }
  }
}

extension DefectRates {
  init(reading imperfections: SectionReader) {
    let keys = [
      "dead_neurons", "stuck_neurons", "dead_rows", "dead_synapses", "dead_cores", "dead_links",
    ]
    self = imperfections.optional("defects", keys: keys, .none) { section in
      func rate(_ key: String) -> Double { section.number(key, 0...1) }
      let rates = DefectRates(
        deadNeurons: rate(keys[0]), stuckNeurons: rate(keys[1]), deadRows: rate(keys[2]),
        deadSynapses: rate(keys[3]), deadCores: rate(keys[4]), deadLinks: rate(keys[5]))
      section.require(
        rates.deadNeurons + rates.stuckNeurons <= 1,
        "imperfections.defects: dead_neurons and stuck_neurons are more than all neurons")
      return rates
    }
  }
}
