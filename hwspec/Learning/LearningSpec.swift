import Yams

/// The learning engine of a core: where its traces come from, its widths, its cost.
///
/// The arithmetic is that of Loihi's engine as lava-nc 0.10.0 writes it (`magma/core/learning`,
/// `magma/core/model/py/connection.py`); another chip has other widths.
public struct LearningSpec: Equatable, Sendable {
  /// Where the traces of pre- and postsynaptic spikes come from.
  public enum TraceSource: String, CaseIterable, Sendable {
    /// Digital counters that a vector unit advances once an epoch.
    case counters
    /// The correlation sensors of the synapses: nearest neighbours, mismatched, read by row.
    case sensors
  }

  /// Where traces come from.
  public var traceSource: TraceSource
  /// Bits of a trace, without sign.
  public var traceBits: Int
  /// Bits that a weight, a delay, a tag has as a factor, without sign.
  public var weightFactorBits, delayFactorBits, tagFactorBits: Int
  /// Bits of a signed factor (r, e, p), without sign.
  public var signedFactorBits: Int
  /// Bits of a constant in a factor, with sign.
  public var constantBits: Int
  /// Bits of a product's mantissa, with sign.
  public var mantissaBits: Int
  /// The exponents that a product may have.
  public var exponents: ClosedRange<Int>
  /// Bits of the accumulator, without sign, of which ``fractionBits`` are a fraction.
  public var accumulatorBits, fractionBits: Int
  /// What the accumulator and each product saturate at.
  public var accumulatorRange: ClosedRange<Int>
  /// The tags that a synapse can store.
  public var tags: ClosedRange<Int>
  /// The longest delay that a synapse can store, in ticks; 0: synapses have no delay.
  public var longestDelay: Int
  /// The longest learning epoch, in ticks.
  public var longestEpoch: Int
  /// Words of microcode that one core holds.
  public var microcodeWords: Int
  /// Ticks between two conversions of the membranes that factor p sees.
  public var membraneEveryTicks: Int
  /// Graded events (error, reward, y values) that the chip takes in one tick.
  public var gradedEventsPerTick: Int
  /// Clock cycles of an epoch: as such, to move the synapses of one row pair or axon (both
  /// ways), and to compute one product or factor on them.
  public var cyclesPerEpoch, cyclesPerRow, cyclesPerWordAndRow: Int
  /// Whether the reference path decays traces once an epoch and not tick by tick.
  ///
  /// That is wrong, and for a test: some recorded case must notice. No chip file holds it.
  package var decaysOnceAnEpoch = false
}

extension LearningSpec {
  /// Reads the section `learning`; nil when the chip does not learn.
  init?(reading root: Node, _ faults: FaultList) {
    guard let node = root["learning"] else { return nil }
    let section = SectionReader(
      node, path: "learning",
      keys: [
        "trace_source", "trace_bits", "weight_factor_bits", "delay_factor_bits",
        "tag_factor_bits", "signed_factor_bits", "constant_bits", "mantissa_bits",
        "lowest_exponent", "highest_exponent", "accumulator_bits", "fraction_bits",
        "accumulator_low", "accumulator_high", "tag_low", "tag_high", "longest_delay_ticks",
        "longest_epoch_ticks", "microcode_words", "membrane_every_ticks",
        "graded_events_per_tick", "cycles_per_epoch", "cycles_per_row",
        "cycles_per_word_and_row",
      ], faults)
    let sources = TraceSource.allCases.map(\.rawValue)
    let source = section.word("trace_source", allowed: sources)
    self.init(
      traceSource: TraceSource(rawValue: source) ?? .counters,
      traceBits: section.integer("trace_bits", 1...8),
      weightFactorBits: section.integer("weight_factor_bits", 1...9),
      delayFactorBits: section.integer("delay_factor_bits", 1...9),
      tagFactorBits: section.integer("tag_factor_bits", 1...9),
      signedFactorBits: section.integer("signed_factor_bits", 1...9),
      constantBits: section.integer("constant_bits", 2...9),
      mantissaBits: section.integer("mantissa_bits", 2...8),
      exponents: section.integer(
        "lowest_exponent", -16...0)...section.integer(
          "highest_exponent", 0...15),
      accumulatorBits: section.integer("accumulator_bits", 8...24),
      fractionBits: section.integer("fraction_bits", 1...12),
      accumulatorRange: section.integer(
        "accumulator_low", -(1 << 25)...(-1))...section.integer(
          "accumulator_high", 1...1 << 25),
      tags: section.integer("tag_low", -512...0)...section.integer("tag_high", 1...511),
      longestDelay: section.integer("longest_delay_ticks", 0...255),
      longestEpoch: section.integer("longest_epoch_ticks", 1...65_535),
      microcodeWords: section.integer("microcode_words", 1...65_536),
      membraneEveryTicks: section.integer("membrane_every_ticks", 1...10_000),
      gradedEventsPerTick: section.integer("graded_events_per_tick", 1...65_536),
      cyclesPerEpoch: section.integer("cycles_per_epoch", 0...1_000_000),
      cyclesPerRow: section.integer("cycles_per_row", 0...1_000_000),
      cyclesPerWordAndRow: section.integer("cycles_per_word_and_row", 0...1_000_000))
  }

  var canonicalYAML: String {
    """
    learning:
      trace_source: \(traceSource.rawValue)
      trace_bits: \(traceBits)
      weight_factor_bits: \(weightFactorBits)
      delay_factor_bits: \(delayFactorBits)
      tag_factor_bits: \(tagFactorBits)
      signed_factor_bits: \(signedFactorBits)
      constant_bits: \(constantBits)
      mantissa_bits: \(mantissaBits)
      lowest_exponent: \(exponents.lowerBound)
      highest_exponent: \(exponents.upperBound)
      accumulator_bits: \(accumulatorBits)
      fraction_bits: \(fractionBits)
      accumulator_low: \(accumulatorRange.lowerBound)
      accumulator_high: \(accumulatorRange.upperBound)
      tag_low: \(tags.lowerBound)
      tag_high: \(tags.upperBound)
      longest_delay_ticks: \(longestDelay)
      longest_epoch_ticks: \(longestEpoch)
      microcode_words: \(microcodeWords)
      membrane_every_ticks: \(membraneEveryTicks)
      graded_events_per_tick: \(gradedEventsPerTick)
      cycles_per_epoch: \(cyclesPerEpoch)
      cycles_per_row: \(cyclesPerRow)
      cycles_per_word_and_row: \(cyclesPerWordAndRow)

    """
  }
}
