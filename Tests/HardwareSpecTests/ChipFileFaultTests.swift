import HardwareSpec
import Testing

/// Every key of the format, damaged in every way, is refused at the right line.
@Suite struct ChipFileFaultTests {
  static let file = ChipFileLines.plain("synapus-1")

  /// What the format allows, written down a second time.
  static let ranges: [String: (String, String)] = [
    "geometry.mesh_columns": ("1", "256"),
    "geometry.mesh_rows": ("1", "256"),
    "geometry.circuits_per_core": ("16", "256"),
    "geometry.synapse_rows_per_core": ("2", "4096"),
    "geometry.circuits_per_block": ("1", "256"),
    "time.clock_hertz": ("1000000.0", "10000000000.0"),
    "time.cycles_per_tick": ("1", "64"),
    "time.acceleration": ("1.0", "1000000.0"),
    "synapse.weight_bits": ("1", "7"),
    "synapse.effective_steps_per_weight": ("1", "255"),
    "neuron.potential_volts.at_zero": ("-5.0", "5.0"),
    "neuron.potential_volts.at_full": ("-5.0", "5.0"),
    "neuron.potential_volts.highest_code": ("1", "4095"),
    "neuron.membrane_time_seconds.at_zero": ("1e-09", "1.0"),
    "neuron.membrane_time_seconds.at_full": ("1e-09", "1.0"),
    "neuron.membrane_time_seconds.highest_code": ("1", "4095"),
    "neuron.synaptic_time_seconds.at_zero": ("1e-09", "1.0"),
    "neuron.synaptic_time_seconds.at_full": ("1e-09", "1.0"),
    "neuron.synaptic_time_seconds.highest_code": ("1", "4095"),
    "neuron.gain_volts_per_weight.at_zero": ("1e-09", "10.0"),
    "neuron.gain_volts_per_weight.at_full": ("1e-09", "10.0"),
    "neuron.gain_volts_per_weight.highest_code": ("1", "4095"),
    "neuron.largest_refractory_count": ("1", "255"),
    "neuron.input_saturation_weight": ("1.0", "32767.0"),
    "neuron.rail_low_volts": ("-5.0", "5.0"),
    "neuron.rail_high_volts": ("-5.0", "5.0"),
    "readout.bits": ("1", "8"),
    "readout.zero_volts": ("-5.0", "5.0"),
    "readout.lsb_volts": ("1e-06", "1.0"),
    "readout.sample_every_ticks": ("1", "10000"),
    "readout.noise_lsb": ("0.0", "32.0"),
    "events.port_cycles_per_event": ("1", "64"),
    "events.port_waiting_events": ("1", "4096"),
    "events.local_latency_cycles": ("0", "1024"),
    "events.hop_latency_cycles": ("0", "64"),
    "imperfections.membrane_time.block": ("0.0", "1.0"),
    "imperfections.membrane_time.local": ("0.0", "1.0"),
    "imperfections.synaptic_time.block": ("0.0", "1.0"),
    "imperfections.synaptic_time.local": ("0.0", "1.0"),
    "imperfections.gain.block": ("0.0", "1.0"),
    "imperfections.gain.local": ("0.0", "1.0"),
    "imperfections.threshold_distance.block": ("0.0", "1.0"),
    "imperfections.threshold_distance.local": ("0.0", "1.0"),
    "imperfections.rest_potential.block": ("0.0", "1.0"),
    "imperfections.rest_potential.local": ("0.0", "1.0"),
    "imperfections.input_offset.block": ("0.0", "1.0"),
    "imperfections.input_offset.local": ("0.0", "1.0"),
    "imperfections.excitatory_inhibitory_correlation": ("-1.0", "1.0"),
    "imperfections.leak_reset_correlation": ("-1.0", "1.0"),
    "imperfections.refractory_counts": ("0", "8"),
    "imperfections.synapse": ("0.0", "1.0"),
    "imperfections.adc_offset_lsb": ("0.0", "64.0"),
    "imperfections.membrane_noise": ("0.0", "1.0"),
    "imperfections.input_jitter": ("0.0", "0.5"),
    "imperfections.spike_jitter": ("0.0", "1.0"),
    "energy.synaptic_event_joules": ("0.0", "0.001"),
    "energy.row_event_joules": ("0.0", "0.001"),
    "energy.spike_joules": ("0.0", "0.001"),
    "energy.delivered_event_joules": ("0.0", "0.001"),
    "energy.hop_joules": ("0.0", "0.001"),
    "energy.conversion_joules": ("0.0", "0.001"),
    "energy.learning_operation_joules": ("0.0", "0.001"),
    "energy.circuit_standby_watts": ("0.0", "1.0"),
    "energy.core_standby_watts": ("0.0", "100.0"),
    "energy.chip_standby_watts": ("0.0", "10000.0"),
    "energy.readout_seconds_per_set": ("0.0", "1.0"),
    "energy.set_up_seconds_per_sample": ("0.0", "10.0"),
    "coupling.most_cores": ("1", "64"),
    "coupling.column_reach": ("0", "256"),
    "coupling.most_compartments": ("1", "8"),
    "coupling.inter_compartment_seconds.at_zero": ("1e-09", "1.0"),
    "coupling.inter_compartment_seconds.at_full": ("1e-09", "1.0"),
    "coupling.inter_compartment_seconds.highest_code": ("1", "4095"),
    "coupling.conductance_spread": ("0.0", "1.0"),
    "correlation.bits": ("1", "8"),
    "correlation.time_constant_seconds": ("1e-09", "1.0"),
    "correlation.time_constant_spread.block": ("0.0", "1.0"),
    "correlation.time_constant_spread.local": ("0.0", "1.0"),
    "correlation.time_trim_factor": ("1.0", "4.0"),
    "correlation.amplitude_codes": ("0.01", "16.0"),
    "correlation.amplitude_spread.block": ("0.0", "1.0"),
    "correlation.amplitude_spread.local": ("0.0", "1.0"),
    "correlation.amplitude_trim_factor": ("1.0", "4.0"),
    "learning.trace_bits": ("1", "8"),
    "learning.weight_factor_bits": ("1", "9"),
    "learning.delay_factor_bits": ("1", "9"),
    "learning.tag_factor_bits": ("1", "9"),
    "learning.signed_factor_bits": ("1", "9"),
    "learning.constant_bits": ("2", "9"),
    "learning.mantissa_bits": ("2", "8"),
    "learning.lowest_exponent": ("-16", "0"),
    "learning.highest_exponent": ("0", "15"),
    "learning.accumulator_bits": ("8", "24"),
    "learning.fraction_bits": ("1", "12"),
    "learning.accumulator_low": ("-33554432", "-1"),
    "learning.accumulator_high": ("1", "33554432"),
    "learning.tag_low": ("-512", "0"),
    "learning.tag_high": ("1", "511"),
    "learning.longest_delay_ticks": ("0", "255"),
    "learning.longest_epoch_ticks": ("1", "65535"),
    "learning.microcode_words": ("1", "65536"),
    "learning.membrane_every_ticks": ("1", "10000"),
    "learning.graded_events_per_tick": ("1", "65536"),
    "learning.cycles_per_epoch": ("0", "1000000"),
    "learning.cycles_per_row": ("0", "1000000"),
    "learning.cycles_per_word_and_row": ("0", "1000000"),
  ]

