import Yams

extension ChipSpec {
  /// Parses a chip file and checks every key and range.
  ///
  /// - Throws: ``SpecError/faults(file:_:)`` with all faults of the file, each with its line.
  public init(yaml: String, file: String) throws(SpecError) {
    if let fault = FileGuard.chipFile.fault(in: yaml) { throw .faults(file: file, [fault]) }
    let faults = FaultList()
    let spec = ChipSpec(reading: try YAMLDocument.root(of: yaml, file: file), faults)
    try faults.throwAny(file: file)
    self = spec
  }

  private init(reading root: Node, _ faults: FaultList) {
    let file = SectionReader(
      root, path: "",
      keys: [
        "format", "name", "summary", "geometry", "time", "synapse", "neuron", "readout", "events",
        "imperfections", "circuits", "energy", "network", "coupling", "correlation", "learning",
        "digital",
      ], faults)
    let isAnalog = !file.has("digital")
    _ = file.word("format", allowed: ["synapus-chip/1"])
    self.init(
      name: file.text(
        "name", "1 to 64 lower-case letters, digits, '.', '_' and '-', beginning with a letter",
        where: Self.isName),
      summary: file.text(
        "summary", "1 to 200 printable characters without quotation mark and backslash",
        where: Self.isSummary),
      geometry: ChipGeometry(reading: file), time: ChipTime(reading: file),
      synapse: isAnalog ? SynapseSpec(reading: file) : .unused,
      neuron: isAnalog ? NeuronSpec(reading: file) : .unused,
      readout: isAnalog ? ReadoutSpec(reading: file) : .unused,
      events: isAnalog ? EventSpec(reading: file) : .unused,
      imperfections: isAnalog ? ImperfectionSpec(reading: file) : .unused)
    circuits = CircuitFamilySpec(reading: file, file.isFaultless ? time : nil)
    energy = EnergySpec(reading: file)
    network = NetworkSpec(reading: file)
    coupling = CouplingSpec(reading: root, faults)
    correlation = CorrelationSpec(reading: root, faults)
    learning = LearningSpec(reading: root, faults)
    digital = DigitalSpec(reading: root, faults)
    if isAnalog { checkBetweenSections(file) } else { checkDigital(file) }
  }

  private static func isName(_ text: String) -> Bool {
    text.wholeMatch(of: /[a-z][a-z0-9._-]{0,63}/) != nil
  }

  /// Whether the text stands between quotation marks as it is, so that the canonical form is exact.
  private static func isSummary(_ text: String) -> Bool {
    (1...200).contains(text.unicodeScalars.count)
      && text.unicodeScalars.allSatisfy { scalar in
        scalar != "\"" && scalar != "\\" && scalar.properties.generalCategory != .control
          && !Character(scalar).isNewline
      }
  }

  /// The rules that join numbers of several sections.
  private func checkBetweenSections(_ file: SectionReader) {
    let codes = (neuron.railVolts.upperBound - neuron.railVolts.lowerBound) / readout.lsbVolts
    file.require(
      codes <= 500,
      "the rails span \(Int(codes)) codes of the ADC; the membrane holds up to 500")
    let largestCharge = synapse.weightLaw.charge(synapse.largestWeight)
    let steps = Int((largestCharge * Double(synapse.effectiveStepsPerWeight)).rounded(.up))
    file.require(
      steps <= 255, "the largest weight takes \(steps) effective steps; up to 255 fit")
    let events = time.cyclesPerTick / events.portCyclesPerEvent
    file.require(
      events <= 32, "a core's port takes \(events) events in a tick; the rows take up to 32")
    checkTimeConstants(file)
    let largest = 32_767 / (2 * Double(synapse.effectiveStepsPerWeight))
    file.require(
      neuron.inputSaturation <= largest,
      "neuron.input_saturation_weight is \(neuron.inputSaturation); up to \(Int(largest)) fit"
        + " at \(synapse.effectiveStepsPerWeight) effective steps per weight")
    network?.check(self, file)
  }
}

extension ChipSpec {
  /// No circuit may be faster than the tick that it advances by.
  fileprivate func checkTimeConstants(_ file: SectionReader) {
    let laws = [
      ("membrane_time_seconds", neuron.membraneTime),
      ("synaptic_time_seconds", neuron.synapticTime),
    ]
    for (key, law) in laws {
      file.require(
        law.range.lowerBound >= time.tickSeconds,
        "neuron.\(key) reaches down to \(law.range.lowerBound) s, below one tick of"
          + " \(time.tickSeconds) s; make the tick shorter or the time longer")
    }
  }
}

extension ChipGeometry {
  init(reading file: SectionReader) {
    let isDigital = file.has("digital")
    let section = file.section(
      "geometry",
      keys: [
        "mesh_columns", "mesh_rows", "circuits_per_core", "synapse_rows_per_core",
        "circuits_per_block",
      ])
    self.init(
      meshColumns: section.integer("mesh_columns", 1...256),
      meshRows: section.integer("mesh_rows", 1...256),
      circuitsPerCore: section.integer("circuits_per_core", 16...(isDigital ? 1024 : 256)),
      synapseRowsPerCore: section.integer("synapse_rows_per_core", 2...4096),
      circuitsPerBlock: section.integer("circuits_per_block", 1...(isDigital ? 1024 : 256)),
      rowsPerAxon: isDigital ? 1 : 2)
    section.require(
      circuitsPerCore % 16 == 0, "geometry.circuits_per_core must be a multiple of 16")
    section.require(
      circuitsPerCore % circuitsPerBlock == 0,
      "geometry.circuits_per_block must divide circuits_per_core")
    section.require(
      synapseRowsPerCore % 2 == 0,
      "geometry.synapse_rows_per_core must be even: rows come in pairs")
  }
}

extension ChipTime {
  init(reading file: SectionReader) {
    let section = file.section("time", keys: ["clock_hertz", "cycles_per_tick", "acceleration"])
    self.init(
      clockHertz: section.number("clock_hertz", (file.has("digital") ? 100 : 1e6)...1e10),
      cyclesPerTick: section.integer("cycles_per_tick", 1...64),
      acceleration: section.number("acceleration", 1...1e6))
    section.require(
      64 % cyclesPerTick == 0,
      "time.cycles_per_tick must divide 64: phases are stored in 1/64 tick")
  }
}

extension SynapseSpec {
  init(reading file: SectionReader) {
    let section = file.section(
      "synapse", keys: ["weight_bits", "effective_steps_per_weight", "weight_law"])
    self.init(
      weightBits: section.integer("weight_bits", 1...7),
      effectiveStepsPerWeight: section.integer("effective_steps_per_weight", 1...255),
      weightLaw: WeightLaw(reading: section))
    section.require(
      weightLaw.isMonotonic(upTo: largestWeight),
      "synapse.weight_law must give a larger weight more charge, up to weight \(largestWeight)")
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
    section.require(high > low, "neuron.rail_high_volts must lie above rail_low_volts")
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
