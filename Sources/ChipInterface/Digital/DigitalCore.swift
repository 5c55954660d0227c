import HardwareSpec

/// The registers of one digital core.
public enum DigitalCore: Equatable, Sendable {
  /// A core of current-based neurons.
  case currentBased(CurrentBasedCore)
  /// A crossbar core.
  case crossbar(CrossbarCore)

  /// Neurons in use: columns `0..<neuronCount`.
  public var neuronCount: Int {
    switch self {
    case .currentBased(let core): return core.neurons.count
    case .crossbar(let core): return core.neurons.count
    }
  }
}

/// A core of current-based leaky integrate-and-fire neurons, as Loihi has it.
///
/// A step: `u = trunc(u·(4096 − (du + offset))/4096) + 64·a`, wrapped once at 24 bits;
/// `v = clip(trunc(v·(4096 − dv)/4096) + u + (bias << exponent))`; a spike if `v > 64·vth`, which
/// makes v 0 and keeps u (lava-nc 0.10.0, `proc/lif/models.py`; nengo-loihi 1.1.0,
/// `emulator/interface.py`). Spikes of step t reach `a` at step t + 1 + delay.
public struct CurrentBasedCore: Equatable, Sendable {
  /// The neurons, by column.
  public var neurons: [CurrentBasedNeuron]
  /// The synapses; axon ranges ascend and do not overlap.
  public var projections: [DigitalProjection]
  /// Where voltages are clipped below.
  public var lowestVoltage: Int32

  /// Makes a core.
  public init(
    neurons: [CurrentBasedNeuron], projections: [DigitalProjection],
    lowestVoltage: Int32 = -(1 << 23) + 1
  ) {
    (self.neurons, self.projections) = (neurons, projections)
    self.lowestVoltage = lowestVoltage
  }
}

/// The registers of one current-based neuron.
public struct CurrentBasedNeuron: Equatable, Sendable {
  /// Decay registers, 0 to 4095 of 4096.
  public var currentDecay, voltageDecay: UInt16
  /// Threshold register, compared with the voltage after a shift by 6.
  public var threshold: Int32
  /// A second threshold: below it the neuron sends a spike of −1 (ternary); nil: none.
  public var lowThreshold: Int32?
  /// Bias, `mantissa << exponent`; a negative exponent shifts right, rounding down.
  public var biasMantissa: Int16, biasExponent: Int8
  /// Steps that the counter is set to at a spike; r gives r − 1 silent steps.
  public var refractoryCount: UInt8
  /// Current and voltage at the start of a sample.
  public var initialCurrent, initialVoltage: Int32
  /// Both registers are zeroed at the start of steps t (from 1) with t ≡ offset mod interval;
  /// 0: never.
  public var resetInterval, resetOffset: UInt16

  /// Makes a neuron that never resets itself.
  public init(
    currentDecay: UInt16, voltageDecay: UInt16, threshold: Int32, biasMantissa: Int16 = 0,
    biasExponent: Int8 = 0, refractoryCount: UInt8 = 0, initialCurrent: Int32 = 0,
    initialVoltage: Int32 = 0
  ) {
    (self.currentDecay, self.voltageDecay) = (currentDecay, voltageDecay)
    (self.threshold, lowThreshold) = (threshold, nil)
    (self.biasMantissa, self.biasExponent) = (biasMantissa, biasExponent)
    self.refractoryCount = refractoryCount
    (self.initialCurrent, self.initialVoltage) = (initialCurrent, initialVoltage)
    (resetInterval, resetOffset) = (0, 0)
  }
}

/// The signs that the weights of a projection may have.
public enum SignMode: UInt8, CaseIterable, Sendable {
  /// Either: even numbers from −256 to 254 at eight bits.
  case mixed
  /// 0 to 255.
  case excitatory
  /// −255 to 0.
  case inhibitory
}

