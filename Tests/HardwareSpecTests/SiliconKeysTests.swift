import HardwareSpec
import Testing

/// The parts of a chip file that say what silicon does, and that a file may leave out.
@Suite struct SiliconKeysTests {
  static let text = (try? ChipLibrary.chip("bss2-like").canonicalYAML) ?? ""
  /// A chip of the sections that every chip has.
  static let plain = (try? ChipLibrary.chip("synapus-1").canonicalYAML).map(mandatory) ?? ""

  /// A chip file without the sections that a chip may leave out as a whole.
  private static func mandatory(_ text: String) -> String {
    let names: Set = [
      "format", "name", "summary", "geometry", "time", "synapse", "neuron", "readout", "events",
      "imperfections",
    ]
    var isKept = false
    return text.split(separator: "\n").filter { line in
      if !line.hasPrefix(" ") { isKept = names.contains(String(line.prefix { $0 != ":" })) }
      return isKept
    }.map { $0 + "\n" }.joined()
  }

  /// A chip with every section that may be left out.
  static let whole =
    plain
    + [
      "synapse_errors: { dac_bit: 0.01, core_bit: 0.02, row_amplitude: 0.03, row_pulse: 0.04,"
        + " column_gain: 0.05 }",
      "readout_errors: { slope: 0.01, phase_ticks: 1.5 }",
      "trial_errors: { threshold: 0.01, rest: 0.02 }",
      "drift: { sigma: 0.01, period_samples: 100, own_part: 0.2, per_kelvin: 0.003 }",
      "parameter_dac: { crosstalk_codes: 5.0, settling_seconds: 0.02 }",
      "defects: { dead_neurons: 0.01, stuck_neurons: 0.02, dead_rows: 0.03, dead_synapses: 0.04,"
        + " dead_cores: 0.05, dead_links: 0.06 }",
    ].map { "  \($0)\n" }.joined()

  @Test func aChipWithoutThemHasNone() throws {
    let imperfections = try ChipSpec(yaml: Self.plain, file: "plain.yaml").imperfections
    #expect(imperfections.synapseErrors == .none)
    #expect(imperfections.readoutErrors == .none)
    #expect(imperfections.trialErrors == .none)
    #expect(imperfections.drift == .none)
    #expect(imperfections.parameterDAC == .none)
    #expect(imperfections.defectRates == .none)
    #expect(imperfections.parameters == nil)
  }

  @Test func everySectionReadsBack() throws {
    let spec = try ChipSpec(yaml: Self.whole, file: "whole.yaml")
    #expect(spec.canonicalYAML == Self.whole)
    #expect(spec.imperfections.synapseErrors.columnGain == 0.05)
    #expect(spec.imperfections.readoutErrors.phaseTicks == 1.5)
    #expect(spec.imperfections.trialErrors.rest == 0.02)
    #expect(spec.imperfections.drift.periodSamples == 100)
    #expect(spec.imperfections.parameterDAC.settlingSeconds == 0.02)
    #expect(spec.imperfections.defectRates.deadLinks == 0.06)
    #expect(try ChipSpec(yaml: Self.plain, file: "plain.yaml").hash != spec.hash)
  }

  /// The numbers of those sections and of the measured biases, each damaged by itself.
  static let leaves = [whole, text].flatMap { text in
    ChipFileLines(text).leaves.filter { leaf in
      ["imperfections.", "parameters.", "local_correlations.", "block_correlations."].contains {
        leaf.path.hasPrefix($0)
      } && leaf.isInline && Double(leaf.value) != nil
    }.map { (text, $0) }
  }

