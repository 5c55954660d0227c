import HardwareSpec

/// The physical constants that a circuit's codes stand for on the nominal device.
public struct NominalCircuit: Equatable, Sendable {
  /// Leak, reset and threshold potential, in volts.
  public var leak, reset, threshold: Double
  /// Membrane and synaptic time constants, in ticks.
  public var membraneTicks, excitatoryTicks, inhibitoryTicks: Double
  /// Jump of R·I for one step of stored weight, in volts.
  public var excitatoryGain, inhibitoryGain: Double
  /// Refractory time, in ticks.
  public var refractoryTicks: Int
  /// Whether the comparator is on.
  public var fires: Bool

  /// Decodes a circuit's settings by the laws of a chip.
  public init(_ settings: CircuitSettings, on spec: ChipSpec) {
    let (neuron, tick) = (spec.neuron, spec.time.tickSeconds)
    leak = neuron.potential.value(code: Int(settings.leak))
    reset = neuron.potential.value(code: Int(settings.reset))
    threshold = neuron.potential.value(code: Int(settings.threshold))
    membraneTicks = neuron.membraneTime.value(code: Int(settings.membraneTime)) / tick
    excitatoryTicks = neuron.synapticTime.value(code: Int(settings.excitatoryTime)) / tick
    inhibitoryTicks = neuron.synapticTime.value(code: Int(settings.inhibitoryTime)) / tick
    excitatoryGain = neuron.gain.value(code: Int(settings.excitatoryGain))
    inhibitoryGain = neuron.gain.value(code: Int(settings.inhibitoryGain))
    refractoryTicks = Int(settings.refractoryCount)
    fires = settings.fires
  }
}
