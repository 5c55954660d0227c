import HardwareSpec

/// A DAC-set parameter of a plain neuron circuit.
public enum CircuitParameter: String, CaseIterable, Sendable {
  /// Leak, reset and threshold potential, in volts.
  case leak, reset, threshold
  /// Membrane time constant, in seconds of hardware time.
  case membraneTime = "membrane_time"
  /// Synaptic time constants, in seconds of hardware time.
  case excitatoryTime = "excitatory_time"
  case inhibitoryTime = "inhibitory_time"
  /// Synaptic gains, in volts for one step of stored weight.
  case excitatoryGain = "excitatory_gain"
  case inhibitoryGain = "inhibitory_gain"

  /// Whether the parameter is a potential, whose residual is a difference in volts; that of the
  /// others is relative.
  public var isPotential: Bool { [.leak, .reset, .threshold].contains(self) }

  /// The law from code to value on the nominal device.
  public func law(on neuron: NeuronSpec) -> ParameterLaw {
    switch self {
    case .leak, .reset, .threshold: return neuron.potential
    case .membraneTime: return neuron.membraneTime
    case .excitatoryTime, .inhibitoryTime: return neuron.synapticTime
    case .excitatoryGain, .inhibitoryGain: return neuron.gain
    }
  }

  fileprivate var path: WritableKeyPath<CircuitSettings, UInt16> {
    switch self {
    case .leak: return \.leak
    case .reset: return \.reset
    case .threshold: return \.threshold
    case .membraneTime: return \.membraneTime
    case .excitatoryTime: return \.excitatoryTime
    case .inhibitoryTime: return \.inhibitoryTime
    case .excitatoryGain: return \.excitatoryGain
    case .inhibitoryGain: return \.inhibitoryGain
    }
  }
}

extension CircuitSettings {
  /// The code of a parameter.
  public subscript(parameter: CircuitParameter) -> UInt16 {
    get { self[keyPath: parameter.path] }
    set { self[keyPath: parameter.path] = newValue }
  }
}
