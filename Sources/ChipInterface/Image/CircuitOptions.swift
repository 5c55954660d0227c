/// What a neuron circuit has switched on beyond the leaky integrate-and-fire circuit.
///
/// Every part is a switch of its own, with DAC codes by the laws of the chip file's `circuits`
/// section; a part that is off costs nothing.
public struct CircuitOptions: Equatable, Sendable {
  /// Reversal potential of a conductance-based input, by ``NeuronSpec/potential``; nil for an
  /// input that injects current.
  public var excitatoryReversal, inhibitoryReversal: UInt16?
  /// The adaptation current.
  public var adaptation: Adaptation?
  /// The exponential term.
  public var exponential: ExponentialTerm?
  /// Time constant of the conductance that pulls the membrane to reset; nil resets at once.
  public var resetTime: UInt16?
  /// A threshold that rises with each spike.
  public var thresholdAdaptation: ThresholdAdaptation?

  /// Makes options; by default the plain circuit.
  public init(
    excitatoryReversal: UInt16? = nil, inhibitoryReversal: UInt16? = nil,
    adaptation: Adaptation? = nil, exponential: ExponentialTerm? = nil, resetTime: UInt16? = nil,
    thresholdAdaptation: ThresholdAdaptation? = nil
  ) {
    (self.excitatoryReversal, self.inhibitoryReversal) = (excitatoryReversal, inhibitoryReversal)
    (self.adaptation, self.exponential, self.resetTime) = (adaptation, exponential, resetTime)
    self.thresholdAdaptation = thresholdAdaptation
  }

  /// The leaky integrate-and-fire circuit.
  public static let plain = CircuitOptions()

  /// Whether nothing is switched on.
  public var isPlain: Bool { self == .plain }
}

/// The adaptation current of an adaptive exponential circuit (Brette and Gerstner 2005).
public struct Adaptation: Equatable, Sendable {
  /// Codes of the sub-threshold conductance a, the jump b at each spike, and the time constant.
  public var conductance, increment, time: UInt16

  /// Makes an adaptation from its codes.
  public init(conductance: UInt16, increment: UInt16, time: UInt16) {
    (self.conductance, self.increment, self.time) = (conductance, increment, time)
  }
}

/// The exponential term of an adaptive exponential circuit (Brette and Gerstner 2005).
public struct ExponentialTerm: Equatable, Sendable {
  /// Codes of the slope factor Δ_T, and of the potential V_T where the term takes over.
  public var slope, threshold: UInt16

  /// Makes a term from its codes.
  public init(slope: UInt16, threshold: UInt16) {
    (self.slope, self.threshold) = (slope, threshold)
  }
}

/// A threshold that rises by a step at each spike, and falls back.
public struct ThresholdAdaptation: Equatable, Sendable {
  /// Codes of the step and of the time constant.
  public var increment, time: UInt16

  /// Makes an adaptation from its codes.
  public init(increment: UInt16, time: UInt16) {
    (self.increment, self.time) = (increment, time)
  }
}

/// Short-term plasticity of the driver of one row pair.
///
/// The model of Schemmel, Brüderle, Meier and Ostendorf (2007).
public struct RowPlasticity: Equatable, Sendable {
  /// The row pair on its core.
  public var pair: Int
  /// The 4-bit part of what is left that an event uses, and the code of the recovery time.
  public var utilisation: UInt8
  /// Code of the recovery time constant.
  public var recoveryTime: UInt16
  /// Whether events strengthen those that follow; else they weaken them.
  public var facilitates: Bool

  /// Makes the settings of a row pair.
  public init(pair: Int, utilisation: UInt8, recoveryTime: UInt16, facilitates: Bool) {
    (self.pair, self.utilisation) = (pair, utilisation)
    (self.recoveryTime, self.facilitates) = (recoveryTime, facilitates)
  }
}
