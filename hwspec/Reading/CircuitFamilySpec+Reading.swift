extension CircuitFamilySpec {
  /// Reads the section `circuits`; nil when the chip file has none.
  ///
  /// `time` is nil where the file's clock is faulty: rules against it cannot be judged then.
  init?(reading file: SectionReader, _ time: ChipTime?) {
    guard file.has("circuits") else { return nil }
    let section = file.section(
      "circuits",
      keys: [
        "adaptation", "exponential_slope_volts", "reset", "threshold_adaptation",
        "conductance_per_weight", "input_stage", "short_term_plasticity",
      ])
    self.init()
    adaptation = AdaptationSpec(reading: section, time)
    exponentialSlope = section.optionalLaw("exponential_slope_volts", 1e-4...1)
    reset = ResetSpec(reading: section, time)
    thresholdAdaptation = ThresholdAdaptationSpec(reading: section, time)
    conductancePerWeight = section.optionalLaw("conductance_per_weight", 1e-9...1000)
    inputStage = InputStageSpec(reading: section)
    shortTermPlasticity = ShortTermPlasticitySpec(reading: section, time)
  }
}

extension AdaptationSpec {
  fileprivate init?(reading circuits: SectionReader, _ time: ChipTime?) {
    guard circuits.has("adaptation") else { return nil }
    let section = circuits.section(
      "adaptation", keys: ["conductance_of_leak", "increment_volts", "time_seconds"])
    self.init(
      conductance: section.law("conductance_of_leak", -100...100),
      increment: section.law("increment_volts", -5...5),
      time: section.slowLaw("time_seconds", time))
  }
}

extension ResetSpec {
  fileprivate init?(reading circuits: SectionReader, _ time: ChipTime?) {
    guard circuits.has("reset") else { return nil }
    let section = circuits.section("reset", keys: ["time_seconds", "comparator_delay_cycles"])
    self.init(
      time: section.law("time_seconds", 1e-9...1),
      comparatorDelayCycles: section.integer("comparator_delay_cycles", 0...63))
    guard let time else { return }
    section.require(
      comparatorDelayCycles < time.cyclesPerTick,
      "circuits.reset.comparator_delay_cycles is \(comparatorDelayCycles); a tick has"
        + " \(time.cyclesPerTick) cycles, and the comparator answers within one")
  }
}

extension ThresholdAdaptationSpec {
  fileprivate init?(reading circuits: SectionReader, _ time: ChipTime?) {
    guard circuits.has("threshold_adaptation") else { return nil }
    let section = circuits.section(
      "threshold_adaptation", keys: ["increment_volts", "time_seconds"])
    self.init(
      increment: section.law("increment_volts", -5...5),
      time: section.slowLaw("time_seconds", time))
  }
}

extension InputStageSpec {
  fileprivate init?(reading circuits: SectionReader) {
    guard circuits.has("input_stage") else { return nil }
    let section = circuits.section(
      "input_stage", keys: ["excitatory_level_weight", "inhibitory_level_weight"])
    self.init(
      excitatoryLevel: section.number("excitatory_level_weight", 1...1e6),
      inhibitoryLevel: section.number("inhibitory_level_weight", 1...1e6))
  }
}

extension ShortTermPlasticitySpec {
  fileprivate init?(reading circuits: SectionReader, _ time: ChipTime?) {
    guard circuits.has("short_term_plasticity") else { return nil }
    let section = circuits.section(
      "short_term_plasticity",
      keys: [
        "utilisation", "recovery_time_seconds", "depression", "facilitation",
        "facilitation_offset",
      ])
    self.init(
      utilisation: section.law("utilisation", 0...1),
      recoveryTime: section.slowLaw("recovery_time_seconds", time),
      depression: section.number("depression", 0...1),
      facilitation: section.number("facilitation", 0...100),
      facilitationOffset: section.number("facilitation_offset", 0...1))
    section.require(
      utilisation.highestCode <= 15,
      "circuits.short_term_plasticity.utilisation has codes up to \(utilisation.highestCode);"
        + " a driver stores 4 bits, codes up to 15")
    section.require(
      facilitation * facilitationOffset <= 1,
      "circuits.short_term_plasticity: facilitation times facilitation_offset is above 1,"
        + " which makes a first event's charge negative")
  }
}

extension SectionReader {
  /// A law that the chip may lack.
  fileprivate func optionalLaw(_ key: String, _ range: ClosedRange<Double>) -> ParameterLaw? {
    has(key) ? law(key, range) : nil
  }

  /// The law of a time constant that ticks must resolve: two of them at least.
  fileprivate func slowLaw(_ key: String, _ time: ChipTime?) -> ParameterLaw {
    let law = law(key, 1e-9...1000)
    guard let time else { return law }
    require(
      law.range.lowerBound >= 2 * time.tickSeconds,
      "\(name(key)) reaches down to \(law.range.lowerBound) s; two ticks,"
        + " \(2 * time.tickSeconds) s, are the least that the integrator resolves")
    return law
  }
}
