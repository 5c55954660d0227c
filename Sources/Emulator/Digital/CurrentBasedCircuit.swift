import ChipInterface
import HardwareSpec

/// A current-based neuron in plain words: what the kernels are compared with.
///
/// lava-nc 0.10.0, `proc/lif/models.py` (fixed point), and nengo-loihi 1.1.0,
/// `emulator/interface.py` (refractory counter, lowest voltage). Sums wrap at 32 bits as theirs do.
struct CurrentBasedCircuit: Equatable {
  /// The registers u and v.
  var current, voltage: Int32
  /// Steps in which the voltage is still held at 0.
  var refractoryLeft: Int32 = 0

  /// One step with the input `a`; gives the spike: −1, 0 or 1.
  mutating func step(_ neuron: CurrentBasedConstants, input: Int32) -> Int8 {
    let decayed = Self.decay(current, neuron.currentKeep, neuron.decayRoundsDown)
    current = Self.wrap(decayed &+ input << neuron.stateShift, neuron.halfRange)
    let sum =
      Self.decay(voltage, neuron.voltageKeep, neuron.decayRoundsDown) &+ current &+ neuron.bias
    voltage = max(min(sum, neuron.halfRange - 1), neuron.lowestVoltage)
    if refractoryLeft > 0 { voltage = 0 }
    let spike: Int8 =
      voltage > neuron.threshold ? 1 : voltage < neuron.lowThreshold ? -1 : 0
    if spike != 0 { fire(neuron) }
    refractoryLeft = max(0, refractoryLeft - 1)
    return spike
  }

  /// What a spike does to the registers: v becomes 0, u stays.
  private mutating func fire(_ neuron: CurrentBasedConstants) {
    (voltage, refractoryLeft) = (0, neuron.refractoryCount)
  }

  /// Makes the neuron fire at the end of a step in which it did not.
  mutating func obeyTeacher(_ neuron: CurrentBasedConstants) {
    fire(neuron)
    refractoryLeft = max(0, refractoryLeft - 1)
  }

  /// x · keep / 4096, towards zero; `roundsDown` is wrong, and for tests.
  static func decay(_ x: Int32, _ keep: Int32, _ roundsDown: Bool = false) -> Int32 {
    let product = Int64(x) * Int64(keep)
    return Int32(truncatingIfNeeded: roundsDown ? product >> 12 : product / 4096)
  }

  /// A current beyond the register comes back at its other end, once.
  static func wrap(_ u: Int32, _ half: Int32) -> Int32 {
    if u > half { return u &- 2 * half }
    return u <= -half ? u &+ 2 * half : u
  }
}

/// The numbers that a current-based neuron works with, from its registers.
struct CurrentBasedConstants: Equatable {
  /// What is left of current and voltage after a step, in 1/4096.
  let currentKeep, voltageKeep: Int32
  let bias: Int32
  /// Both as compared with the voltage.
  let threshold, lowThreshold: Int32
  let refractoryCount: Int32
  let lowestVoltage: Int32
  /// 2^(bits − 1) of the state registers.
  let halfRange: Int32
  let stateShift: Int32
  /// False but in tests.
  let decayRoundsDown: Bool

  init(_ neuron: CurrentBasedNeuron, _ spec: DigitalSpec, lowestVoltage: Int32) {
    currentKeep = max(0, 4096 - Int32(neuron.currentDecay) - Int32(spec.currentDecayOffset))
    voltageKeep = max(0, 4096 - Int32(neuron.voltageDecay) - Int32(spec.voltageDecayOffset))
    bias = Self.shifted(Int32(neuron.biasMantissa), by: neuron.biasExponent)
    let threshold = neuron.threshold << Int32(spec.stateShift)
    self.threshold = threshold - (spec.reference.thresholdIsInclusive ? 1 : 0)
    decayRoundsDown = spec.reference.decayRoundsDown
    lowThreshold = neuron.lowThreshold.map { $0 << Int32(spec.stateShift) } ?? .min
    refractoryCount = Int32(neuron.refractoryCount)
    self.lowestVoltage = lowestVoltage
    halfRange = 1 << Int32(spec.stateBits - 1)
    stateShift = Int32(spec.stateShift)
  }

  /// Left by a positive number of bits, right, rounding down, by a negative.
  static func shifted(_ x: Int32, by exponent: Int8) -> Int32 {
    exponent >= 0 ? x << Int32(exponent) : x >> Int32(-exponent)
  }
}
