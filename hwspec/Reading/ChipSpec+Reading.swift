import Yams

extension ChipSpec {
  /// Parses a chip file and checks every key and range.
  ///
  /// - Throws: ``SpecError/faults(file:_:)`` with all faults of the file, each with its line.
  public init(yaml: String, file: String) throws(SpecError) {
    let faults = FaultList()
    let root: Node
    do {
      guard let node = try compose(yaml: yaml) else {
        throw SpecError.faults(file: file, [.init(line: 1, message: "the file is empty")])
      }
      root = node
    } catch {
      throw .faults(file: file, [Self.fault(ofSyntax: error)])
    }
    let spec = ChipSpec(reading: root, faults)
    guard faults.faults.isEmpty else {
      throw .faults(file: file, faults.faults.sorted { $0.line < $1.line })
    }
    self = spec
  }

  private static func fault(ofSyntax error: any Error) -> SpecError.Fault {
    if case SpecError.faults(_, let list) = error, let first = list.first { return first }
    if case YamlError.parser(_, let problem, let mark, _) = error {
      return .init(line: mark.line, message: "not YAML: \(problem)")
    }
    if case YamlError.scanner(_, let problem, let mark, _) = error {
      return .init(line: mark.line, message: "not YAML: \(problem)")
    }
    return .init(line: 1, message: "not YAML: \(error)".replacing("\n", with: " "))
  }

  private init(reading root: Node, _ faults: FaultList) {
    let file = SectionReader(
      root, path: "",
      keys: [
        "format", "name", "summary", "geometry", "time", "synapse", "neuron", "readout", "events",
        "imperfections",
      ], faults)
    _ = file.text("format", allowed: ["synapus-chip/1"])
    self.init(
      name: file.text("name"), summary: file.text("summary"),
      geometry: ChipGeometry(reading: file), time: ChipTime(reading: file),
      synapse: SynapseSpec(reading: file), neuron: NeuronSpec(reading: file),
      readout: ReadoutSpec(reading: file), events: EventSpec(reading: file),
      imperfections: ImperfectionSpec(reading: file))
    checkBetweenSections(file)
  }

  /// The rules that join numbers of several sections.
  private func checkBetweenSections(_ file: SectionReader) {
    let codes = (neuron.railVolts.upperBound - neuron.railVolts.lowerBound) / readout.lsbVolts
    if codes > 500 {
      file.fault("the rails span \(Int(codes)) codes of the ADC; the membrane holds up to 500")
    }
    if synapse.largestWeight * synapse.effectiveStepsPerWeight > 255 {
      file.fault(
        "the largest weight takes \(synapse.largestWeight * synapse.effectiveStepsPerWeight)"
          + " effective steps; up to 255 fit")
    }
    let largest = 32_767 / (2 * Double(synapse.effectiveStepsPerWeight))
    if neuron.inputSaturation > largest {
      file.fault(
        "neuron.input_saturation_weight is \(neuron.inputSaturation); up to \(Int(largest)) fit"
          + " at \(synapse.effectiveStepsPerWeight) effective steps per weight")
    }
    if geometry.circuitsPerCore % geometry.circuitsPerBlock != 0 {
      file.fault("geometry.circuits_per_block must divide circuits_per_core")
    }
  }
}

extension ChipGeometry {
  init(reading file: SectionReader) {
    let section = file.section(
      "geometry",
      keys: [
        "mesh_columns", "mesh_rows", "circuits_per_core", "synapse_rows_per_core",
        "circuits_per_block",
      ])
    self.init(
      meshColumns: section.integer("mesh_columns", 1...256),
      meshRows: section.integer("mesh_rows", 1...256),
      circuitsPerCore: section.integer("circuits_per_core", 16...256),
      synapseRowsPerCore: section.integer("synapse_rows_per_core", 2...4096),
      circuitsPerBlock: section.integer("circuits_per_block", 1...256))
    if circuitsPerCore % 16 != 0 {
      section.fault("geometry.circuits_per_core must be a multiple of 16")
    }
    if synapseRowsPerCore % 2 != 0 {
      section.fault("geometry.synapse_rows_per_core must be even: rows come in pairs")
    }
  }
}

