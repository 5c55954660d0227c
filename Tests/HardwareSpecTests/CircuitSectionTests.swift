import Foundation
import HardwareSpec
import TestSupport
import Testing

/// The section `circuits` of a chip file: read back as written, refused by name and line.
@Suite struct CircuitSectionTests {
  @Test(arguments: ChipLibrary.analogNames)
  func canonicalFormReadsBack(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    let again = try ChipSpec(yaml: spec.canonicalYAML, file: "again.yaml")
    #expect(again == spec)
    #expect(again.hash == spec.hash)
  }

  @Test func chipWithoutTheSectionHasNoCircuits() throws {
    let lines = ChipFileLines.plain("synapus-1").lines.joined(separator: "\n")
    #expect(!lines.contains("circuits:"))
    #expect(try ChipSpec(yaml: lines, file: "plain.yaml").circuits == nil)
  }

  /// Each part alone makes a section that reads back.
  @Test func everyPartMayStandAlone() throws {
    let full = try #require(try ChipLibrary.chip("bss2-like").circuits)
    var families = [CircuitFamilySpec](repeating: .init(), count: 6)
    families[0].adaptation = full.adaptation
    families[1].exponentialSlope = full.exponentialSlope
    families[2].reset = full.reset
    families[3].conductancePerWeight = full.conductancePerWeight
    families[4].inputStage = full.inputStage
    families[5].shortTermPlasticity = full.shortTermPlasticity
    for family in families {
      var spec = try ChipLibrary.chip("bss2-like")
      spec.circuits = family
      #expect(try ChipSpec(yaml: spec.canonicalYAML, file: "part.yaml") == spec)
    }
  }

  @Test(arguments: [
    ("at_zero: 0.001, at_full: 2e-06", "at_zero: 0.001, at_full: 1e-07", "two ticks"),
    ("comparator_delay_cycles: 5", "comparator_delay_cycles: 64", "comparator_delay_cycles"),
    ("comparator_delay_cycles: 5", "comparator_delay_cycles: -1", "comparator_delay_cycles"),
    ("depression: 1.0", "depression: 1.5", "circuits.short_term_plasticity.depression"),
    ("depression: 1.0", "depression: .nan", "circuits.short_term_plasticity.depression"),
    ("facilitation_offset: 0.5", "facilitation_offset: .inf", "facilitation_offset"),
    ("facilitation: 1.0", "facilitation: 2.5", "above 1"),
    ("at_full: 1.0, highest_code: 15", "at_full: 1.0, highest_code: 16", "4 bits"),
    ("    facilitation: 1.0", "    facilitation: 1.0\n    colour: red", "unknown key 'colour'"),
    ("    depression: 1.0\n", "", "'circuits.short_term_plasticity.depression' is missing"),
    ("law: exponential, at_zero: 0.002", "law: exponential, at_zero: 0.0", "exponential_slope"),
  ])
  func impossibleConstantsAreRefused(old: String, new: String, name: String) throws {
    let text = try ChipLibrary.chip("synapus-1").canonicalYAML
    let place = try #require(text.range(of: old))
    let found = faults(of: text.replacingCharacters(in: place, with: new))
    let fault = try #require(found.first, "\(new) was accepted")
    #expect(fault.message.contains(name), "\(fault.message)")
    let section = text.split(separator: "\n").firstIndex(of: "circuits:") ?? 0
    #expect(fault.line > section, "line \(fault.line) for \(new)")
  }

  /// On a chip of 32 cycles a tick the comparator's delay must stay below 32.
  @Test func delayStaysBelowATick() throws {
    let text = try ChipLibrary.chip("bss2-like").canonicalYAML
    let changed = text.replacing("comparator_delay_cycles: 2", with: "comparator_delay_cycles: 32")
    #expect(faults(of: changed).map(\.message).joined().contains("a tick has 32 cycles"))
  }
}