  @Test(arguments: leaves.indices)
  func noNumberMayBeImpossible(index: Int) {
    let (text, leaf) = Self.leaves[index]
    for value in [".nan", ".inf", "1e30", "-1e30", "abc"] {
      let found = faults(of: ChipFileLines(text).with(leaf, value))
      #expect(
        found.contains { $0.line == leaf.line + 1 && $0.message.contains("is allowed") },
        "\(leaf.path): \(value) gave \(found)")
    }
  }

  @Test(arguments: ["dac_bit: 0.01, ", "settling_seconds: 0.02 ", "per_kelvin: 0.003 "])
  func aSectionThatIsThereIsWhole(part: String) {
    #expect(Self.whole.contains(part))
    let found = faults(of: Self.whole.replacing(part, with: ""))
    #expect(found.count == 1 && found[0].message.hasSuffix("is missing"), "\(found)")
  }

  @Test(arguments: [
    // Leak and reset cannot follow the readout's offset and yet move against each other.
    ("reset_potential: 0.61,", "reset_potential: -0.61,", "'local_correlations' is not positive"),
    ("reset_potential: 0.95,", "reset_potential: -0.5,", "'block_correlations' is not positive"),
    ("{ inhibitory_gain: 0.42,", "{ excitatory_gain: 0.42,", "with itself"),
    (
      "{ inhibitory_gain: 0.42,", "{ leak_current: 0.1, leak_potential: 0.0, inhibitory_gain: 1.5,",
      "is 1.5"
    ),
    ("{ inhibitory_gain: 0.42,", "{ colour: 0.42,", "unknown key 'colour'"),
    ("    readout_offset: { block", "    readout_ofset: { block", "unknown key 'readout_ofset'"),
    ("  refractory_counts", "  gain: { block: 0.1, local: 0.1 }\n  refractory_counts", "gain"),
  ])
  func impossibleCorrelationsAreRefusedByName(old: String, new: String, message: String) {
    #expect(Self.text.contains(old), "\(old)")
    let found = faults(of: Self.text.replacing(old, with: new, maxReplacements: 1))
    #expect(found.contains { $0.message.contains(message) }, "\(new): \(found)")
  }

  @Test func aPairThatIsGivenTwiceIsRefused() {
    let twice = Self.text.replacing(
      "reset_potential: { threshold", with: "reset_potential: { leak_potential: 0.61, threshold")
    #expect(twice != Self.text)
    #expect(faults(of: twice).contains { $0.message.contains("twice") })
  }

  @Test(arguments: [
    ("  weight_bits", "  weight_law: { offset: 0.0, quadratic: -0.1 }\n  weight_bits", "more"),
    ("  weight_bits", "  weight_law: { offset: -2.0, quadratic: 0.0 }\n  weight_bits", "more"),
    ("  weight_bits", "  weight_law: { offset: 16.0, quadratic: 0.0 }\n  weight_bits", "steps"),
    ("at_full: 5e-07", "at_full: 2e-07", "below one tick"),
    ("at_full: 3e-07", "at_full: 1e-07", "below one tick"),
    ("port_cycles_per_event: 2", "port_cycles_per_event: 1", "up to 32"),
  ])
  func rulesBetweenNumbers(old: String, new: String, message: String) {
    #expect(Self.plain.contains(old), "\(old)")
    let found = faults(of: Self.plain.replacing(old, with: new))
    #expect(found.count == 1 && found[0].message.contains(message), "\(new): \(found)")
  }

  @Test func correlatedNumbersHaveTheirMatrix() throws {
    let parameters = try #require(try ChipLibrary.chip("bss2-like").imperfections.parameters)
    for matrix in [parameters.local, parameters.block] {
      // L·Lᵀ must be the matrix: the columns of L are what unit vectors become.
      let count = DeviceParameter.allCases.count
      let columns = (0..<count).map { i in
        matrix.correlated((0..<count).map { $0 == i ? 1 : 0 })
      }
      for a in DeviceParameter.allCases {
        for b in DeviceParameter.allCases {
          let product = columns.reduce(0) { $0 + $1[a.index] * $1[b.index] }
          #expect(abs(product - matrix[a, b]) < 1e-12, "\(a) with \(b)")
        }
      }
    }
  }

  @Test func theWeightLawOfBrainScaleS1Bends() throws {
    let law = try ChipLibrary.chip("bss1-like").synapse.weightLaw
    #expect(law.charge(0) == 0)
    #expect(abs(law.charge(1) - 2.1352) < 1e-3)
    #expect(law.charge(15) - law.charge(14) < 0.5 * (law.charge(2) - law.charge(1)))
    #expect(WeightLaw.linear.charge(7) == 7)
  }
}
