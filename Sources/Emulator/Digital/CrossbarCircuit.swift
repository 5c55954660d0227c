import ChipInterface
import HardwareSpec

/// A crossbar neuron in plain words: what the kernels are compared with.
///
/// Cassidy et al. 2013, "Cognitive computing building block", equations 1 to 3, with the names of
/// their table I. Not in the paper and chosen here: the membrane saturates at its register's ends
/// after the leak and after the reset, and sgn(0) = 0.
struct CrossbarCircuit: Equatable {
  /// The membrane V.
  var potential: Int32

  /// What `CrossbarDraws` draws for, beside synapses.
  enum Draw: Int {
    case leak = 0
    case threshold = 1
  }

  /// One step, which gives whether the neuron spikes.
  ///
  /// `axons` are those with an event that reach the neuron, in any order.
  mutating func step(
    _ neuron: CrossbarNeuron, axons: [(axon: Int, type: Int)], _ draws: CrossbarDraws,
    range: ClosedRange<Int32>
  ) -> Bool {
    var v = potential
    for (axon, type) in axons {
      v += Self.contribution(
        Int32(neuron.weights[type]), isStochastic: neuron.isStochastic[type],
        draws.word(synapse: axon))
    }
    let leak = Self.contribution(
      Int32(neuron.leak), isStochastic: neuron.leakIsStochastic, draws.word(.leak))
    v += (neuron.leakReverses ? v.signum() : 1) * leak
    v = min(max(v, range.lowerBound), range.upperBound)
    let random = Int32(truncatingIfNeeded: draws.word(.threshold)) & neuron.thresholdMask
    let spikes = v >= neuron.threshold + random
    potential = min(
      max(Self.reset(v, neuron, random, spikes: spikes), range.lowerBound), range.upperBound)
    return spikes
  }

  /// What a number adds: itself, or at random its sign (F, equations 1 and 2).
  private static func contribution(
    _ number: Int32, isStochastic: Bool, _ word: UInt64
  ) -> Int32 {
    guard isStochastic else { return number }
    return abs(number) >= Int32(word & 255) ? number.signum() : 0
  }

  /// The membrane after the comparison with both thresholds (equation 3).
  private static func reset(
    _ v: Int32, _ neuron: CrossbarNeuron, _ random: Int32, spikes: Bool
  ) -> Int32 {
    if spikes {
      switch neuron.reset {
      case .normal: return neuron.resetPotential
      case .linear: return v - (neuron.threshold + random)
      case .none: return v
      }
    }
    let below = neuron.negativeThreshold + (neuron.saturatesBelow ? 0 : random)
    guard v < -below else { return v }
    if neuron.saturatesBelow { return -neuron.negativeThreshold }
    switch neuron.reset {
    case .normal: return -neuron.resetPotential
    case .linear: return v + below
    case .none: return v
    }
  }

  /// Makes the neuron fire at the end of a step in which it did not.
  mutating func obeyTeacher(_ neuron: CrossbarNeuron, range: ClosedRange<Int32>) {
    switch neuron.reset {
    case .normal: potential = neuron.resetPotential
    case .linear: potential = max(potential - neuron.threshold, range.lowerBound)
    case .none: break
    }
  }
}

/// The random words of one neuron in one step.
///
/// The draws of a core are those of ``CounterRandom`` with the core's seed, the sample's number as
/// the stream, at (step, column, which): 0 the leak, 1 the threshold, 2 + axon a synapse.
struct CrossbarDraws {
  private let random: CounterRandom
  private let step, column: Int

  init(_ random: CounterRandom, step: Int, column: Int) {
    (self.random, self.step, self.column) = (random, step, column)
  }

  func word(_ draw: CrossbarCircuit.Draw) -> UInt64 { random.bits(step, column, draw.rawValue) }
  func word(synapse axon: Int) -> UInt64 { random.bits(step, column, 2 + axon) }
}
