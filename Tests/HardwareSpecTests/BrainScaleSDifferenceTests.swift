import HardwareSpec
import Testing

@Suite struct BrainScaleSDifferenceTests {
  /// What the two chips have in common, each for a reason.
  static let common: Set = [
    "format",  // the file format
    "geometry.circuits_per_core",  // one array of BrainScaleS-2 has 256 columns
    "geometry.circuits_per_block",  // both share bias lines in blocks of 128
    "time.acceleration",  // both are x1000
    "neuron.potential_volts.law",
    "neuron.potential_volts.at_zero",
    "neuron.potential_volts.at_full",
    "neuron.potential_volts.highest_code",  // DAC codes 0..1022, 0..1.6 V
    "neuron.membrane_time_seconds.law",
    "neuron.membrane_time_seconds.at_zero",
    "neuron.membrane_time_seconds.at_full",
    "neuron.membrane_time_seconds.highest_code",  // the range that calix calibrates
    "neuron.synaptic_time_seconds.law",
    "neuron.synaptic_time_seconds.at_zero",
    "neuron.synaptic_time_seconds.at_full",
    "neuron.synaptic_time_seconds.highest_code",
    "neuron.gain_volts_per_weight.law",
    "neuron.gain_volts_per_weight.highest_code",
    "readout.bits",  // the same 8-bit column ADC
    "readout.sample_every_ticks",  // at the same rate
    "imperfections.refractory_counts",
    // Energies of synapus-1 are those of bss2-like but for the network's.
    "energy.synaptic_event_joules", "energy.row_event_joules", "energy.spike_joules",
    "energy.conversion_joules", "energy.learning_operation_joules",
    "energy.circuit_standby_watts", "energy.core_standby_watts", "energy.chip_standby_watts",
    "energy.readout_seconds_per_set", "energy.set_up_seconds_per_sample",
    "coupling.column_reach",  // switches to the neighbour
    "coupling.most_compartments",
    "coupling.inter_compartment_seconds.law",
    "coupling.inter_compartment_seconds.at_zero",
    "coupling.inter_compartment_seconds.at_full",
    "coupling.inter_compartment_seconds.highest_code",  // the range that calix calibrates
    "correlation.bits",
    "correlation.time_constant_seconds",
    "correlation.time_trim_factor",
    "correlation.amplitude_codes",  // the middle of the ranges that calix targets
    "correlation.amplitude_trim_factor",
    // One form of engine: what is Loihi's in both, and what neither has.
    "learning.delay_factor_bits", "learning.longest_delay_ticks", "learning.signed_factor_bits",
    "learning.constant_bits", "learning.mantissa_bits", "learning.lowest_exponent",
    "learning.highest_exponent", "learning.accumulator_bits", "learning.fraction_bits",
    "learning.accumulator_low", "learning.accumulator_high",
    "learning.membrane_every_ticks",  // the rate of the column ADC
  ]

  @Test func chipsDifferInEveryOtherNumber() {
    let ours = ChipFileLines.plain("synapus-1").leaves
    let theirs = ChipFileLines.plain("bss2-like").leaves
    let values = Dictionary(theirs.map { ($0.path, $0.value) }, uniquingKeysWith: { a, _ in a })
    let equal = ours.filter { values[$0.path] == $0.value }.map(\.path)
    #expect(Set(equal).symmetricDifference(Self.common) == [])
  }

  /// One says how circuits differ by six spreads, the other by what was measured of its biases.
  @Test func onlyTheSpreadsOfCircuitsAreSaidInAnotherWay() throws {
    let ours = ChipFileLines.plain("synapus-1").leaves.map(\.path)
    let theirs = ChipFileLines.plain("bss2-like").leaves.map(\.path)
    let imperfections = "imperfections."
    #expect(
      Set(ours.filter { !$0.hasPrefix(imperfections) })
        .isSubset(of: Set(theirs.filter { !$0.hasPrefix(imperfections) })))
    #expect(try ChipLibrary.chip("bss2-like").imperfections.parameters != nil)
    #expect(try ChipLibrary.chip("synapus-1").imperfections.parameters == nil)
  }

  @Test func brainScaleSHas512Circuits() throws {
    let geometry = try ChipLibrary.chip("bss2-like").geometry
    #expect(geometry.coreCount * geometry.circuitsPerCore == 512)
    #expect(geometry.coreCount == 2)
    #expect(geometry.synapseRowsPerCore == 256)
  }

  @Test func bothTicksLast256Nanoseconds() throws {
    for name in ["synapus-1", "bss2-like"] {
      let time = try ChipLibrary.chip(name).time
      #expect((time.tickSeconds * 1e12).rounded() == 256_000)
    }
  }
}