/// The synapses of neighbouring axons of one core, in compressed rows.
///
/// Weights are as stored: clipped and truncated to the precision, so that they may be read back.
/// The sum of a step's weights is shifted left by the exponent, or right (rounding down) by a
/// negative one, and added to the neuron's input.
public struct DigitalProjection: Equatable, Sendable {
  /// Axons: the first, and how many.
  public var firstAxon: Int
  /// Axon `firstAxon + k` owns the synapses `starts[k]..<starts[k + 1]`.
  public var starts: [UInt32]
  /// The neuron of each synapse, ascending within an axon.
  public var targets: [UInt16]
  /// The weight of each synapse.
  public var weights: [Int16]
  /// The delay of each synapse in steps; empty: none.
  public var delays: [UInt8] = []
  /// The tag of each synapse at the start; empty: 0.
  public var tags: [Int16] = []
  /// Exponent of the weights, signs, and bits of a weight (for reports; weights are truncated).
  public var weightExponent: Int8, signMode: SignMode, weightBits: UInt8
  /// Position of the learning rule in ``ChipImage/programs``; nil: the synapses do not learn.
  public var program: Int?
  /// Whether delays act; off, they are numbers that only rules see, as in lava's simulation.
  public var delayActs = true
  /// Whether a spike of −1 subtracts the weights; off, it adds them as any spike does, as lava's
  /// projections do that carry no graded spikes.
  public var subtractsNegativeSpikes = true

  /// Axons of the projection.
  public var axonCount: Int { max(0, starts.count - 1) }

  /// Makes a projection that does not learn.
  public init(
    firstAxon: Int, starts: [UInt32], targets: [UInt16], weights: [Int16],
    weightExponent: Int8 = 0, signMode: SignMode = .mixed, weightBits: UInt8 = 8
  ) {
    (self.firstAxon, self.starts, self.targets) = (firstAxon, starts, targets)
    (self.weights, self.weightExponent) = (weights, weightExponent)
    (self.signMode, self.weightBits) = (signMode, weightBits)
  }
}

/// A crossbar core: axons of a few types, binary synapses, weights by neuron and type.
///
/// As TrueNorth's (Cassidy et al. 2013, "Cognitive computing building block", equations 1 to 3 and
/// table I); random draws are those of the project's counter-based generator.
public struct CrossbarCore: Equatable, Sendable {
  /// The type of each axon, 0 to 3.
  public var axonTypes: [UInt8]
  /// The neurons, by column.
  public var neurons: [CrossbarNeuron]
  /// The crossbar, axon by axon: for each, the columns that it reaches, ascending.
  public var synapses: [[UInt16]]
  /// The seed of the core's random draws.
  public var seed: UInt32

  /// Makes a core.
  public init(
    axonTypes: [UInt8], neurons: [CrossbarNeuron], synapses: [[UInt16]], seed: UInt32 = 0
  ) {
    (self.axonTypes, self.neurons) = (axonTypes, neurons)
    (self.synapses, self.seed) = (synapses, seed)
  }
}

/// The parameters of one crossbar neuron, named as Cassidy and others did (2013).
public struct CrossbarNeuron: Equatable, Sendable {
  /// What happens to the membrane at a spike (γ).
  public enum Reset: UInt8, CaseIterable, Sendable {
    /// It becomes the reset potential.
    case normal
    /// The threshold is subtracted.
    case linear
    /// It stays.
    case none
  }

  /// Weight of each axon type (s), −255 to 255, and whether it acts stochastically (b).
  public var weights: [Int16], isStochastic: [Bool]
  /// Leak (λ), −255 to 255; whether it is stochastic (c), and follows the membrane's sign (ε).
  public var leak: Int16, leakIsStochastic: Bool, leakReverses: Bool
  /// Threshold (α), negative threshold (β), both 0 to 2^18 − 1.
  public var threshold, negativeThreshold: Int32
  /// Mask of the threshold's random part (M): draws are `word & mask`.
  public var thresholdMask: Int32
  /// Reset potential (R), and what resets do (γ).
  public var resetPotential: Int32, reset: Reset
  /// Whether the membrane saturates at the negative threshold (κ) instead of resetting there.
  public var saturatesBelow: Bool
  /// The membrane at the start of a sample.
  public var initialPotential: Int32

  /// Makes a deterministic neuron that resets to 0 and saturates at −`negativeThreshold`.
  public init(weights: [Int16], leak: Int16, threshold: Int32, negativeThreshold: Int32 = 0) {
    (self.weights, isStochastic) = (weights, weights.map { _ in false })
    (self.leak, leakIsStochastic, leakReverses) = (leak, false, false)
    (self.threshold, self.negativeThreshold) = (threshold, negativeThreshold)
    (thresholdMask, resetPotential, reset) = (0, 0, .normal)
    (saturatesBelow, initialPotential) = (true, 0)
  }
}
