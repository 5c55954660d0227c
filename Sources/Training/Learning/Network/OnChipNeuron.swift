import ChipInterface
import HardwareSpec

/// A neuron of a network that is built by hand, in units of its own threshold.
///
/// Potentials are fractions of the distance from leak to threshold, so that the same numbers mean
/// the same behaviour on chips with other voltages; weights are stored steps.
public struct OnChipNeuron: Equatable, Sendable {
  /// A threshold that rises with each spike.
  public struct ThresholdStep: Equatable, Sendable {
    /// By how much of the distance from leak to threshold, and the time constant in ticks.
    public var height, ticks: Double

    /// Makes a step.
    public init(height: Double, ticks: Double) { (self.height, self.ticks) = (height, ticks) }
  }

  /// Membrane and synaptic time constants, in ticks.
  public var membraneTicks, excitatoryTicks, inhibitoryTicks: Double
  /// Peak of the potential after one event of weight 1, from rest; either sign.
  public var peakPerStep, inhibitoryPeakPerStep: Double
  /// Reset relative to the leak.
  public var reset = 0.0
  /// Refractory time, in ticks, at least 1.
  public var refractoryTicks = 2
  /// Whether the comparator is on.
  public var fires = true
  /// The ADC code of the leak, and the codes from leak to threshold.
  public var leakCode = 80.0, codesToThreshold = 70.0
  /// A threshold that rises with each spike; nil: fixed.
  public var thresholdStep: ThresholdStep?

  /// Makes a neuron; both synaptic inputs alike.
  public init(membraneTicks: Double = 20, synapticTicks: Double = 20, peakPerStep: Double) {
    self.membraneTicks = membraneTicks
    (excitatoryTicks, inhibitoryTicks) = (synapticTicks, synapticTicks)
    (self.peakPerStep, inhibitoryPeakPerStep) = (peakPerStep, peakPerStep)
  }

  /// Distance from leak to threshold on a chip, in volts.
  func distance(on spec: ChipSpec) -> Double { codesToThreshold * spec.readout.lsbVolts }

  /// The ADC code that a nominal membrane has at a potential.
  func code(at potential: Double) -> UInt8 {
    UInt8(max(0, min(255, (leakCode + potential * codesToThreshold).rounded())))
  }

  /// The nearest settings of a chip's circuits.
  ///
  /// - Throws: ``TrainingError/setting(name:value:allowed:)`` for what no code comes near to.
  func settings(on spec: ChipSpec) throws(TrainingError) -> CircuitSettings {
    let (distance, leak) = (
      distance(on: spec), spec.readout.zeroVolts + leakCode * spec.readout.lsbVolts
    )
    let excitatory = jump(peakPerStep, excitatoryTicks) * distance
    let inhibitory = jump(inhibitoryPeakPerStep, inhibitoryTicks) * distance
    try check("a synaptic gain, in volts", [excitatory, inhibitory], spec.neuron.gain.range)
    try check(
      "a synaptic time constant, in seconds",
      [excitatoryTicks, inhibitoryTicks].map { $0 * spec.time.tickSeconds },
      spec.neuron.synapticTime.range)
    try check(
      "the membrane time constant, in seconds", [membraneTicks * spec.time.tickSeconds],
      spec.neuron.membraneTime.range)
    var circuit = NominalCircuit(
      leak: leak, reset: leak + reset * distance, threshold: leak + distance,
      membraneTicks: membraneTicks, excitatoryTicks: excitatoryTicks,
      inhibitoryTicks: inhibitoryTicks, excitatoryGain: excitatory, inhibitoryGain: inhibitory,
      refractoryTicks: refractoryTicks, fires: fires)
    circuit.options.thresholdAdaptation = thresholdStep.map {
      .init(increment: $0.height * distance, ticks: $0.ticks)
    }
    return CircuitSettings(nearest: circuit, on: spec)
  }

  /// The jump of R·I whose potential peaks at `peak`.
  ///
  /// From rest the potential peaks at `jump · a^(1/(1 − a))`, `a = τ_s/τ_m`; at `jump/e` for a = 1.
  private func jump(_ peak: Double, _ synapticTicks: Double) -> Double {
    let ratio = synapticTicks / membraneTicks
    let share =
      abs(ratio - 1) < 1e-6
      ? DeterministicMath.exp(-1) : DeterministicMath.pow(ratio, 1 / (1 - ratio))
    return peak / share
  }

  private func check(
    _ name: String, _ values: [Double], _ range: ClosedRange<Double>
  ) throws(TrainingError) {
    let allowed = range.lowerBound * 0.99...range.upperBound * 1.01
    for value in values where !allowed.contains(value) {
      throw .setting(
        name: name, value: value, allowed: "\(range.lowerBound) to \(range.upperBound)")
    }
  }
}
