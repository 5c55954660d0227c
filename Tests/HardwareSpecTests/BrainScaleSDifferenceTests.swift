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
    "imperfections.input_offset.block",
    "imperfections.refractory_counts",
  ]

  /// What only BrainScaleS-2 has.
  static let onlyTheirs: Set = ["network.crossbar.inputs", "network.crossbar.outputs"]

  @Test func chipsDifferInEveryOtherNumber() throws {
    let ours = ChipFileLines(try ChipLibrary.chip("synapus-1").canonicalYAML).leaves
    let theirs = ChipFileLines(try ChipLibrary.chip("bss2-like").canonicalYAML).leaves
    #expect(Set(theirs.map(\.path)).subtracting(ours.map(\.path)) == Self.onlyTheirs)
    #expect(Set(ours.map(\.path)).isSubset(of: theirs.map(\.path)))
    let values = Dictionary(uniqueKeysWithValues: theirs.map { ($0.path, $0.value) })
    let equal = ours.filter { values[$0.path] == $0.value }.map(\.path)
    #expect(Set(equal) == Self.common)
  }

  @Test func brainScaleSHas512Circuits() throws {
    let geometry = try ChipLibrary.chip("bss2-like").geometry
    #expect(geometry.coreCount * geometry.circuitsPerCore == 512)
    #expect(geometry.coreCount == 2)
    #expect(geometry.synapseRowsPerCore == 256)
  }

  @Test func bothTicksLast256Nanoseconds() throws {
    for name in ChipLibrary.names {
      let time = try ChipLibrary.chip(name).time
      #expect((time.tickSeconds * 1e12).rounded() == 256_000)
    }
  }
}
