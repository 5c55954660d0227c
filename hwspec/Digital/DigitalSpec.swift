import Yams

/// The cores of a digital chip: integer neurons in algorithmic steps, without imperfections.
public struct DigitalSpec: Equatable, Sendable {
  /// Which neuron the cores have.
  public enum Neuron: String, CaseIterable, Sendable {
    /// Current-based leaky integrate-and-fire with decaying current and membrane (Loihi).
    case currentBased = "cuba-lif"
    /// Binary crossbar with four axon types (TrueNorth).
    case crossbar
  }

  /// Which neuron the cores have.
  public var neuron: Neuron
  /// The signed weights that a synapse can hold.
  public var weights: ClosedRange<Int>
  /// Bits of the membrane register, with sign; of a crossbar's, and of current and voltage.
  public var stateBits: Int
  /// Bits of the threshold register, without sign.
  public var thresholdBits: Int
  /// The longest delay of a synapse (current-based) or an axon (crossbar), in steps.
  public var longestDelay: Int
  /// Bits of weights, tags and delays that one core stores.
  public var synapseBitsPerCore: Int
  /// Bits of the two decay registers, without sign; 0 on a crossbar.
  public var decayBits: Int
  /// What the chip adds to the current's and the voltage's decay register.
  public var currentDecayOffset, voltageDecayOffset: Int
  /// By how many bits an input, and a threshold, is shifted left against the registers.
  public var stateShift: Int
  /// Bits of a bias mantissa, with sign, and the largest exponent.
  public var biasMantissaBits, largestBiasExponent: Int
  /// Exponents of a projection's weights.
  public var weightExponents: ClosedRange<Int>
  /// The largest number of refractory steps.
  public var largestRefractoryCount: Int
  /// Types that an axon of a crossbar may have; 0 on others.
  public var axonTypes: Int
  /// What tests make wrong; no chip file holds it, and the hash leaves it out.
  package var reference = ReferenceRules()
}

/// Single rules of the emulator's reference path that a test can exchange for wrong ones, to see
/// that some recorded case notices.
package struct ReferenceRules: Equatable, Sendable {
  /// Decays round down and not towards zero.
  package var decayRoundsDown = false
  /// A neuron spikes at its threshold and not only above it.
  package var thresholdIsInclusive = false
}

extension DigitalSpec {
  private static let keys = [
    "neuron", "weight_low", "weight_high", "state_bits", "threshold_bits", "longest_delay_steps",
    "synapse_bits_per_core", "decay_bits", "current_decay_offset", "voltage_decay_offset",
    "state_shift", "bias_mantissa_bits", "largest_bias_exponent", "lowest_weight_exponent",
    "highest_weight_exponent", "largest_refractory_count", "axon_types",
  ]

  /// Reads the section `digital`; nil when the chip's cores are analog.
  init?(reading root: Node, _ faults: FaultList) {
    guard let node = root["digital"] else { return nil }
    let section = SectionReader(node, path: "digital", keys: Self.keys, faults)
    let word = section.word("neuron", allowed: Neuron.allCases.map(\.rawValue))
    self.init(
      neuron: Neuron(rawValue: word) ?? .currentBased,
      weights: section.integer("weight_low", -512...0)...section.integer("weight_high", 1...511),
      stateBits: section.integer("state_bits", 8...24),
      thresholdBits: section.integer("threshold_bits", 1...23),
      longestDelay: section.integer("longest_delay_steps", 0...255),
      synapseBitsPerCore: section.integer("synapse_bits_per_core", 1...1 << 30),
      decayBits: section.integer("decay_bits", 0...12),
      currentDecayOffset: section.integer("current_decay_offset", 0...1),
      voltageDecayOffset: section.integer("voltage_decay_offset", 0...1),
      stateShift: section.integer("state_shift", 0...8),
      biasMantissaBits: section.integer("bias_mantissa_bits", 0...16),
      largestBiasExponent: section.integer("largest_bias_exponent", 0...15),
      weightExponents: section.integer(
        "lowest_weight_exponent", -8...0)...section.integer(
          "highest_weight_exponent", 0...8),
      largestRefractoryCount: section.integer("largest_refractory_count", 0...255),
      axonTypes: section.integer("axon_types", 0...4))
  }

  var canonicalYAML: String {
    """
    digital:
      neuron: \(neuron.rawValue)
      weight_low: \(weights.lowerBound)
      weight_high: \(weights.upperBound)
      state_bits: \(stateBits)
      threshold_bits: \(thresholdBits)
      longest_delay_steps: \(longestDelay)
      synapse_bits_per_core: \(synapseBitsPerCore)
      decay_bits: \(decayBits)
      current_decay_offset: \(currentDecayOffset)
      voltage_decay_offset: \(voltageDecayOffset)
      state_shift: \(stateShift)
      bias_mantissa_bits: \(biasMantissaBits)
      largest_bias_exponent: \(largestBiasExponent)
      lowest_weight_exponent: \(weightExponents.lowerBound)
      highest_weight_exponent: \(weightExponents.upperBound)
      largest_refractory_count: \(largestRefractoryCount)
      axon_types: \(axonTypes)

    """
  }
}