  @Test func everyKeyIsCovered() {
    let numbers = Self.file.leaves.filter { Double($0.value) != nil }.map(\.path)
    #expect(Set(numbers) == Set(Self.ranges.keys))
    #expect(numbers.count == Set(numbers).count)
  }

  @Test(arguments: file.leaves)
  func missingKey(leaf: ChipFileLines.Leaf) {
    let found = faults(of: Self.file.without(leaf))
    #expect(
      found == [.init(line: leaf.mappingLine + 1, message: "'\(leaf.path)' is missing")],
      "without \(leaf.path)")
  }

  @Test(arguments: file.leaves)
  func unknownKey(leaf: ChipFileLines.Leaf) throws {
    let found = faults(of: Self.file.with(extraKey: "bogus_key", beside: leaf))
    let fault = try #require(found.first)
    #expect(found.count == 1)
    #expect(fault.line == (leaf.isInline ? leaf.line + 1 : leaf.line + 2))
    #expect(fault.message.hasPrefix("unknown key 'bogus_key' in "))
    #expect(fault.message.contains("allowed are "))
    #expect(fault.message.contains(leaf.key), "the allowed keys are listed")
  }

  @Test(arguments: file.leaves.filter { ranges[$0.path] != nil })
  func numberOutOfRange(leaf: ChipFileLines.Leaf) throws {
    let (low, high) = try #require(Self.ranges[leaf.path])
    let isWhole = Int(low) != nil
    let kind = isWhole ? "a whole number" : "a number"
    for value in Self.outside(low, high) + ["abc", ".nan", ".inf", "nan", "0x10", "\"4\"", "1:30"] {
      let shown = value == "\"4\"" ? "4" : value
      let found = faults(of: Self.file.with(leaf, value))
      let expected = SpecError.Fault(
        line: leaf.line + 1,
        message: "'\(leaf.path)' is \(shown); \(kind) from \(low) to \(high) is allowed")
      #expect(found.contains(expected), "\(leaf.path): \(value) gave \(found)")
    }
    if isWhole {
      #expect(faults(of: Self.file.with(leaf, "4.5")).contains { $0.line == leaf.line + 1 })
    }
  }

  /// Numbers just outside and far outside a range.
  private static func outside(_ low: String, _ high: String) -> [String] {
    let far = ["-1e30", "1e30", "-9223372036854775809", "99999999999999999999"]
    if let low = Int(low), let high = Int(high) { return ["\(low - 1)", "\(high + 1)"] + far }
    guard let low = Double(low), let high = Double(high) else { return far }
    return ["\(low.nextDown)", "\(high.nextUp)"] + far
  }

  @Test(arguments: file.leaves.filter { ranges[$0.path] != nil })
  func rangeEndsAreAccepted(leaf: ChipFileLines.Leaf) throws {
    let (low, high) = try #require(Self.ranges[leaf.path])
    for end in [low, high] {
      let found = faults(of: Self.file.with(leaf, end))
      #expect(!found.contains { $0.message.contains("is allowed") }, "\(leaf.path): \(end)")
    }
  }

  @Test(arguments: ["geometry", "time", "synapse", "neuron", "readout", "events", "imperfections"])
  func missingSectionIsOneFault(section: String) throws {
    var lines = Self.file.lines
    let start = try #require(lines.firstIndex(of: "\(section):"))
    let end = lines[(start + 1)...].firstIndex { !$0.hasPrefix("  ") } ?? lines.endIndex
    lines.removeSubrange(start..<end)
    let found = faults(of: lines.joined(separator: "\n"))
    #expect(found.contains(.init(line: 1, message: "'\(section)' is missing")))
    #expect(!found.contains { $0.message.contains("'\(section).") })
  }

  @Test func aChipWithoutEnergiesHasNone() throws {
    var lines = Self.file.lines
    let start = try #require(lines.firstIndex(of: "energy:"))
    let end = lines[(start + 1)...].firstIndex { !$0.hasPrefix("  ") } ?? lines.endIndex
    lines.removeSubrange(start..<end)
    let spec = try ChipSpec(yaml: lines.joined(separator: "\n"), file: "without.yaml")
    #expect(spec.energy == nil)
    #expect(!spec.canonicalYAML.contains("energy"))
    #expect(try ChipLibrary.chip("synapus-1").energy != nil)
  }

  @Test func allFaultsAreListedInOrder() {
    var text = Self.file.lines.joined(separator: "\n")
    text = text.replacing("mesh_rows: 4", with: "mesh_rows: 0")
      .replacing("weight_bits: 4", with: "weight_bits: 8")
      .replacing("spike_jitter: 0.1", with: "spike_jitter: 2\n  colour: red")
    let found = faults(of: text)
    #expect(found.count == 4)
    #expect(found.map(\.line) == found.map(\.line).sorted())
  }

  @Test(arguments: [
    ("law: linear, at_zero: 0.0, at_full: 1.6", "law: exponential, at_zero: 0.0, at_full: 1.6"),
    ("law: linear, at_zero: 0.0, at_full: 1.6", "law: inverse, at_zero: -1.0, at_full: 1.6"),
    ("law: linear, at_zero: 0.0, at_full: 1.6", "law: linear, at_zero: 1.6, at_full: 1.6"),
    ("law: linear, at_zero: 0.0", "law: cubic, at_zero: 0.0"),
    ("circuits_per_block: 128", "circuits_per_block: 100"),
    ("circuits_per_core: 256", "circuits_per_core: 250"),
    ("synapse_rows_per_core: 512", "synapse_rows_per_core: 511"),
    ("cycles_per_tick: 64", "cycles_per_tick: 48"),
    ("weight_bits: 4", "weight_bits: 5"),
    ("input_saturation_weight: 1024.0", "input_saturation_weight: 2000"),
    ("rail_high_volts: 1.2", "rail_high_volts: -1"),
    ("rail_high_volts: 1.2", "rail_high_volts: 5"),
    ("format: synapus-chip/1", "format: synapus-chip/2"),
    ("name: synapus-1", "name: Synapus One"),
    ("name: synapus-1", "name: ../synapus"),
  ])
  func rulesBeyondRanges(old: String, new: String) {
    let text = Self.file.lines.joined(separator: "\n")
    #expect(text.contains(old))
    #expect(faults(of: text.replacing(old, with: new)).count == 1, "\(new)")
  }

  @Test func duplicateKeyNamesItsLine() {
    let text = Self.file.lines.joined(separator: "\n")
      .replacing("  mesh_rows: 4", with: "  mesh_rows: 4\n  mesh_rows: 4")
    #expect(faults(of: text).count == 1)
    #expect(faults(of: text).first?.message.contains("'mesh_rows' is given twice") == true)
  }
}
