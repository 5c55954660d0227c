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
  /// What the circuit has beyond leak, synapses and threshold.
  public var options = NominalOptions()

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
    options = NominalOptions(settings, on: spec)
  }
}

extension CircuitSettings {
  /// The settings whose nominal circuit is nearest to the one wanted; codes clip to their range.
  public init(nearest wanted: NominalCircuit, on spec: ChipSpec) {
    let (neuron, tick) = (spec.neuron, spec.time.tickSeconds)
    func potential(_ volts: Double) -> UInt16 { UInt16(neuron.potential.nearestCode(for: volts)) }
    func synaptic(_ ticks: Double) -> UInt16 {
      UInt16(neuron.synapticTime.nearestCode(for: ticks * tick))
    }
    self.init(
      leak: potential(wanted.leak), reset: potential(wanted.reset),
      threshold: potential(wanted.threshold),
      membraneTime: UInt16(neuron.membraneTime.nearestCode(for: wanted.membraneTicks * tick)),
      excitatoryTime: synaptic(wanted.excitatoryTicks),
      inhibitoryTime: synaptic(wanted.inhibitoryTicks),
      excitatoryGain: UInt16(neuron.gain.nearestCode(for: wanted.excitatoryGain)),
      inhibitoryGain: UInt16(neuron.gain.nearestCode(for: wanted.inhibitoryGain)),
      refractoryCount: UInt8(min(max(wanted.refractoryTicks, 1), neuron.largestRefractoryCount)),
      fires: wanted.fires)
    options = CircuitOptions(nearest: wanted.options, on: spec)
    if let law = spec.circuits?.conductancePerWeight {
      if let input = wanted.options.excitatory {
        excitatoryGain = UInt16(law.nearestCode(for: input.perWeight))
      }
      if let input = wanted.options.inhibitory {
        inhibitoryGain = UInt16(law.nearestCode(for: input.perWeight))
      }
    }
  }
}

extension NominalCircuit {
  /// A circuit given by its constants, for example to find the nearest settings.
  public init(
    leak: Double, reset: Double, threshold: Double, membraneTicks: Double,
    excitatoryTicks: Double, inhibitoryTicks: Double, excitatoryGain: Double,
    inhibitoryGain: Double, refractoryTicks: Int, fires: Bool
  ) {
    (self.leak, self.reset, self.threshold) = (leak, reset, threshold)
    self.membraneTicks = membraneTicks
    (self.excitatoryTicks, self.inhibitoryTicks) = (excitatoryTicks, inhibitoryTicks)
    (self.excitatoryGain, self.inhibitoryGain) = (excitatoryGain, inhibitoryGain)
    (self.refractoryTicks, self.fires) = (refractoryTicks, fires)
  }
}