extension ChipTime {
  init(reading file: SectionReader) {
    let section = file.section("time", keys: ["clock_hertz", "cycles_per_tick", "acceleration"])
    self.init(
      clockHertz: section.number("clock_hertz", 1e6...1e10),
      cyclesPerTick: section.integer("cycles_per_tick", 1...64),
      acceleration: section.number("acceleration", 1...1e6))
    if 64 % cyclesPerTick != 0 {
      section.fault("time.cycles_per_tick must divide 64: phases are stored in 1/64 tick")
    }
  }
}

extension SynapseSpec {
  init(reading file: SectionReader) {
    let section = file.section("synapse", keys: ["weight_bits", "effective_steps_per_weight"])
    self.init(
      weightBits: section.integer("weight_bits", 1...7),
      effectiveStepsPerWeight: section.integer("effective_steps_per_weight", 1...255))
  }
}

extension NeuronSpec {
  init(reading file: SectionReader) {
    let section = file.section(
      "neuron",
      keys: [
        "potential_volts", "membrane_time_seconds", "synaptic_time_seconds",
        "gain_volts_per_weight", "largest_refractory_count", "input_saturation_weight",
        "rail_low_volts", "rail_high_volts",
      ])
    let low = section.number("rail_low_volts", -5...5)
    let high = section.number("rail_high_volts", -5...5)
    if high <= low { section.fault("neuron.rail_high_volts must lie above rail_low_volts") }
    self.init(
      potential: section.law("potential_volts", -5...5),
      membraneTime: section.law("membrane_time_seconds", 1e-9...1),
      synapticTime: section.law("synaptic_time_seconds", 1e-9...1),
      gain: section.law("gain_volts_per_weight", 1e-9...10),
      largestRefractoryCount: section.integer("largest_refractory_count", 1...255),
      inputSaturation: section.number("input_saturation_weight", 1...32_767),
      railVolts: low...max(low, high))
  }
}

extension ReadoutSpec {
  init(reading file: SectionReader) {
    let section = file.section(
      "readout", keys: ["bits", "zero_volts", "lsb_volts", "sample_every_ticks", "noise_lsb"])
    self.init(
      bits: section.integer("bits", 1...8), zeroVolts: section.number("zero_volts", -5...5),
      lsbVolts: section.number("lsb_volts", 1e-6...1),
      sampleEveryTicks: section.integer("sample_every_ticks", 1...10_000),
      noiseLSB: section.number("noise_lsb", 0...32))
  }
}

extension EventSpec {
  init(reading file: SectionReader) {
    let section = file.section(
      "events",
      keys: [
        "port_cycles_per_event", "port_waiting_events", "local_latency_cycles",
        "hop_latency_cycles",
      ])
    self.init(
      portCyclesPerEvent: section.integer("port_cycles_per_event", 1...64),
      portWaitingEvents: section.integer("port_waiting_events", 1...4096),
      localLatencyCycles: section.integer("local_latency_cycles", 0...1024),
      hopLatencyCycles: section.integer("hop_latency_cycles", 0...64))
  }
}

extension ImperfectionSpec {
  init(reading file: SectionReader) {
    let section = file.section(
      "imperfections",
      keys: [
        "membrane_time", "synaptic_time", "gain", "threshold_distance", "rest_potential",
        "input_offset", "excitatory_inhibitory_correlation", "leak_reset_correlation",
        "refractory_counts", "synapse", "adc_offset_lsb", "membrane_noise", "input_jitter",
        "spike_jitter",
      ])
    self.init(
      membraneTime: section.spread("membrane_time", 0...1),
      synapticTime: section.spread("synaptic_time", 0...1),
      gain: section.spread("gain", 0...1),
      thresholdDistance: section.spread("threshold_distance", 0...1),
      restPotential: section.spread("rest_potential", 0...1),
      inputOffset: section.spread("input_offset", 0...1),
      excitatoryInhibitoryCorrelation: section.number("excitatory_inhibitory_correlation", -1...1),
      leakResetCorrelation: section.number("leak_reset_correlation", -1...1),
      refractoryCounts: section.integer("refractory_counts", 0...8),
      synapse: section.number("synapse", 0...1),
      adcOffsetLSB: section.number("adc_offset_lsb", 0...64),
      membraneNoise: section.number("membrane_noise", 0...1),
      inputJitter: section.number("input_jitter", 0...0.5),
      spikeJitter: section.number("spike_jitter", 0...1))
  }
}
