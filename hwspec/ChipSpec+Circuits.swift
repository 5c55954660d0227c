/// The laws of what neuron circuits and row drivers have beyond the leaky integrate-and-fire
/// circuit; a part that a chip lacks is nil.
public struct CircuitFamilySpec: Equatable, Sendable {
  /// The adaptation current.
  public var adaptation: AdaptationSpec?
  /// Slope factor Δ_T of the exponential term, in volts.
  public var exponentialSlope: ParameterLaw?
  /// The reset through a conductance.
  public var reset: ResetSpec?
  /// The threshold that rises with each spike.
  public var thresholdAdaptation: ThresholdAdaptationSpec?
  /// Conductance of one step of stored weight, as a fraction of the leak conductance.
  public var conductancePerWeight: ParameterLaw?
  /// The soft saturation of the synaptic input; nil clamps sharply at
  /// ``NeuronSpec/inputSaturation``.
  public var inputStage: InputStageSpec?
  /// Short-term plasticity of the row drivers.
  public var shortTermPlasticity: ShortTermPlasticitySpec?

  /// Makes a family without any part.
  public init() {}
}

/// The adaptation current w of a circuit: `τ_w dw/dt = a·(V − E_l) − w`, and `w += b` at a spike.
public struct AdaptationSpec: Equatable, Sendable {
  /// Conductance a, as a fraction of the leak conductance.
  public var conductance: ParameterLaw
  /// Increment b over the leak conductance, in volts.
  public var increment: ParameterLaw
  /// Time constant τ_w, in seconds of hardware time.
  public var time: ParameterLaw
}

/// The reset of a circuit through a conductance, started by a comparator that takes its time.
public struct ResetSpec: Equatable, Sendable {
  /// Time constant with which the membrane is pulled to the reset potential, in seconds.
  public var time: ParameterLaw
  /// From the crossing of the threshold to spike and reset, in clock cycles; below a tick.
  public var comparatorDelayCycles: Int
}

/// A threshold that rises by a step at each spike, and falls back.
public struct ThresholdAdaptationSpec: Equatable, Sendable {
  /// Step, in volts.
  public var increment: ParameterLaw
  /// Time constant, in seconds of hardware time.
  public var time: ParameterLaw
}

/// The synaptic input stage: a current x comes out as `x/√(1 + (x/level)²)`.
public struct InputStageSpec: Equatable, Sendable {
  /// Levels of either sign, in steps of stored weight.
  public var excitatoryLevel, inhibitoryLevel: Double

  /// Makes an input stage from its levels.
  public init(excitatoryLevel: Double, inhibitoryLevel: Double) {
    (self.excitatoryLevel, self.inhibitoryLevel) = (excitatoryLevel, inhibitoryLevel)
  }
}

/// Short-term plasticity of a row driver.
///
/// An inactive part I relaxes to 0 with the recovery time, and gains U·(1 − I) at each event. The
/// event's charge counts 1 − λ·I times when the driver depresses, 1 + λ·(I − β) times when it
/// facilitates (Schemmel, Brüderle, Meier and Ostendorf 2007).
public struct ShortTermPlasticitySpec: Equatable, Sendable {
  /// Utilisation U, a fraction.
  public var utilisation: ParameterLaw
  /// Recovery time constant, in seconds of hardware time.
  public var recoveryTime: ParameterLaw
  /// λ of depressing and of facilitating drivers.
  public var depression, facilitation: Double
  /// β of facilitating drivers.
  public var facilitationOffset: Double
}
