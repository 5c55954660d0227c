import HardwareSpec

/// A chip's data sheet: every number once, as lines for people and as JSON for programs.
///
/// The keys are those of the chip file, so that what is read here can be looked up there.
struct ChipSheet {
  private var sections: [(name: String, entries: [(key: String, value: JSON)])]

  init(_ chip: ChipSpec) {
    sections = [
      (
        "chip",
        [("name", .text(chip.name)), ("summary", .text(chip.summary)), ("hash", .text(chip.hash))]
      ),
      ("geometry", Self.entries(chip.geometry)),
      ("time", Self.entries(chip.time)),
    ]
    if chip.digital == nil { sections += Self.analogSections(of: chip) }
    sections += Self.optionalSections(of: chip)
  }

  /// What a digital chip has none of.
  private static func analogSections(
    of chip: ChipSpec
  ) -> [(name: String, entries: [(key: String, value: JSON)])] {
    [
      ("synapse", Self.entries(chip.synapse)),
      ("neuron", Self.entries(chip.neuron)),
      ("readout", Self.entries(chip.readout)),
      ("events", Self.entries(chip.events)),
      ("imperfections", Self.entries(chip.imperfections)),
    ]
  }

  /// One object a section.
  var json: JSON {
    .object(
      sections.map { section in
        (section.name, .object(section.entries.map { ($0.key, $0.value) }))
      })
  }

