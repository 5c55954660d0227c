import HardwareSpec

/// The physical constants that a circuit's options stand for on the nominal device.
public struct NominalOptions: Equatable, Sendable {
  /// A synaptic input that opens a conductance.
  public struct Conductance: Equatable, Sendable {
    /// Potential that the conductance pulls to, in volts.
    public var reversal: Double
    /// Conductance of one step of stored weight, as a fraction of the leak conductance.
    public var perWeight: Double

    /// Makes a conductance-based input.
    public init(reversal: Double, perWeight: Double) {
      (self.reversal, self.perWeight) = (reversal, perWeight)
    }
  }

  /// The adaptation current.
  public struct Adaptation: Equatable, Sendable {
    /// Conductance a, as a fraction of the leak conductance.
    public var conductance: Double
    /// Increment b over the leak conductance, in volts.
    public var increment: Double
    /// Time constant τ_w, in ticks.
    public var ticks: Double

    /// Makes an adaptation.
    public init(conductance: Double, increment: Double, ticks: Double) {
      (self.conductance, self.increment, self.ticks) = (conductance, increment, ticks)
    }
  }

  /// The exponential term.
  public struct Exponential: Equatable, Sendable {
    /// Slope factor Δ_T and threshold V_T, in volts.
    public var slope, threshold: Double

    /// Makes a term.
    public init(slope: Double, threshold: Double) {
      (self.slope, self.threshold) = (slope, threshold)
    }
  }

  /// The reset through a conductance.
  public struct Reset: Equatable, Sendable {
    /// Time constant of the pull to the reset potential, in ticks.
    public var ticks: Double
    /// From the crossing of the threshold to spike and reset, in ticks; below 1.
    public var comparatorDelay: Double

    /// Makes a reset.
    public init(ticks: Double, comparatorDelay: Double) {
      (self.ticks, self.comparatorDelay) = (ticks, comparatorDelay)
    }
  }

  /// The threshold that rises with each spike.
  public struct ThresholdAdaptation: Equatable, Sendable {
    /// Step, in volts.
    public var increment: Double
    /// Time constant, in ticks.
    public var ticks: Double

    /// Makes an adaptation.
    public init(increment: Double, ticks: Double) {
      (self.increment, self.ticks) = (increment, ticks)
    }
  }

  /// Conductance-based inputs; nil for an input that injects current.
  public var excitatory, inhibitory: Conductance?
  /// The adaptation current.
  public var adaptation: Adaptation?
  /// The exponential term.
  public var exponential: Exponential?
  /// The reset through a conductance; nil resets at once.
  public var reset: Reset?
  /// The threshold that rises with each spike.
  public var thresholdAdaptation: ThresholdAdaptation?

  /// Makes the plain circuit's options: none.
  public init() {}

  /// Decodes a circuit's options by the laws of a chip; parts that the chip lacks stay off.
  public init(_ settings: CircuitSettings, on spec: ChipSpec) {
    guard !settings.options.isPlain, let family = spec.circuits else { return }
    let (options, tick) = (settings.options, spec.time.tickSeconds)
    func potential(_ code: UInt16) -> Double { spec.neuron.potential.value(code: Int(code)) }
    if let law = family.conductancePerWeight {
      excitatory = options.excitatoryReversal.map {
        Conductance(
          reversal: potential($0), perWeight: law.value(code: Int(settings.excitatoryGain)))
      }
      inhibitory = options.inhibitoryReversal.map {
        Conductance(
          reversal: potential($0), perWeight: law.value(code: Int(settings.inhibitoryGain)))
      }
    }
    if let on = options.adaptation, let laws = family.adaptation {
      adaptation = Adaptation(
        conductance: laws.conductance.value(code: Int(on.conductance)),
        increment: laws.increment.value(code: Int(on.increment)),
        ticks: laws.time.value(code: Int(on.time)) / tick)
    }
    if let on = options.exponential, let law = family.exponentialSlope {
      exponential = Exponential(
        slope: law.value(code: Int(on.slope)), threshold: potential(on.threshold))
    }
    if let on = options.resetTime, let laws = family.reset {
      reset = Reset(
        ticks: laws.time.value(code: Int(on)) / tick,
        comparatorDelay: Double(laws.comparatorDelayCycles) / Double(spec.time.cyclesPerTick))
    }
    if let on = options.thresholdAdaptation, let laws = family.thresholdAdaptation {
      thresholdAdaptation = ThresholdAdaptation(
        increment: laws.increment.value(code: Int(on.increment)),
        ticks: laws.time.value(code: Int(on.time)) / tick)
    }
  }
}

extension CircuitOptions {
  /// The options whose nominal parts are nearest to those wanted.
  ///
  /// Parts that the chip lacks stay off. The gain codes of conductance-based inputs are ``CircuitSettings``' own.
  public init(nearest wanted: NominalOptions, on spec: ChipSpec) {
    self.init()
    guard let family = spec.circuits else { return }
    let tick = spec.time.tickSeconds
    func code(_ law: ParameterLaw, _ value: Double) -> UInt16 {
      UInt16(law.nearestCode(for: value))
    }
    if family.conductancePerWeight != nil {
      excitatoryReversal = wanted.excitatory.map { code(spec.neuron.potential, $0.reversal) }
      inhibitoryReversal = wanted.inhibitory.map { code(spec.neuron.potential, $0.reversal) }
    }
    if let part = wanted.adaptation, let laws = family.adaptation {
      adaptation = ChipInterface.Adaptation(
        conductance: code(laws.conductance, part.conductance),
        increment: code(laws.increment, part.increment), time: code(laws.time, part.ticks * tick))
    }
    if let part = wanted.exponential, let law = family.exponentialSlope {
      exponential = ExponentialTerm(
        slope: code(law, part.slope), threshold: code(spec.neuron.potential, part.threshold))
    }
    if let part = wanted.reset, let laws = family.reset {
      resetTime = code(laws.time, part.ticks * tick)
    }
    if let part = wanted.thresholdAdaptation, let laws = family.thresholdAdaptation {
      thresholdAdaptation = ChipInterface.ThresholdAdaptation(
        increment: code(laws.increment, part.increment), time: code(laws.time, part.ticks * tick))
    }
  }
}