  /// One block of lines a section.
  var text: String {
    let width = sections.flatMap(\.entries).map(\.key.count).max() ?? 0
    return sections.map { section in
      ([section.name]
        + section.entries.map { entry in
          "  " + entry.key + String(repeating: " ", count: width - entry.key.count) + "  "
            + entry.value.brief
        }).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}

extension ChipSheet {
  private typealias Entries = [(key: String, value: JSON)]

  private static func entries(_ geometry: ChipGeometry) -> Entries {
    [
      ("mesh_columns", .integer(geometry.meshColumns)), ("mesh_rows", .integer(geometry.meshRows)),
      ("cores", .integer(geometry.coreCount)),
      ("circuits_per_core", .integer(geometry.circuitsPerCore)),
      ("circuits", .integer(geometry.coreCount * geometry.circuitsPerCore)),
      ("synapse_rows_per_core", .integer(geometry.synapseRowsPerCore)),
      (
        geometry.rowsPerAxon == 1 ? "axons_per_core" : "row_pairs_per_core",
        .integer(geometry.rowPairsPerCore)
      ),
      ("circuits_per_block", .integer(geometry.circuitsPerBlock)),
    ]
  }

  private static func entries(_ time: ChipTime) -> Entries {
    [
      ("clock_hertz", .number(time.clockHertz)), ("cycles_per_tick", .integer(time.cyclesPerTick)),
      ("tick_seconds", .number(time.tickSeconds)), ("acceleration", .number(time.acceleration)),
    ]
  }

  private static func entries(_ synapse: SynapseSpec) -> Entries {
    [
      ("weight_bits", .integer(synapse.weightBits)),
      ("largest_weight", .integer(synapse.largestWeight)),
      ("effective_steps_per_weight", .integer(synapse.effectiveStepsPerWeight)),
      (
        "weight_law",
        .object([
          ("offset", .number(synapse.weightLaw.offset)),
          ("quadratic", .number(synapse.weightLaw.quadratic)),
        ])
      ),
    ]
  }

  private static func entries(_ neuron: NeuronSpec) -> Entries {
    [
      ("potential_volts", .law(neuron.potential)),
      ("membrane_time_seconds", .law(neuron.membraneTime)),
      ("synaptic_time_seconds", .law(neuron.synapticTime)),
      ("gain_volts_per_weight", .law(neuron.gain)),
      ("largest_refractory_count", .integer(neuron.largestRefractoryCount)),
      ("input_saturation_weight", .number(neuron.inputSaturation)),
      ("rail_low_volts", .number(neuron.railVolts.lowerBound)),
      ("rail_high_volts", .number(neuron.railVolts.upperBound)),
    ]
  }

  private static func entries(_ readout: ReadoutSpec) -> Entries {
    [
      ("bits", .integer(readout.bits)), ("zero_volts", .number(readout.zeroVolts)),
      ("lsb_volts", .number(readout.lsbVolts)),
      ("sample_every_ticks", .integer(readout.sampleEveryTicks)),
      ("noise_lsb", .number(readout.noiseLSB)),
    ]
  }

  private static func entries(_ events: EventSpec) -> Entries {
    [
      ("port_cycles_per_event", .integer(events.portCyclesPerEvent)),
      ("port_waiting_events", .integer(events.portWaitingEvents)),
      ("local_latency_cycles", .integer(events.localLatencyCycles)),
      ("hop_latency_cycles", .integer(events.hopLatencyCycles)),
    ]
  }

  private static func entries(_ imperfections: ImperfectionSpec) -> Entries {
    spreads(imperfections) + [
      ("refractory_counts", .integer(imperfections.refractoryCounts)),
      ("synapse", .number(imperfections.synapse)),
      ("adc_offset_lsb", .number(imperfections.adcOffsetLSB)),
      ("membrane_noise", .number(imperfections.membraneNoise)),
      ("input_jitter", .number(imperfections.inputJitter)),
      ("spike_jitter", .number(imperfections.spikeJitter)),
    ] + silicon(imperfections)
  }

  /// How circuits differ: measured biases, or the spreads of what they set.
  private static func spreads(_ imperfections: ImperfectionSpec) -> Entries {
    if let parameters = imperfections.parameters {
      return DeviceParameter.allCases.map { ($0.rawValue, .spread(parameters[$0])) } + [
        ("local_correlations", .matrix(parameters.local)),
        ("block_correlations", .matrix(parameters.block)),
      ]
    }
    return [
      ("membrane_time", .spread(imperfections.membraneTime)),
      ("synaptic_time", .spread(imperfections.synapticTime)),
      ("gain", .spread(imperfections.gain)),
      ("threshold_distance", .spread(imperfections.thresholdDistance)),
      ("rest_potential", .spread(imperfections.restPotential)),
      ("input_offset", .spread(imperfections.inputOffset)),
      (
        "excitatory_inhibitory_correlation",
        .number(imperfections.excitatoryInhibitoryCorrelation)
      ),
      ("leak_reset_correlation", .number(imperfections.leakResetCorrelation)),
    ]
  }

  /// What a chip file may leave out: then it is 0.
  private static func silicon(_ imperfections: ImperfectionSpec) -> Entries {
    let (synapse, readout) = (imperfections.synapseErrors, imperfections.readoutErrors)
    let (cells, defects) = (imperfections.parameterDAC, imperfections.defectRates)
    return [
      ("dac_bit", .number(synapse.dacBit)), ("core_bit", .number(synapse.coreBit)),
      ("row_amplitude", .number(synapse.rowAmplitude)), ("row_pulse", .number(synapse.rowPulse)),
      ("column_gain", .number(synapse.columnGain)), ("adc_slope", .number(readout.slope)),
      ("adc_phase_ticks", .number(readout.phaseTicks)),
      ("trial_threshold", .number(imperfections.trialErrors.threshold)),
      ("trial_rest", .number(imperfections.trialErrors.rest)),
      ("drift_sigma", .number(imperfections.drift.sigma)),
      ("drift_per_kelvin", .number(imperfections.drift.perKelvin)),
      ("crosstalk_codes", .number(cells.crosstalkCodes)),
      ("settling_seconds", .number(cells.settlingSeconds)),
      ("dead_neurons", .number(defects.deadNeurons)),
      ("stuck_neurons", .number(defects.stuckNeurons)),
      ("dead_rows", .number(defects.deadRows)), ("dead_synapses", .number(defects.deadSynapses)),
      ("dead_cores", .number(defects.deadCores)), ("dead_links", .number(defects.deadLinks)),
    ]
  }
}

extension JSON {
  fileprivate static func law(_ law: ParameterLaw) -> JSON {
    .object([
      ("law", .text(law.shape.rawValue)), ("at_zero", .number(law.atZero)),
      ("at_full", .number(law.atFull)), ("highest_code", .integer(law.highestCode)),
    ])
  }

  fileprivate static func matrix(_ matrix: CorrelationMatrix) -> JSON {
    .object(
      matrix.entries.map {
        ("\($0.first.rawValue)-\($0.second.rawValue)", .number($0.value))
      })
  }

  fileprivate static func spread(_ spread: Spread) -> JSON {
    .object([("block", .number(spread.block)), ("local", .number(spread.local))])
  }
}
