/// How a stored weight becomes charge in the nominal synapse.
///
/// The charge of a weight w > 0 is w + offset + quadratic·w², in steps; that of 0 is 0, for a
/// synapse of weight 0 is one that no address matches.
public struct WeightLaw: Equatable, Sendable {
  /// What every weight but 0 has more, in steps.
  public var offset: Double
  /// The term in w², in steps.
  public var quadratic: Double

  /// Makes a law.
  public init(offset: Double, quadratic: Double) {
    (self.offset, self.quadratic) = (offset, quadratic)
  }

  /// Charge in proportion to the weight.
  public static let linear = WeightLaw(offset: 0, quadratic: 0)

  /// The charge of a stored weight, in steps.
  public func charge(_ weight: Int) -> Double {
    let w = Double(weight)
    return weight == 0 ? 0 : w + (offset + quadratic * w * w)
  }

  /// Whether larger weights up to `largest` always have more charge, and none less than 0.
  public func isMonotonic(upTo largest: Int) -> Bool {
    (0..<largest).allSatisfy { charge($0) < charge($0 + 1) }
  }
}

/// Fixed-pattern errors of the synapses' DACs, drivers and columns; relative deviations.
public struct SynapseErrorSpec: Equatable, Sendable {
  /// Deviation of the smallest element of a synapse's DAC; bit k has 2ᵏ of them in parallel, and
  /// deviates by 1/√2ᵏ of this.
  public var dacBit: Double
  /// Deviation of the base current of a bit that all synapses of a core share.
  public var coreBit: Double
  /// Deviation of the amplitude that a row driver (of a pair of rows) gives.
  public var rowAmplitude: Double
  /// Deviation of the length of a row's pulse.
  public var rowPulse: Double
  /// Deviation of a column's gain.
  public var columnGain: Double

  /// Makes errors; each is 0 unless given.
  public init(
    dacBit: Double = 0, coreBit: Double = 0, rowAmplitude: Double = 0, rowPulse: Double = 0,
    columnGain: Double = 0
  ) {
    (self.dacBit, self.coreBit, self.columnGain) = (dacBit, coreBit, columnGain)
    (self.rowAmplitude, self.rowPulse) = (rowAmplitude, rowPulse)
  }

  /// No such errors.
  public static let none = SynapseErrorSpec()
}

/// What differs between the channels of the column ADC beside their offset.
public struct ReadoutErrorSpec: Equatable, Sendable {
  /// Relative deviation of a channel's slope.
  public var slope: Double
  /// The latest that a channel samples after the first, in ticks; channels are uniform in between.
  public var phaseTicks: Double

  /// Makes errors.
  public init(slope: Double, phaseTicks: Double) {
    (self.slope, self.phaseTicks) = (slope, phaseTicks)
  }

  /// All channels alike.
  public static let none = ReadoutErrorSpec(slope: 0, phaseTicks: 0)
}

/// What is constant within a trial and differs from trial to trial.
public struct TrialErrorSpec: Equatable, Sendable {
  /// Deviations of threshold and of rest and reset together, as fractions of (threshold − leak).
  public var threshold, rest: Double

  /// Makes errors.
  public init(threshold: Double, rest: Double) { (self.threshold, self.rest) = (threshold, rest) }

  /// Every trial alike.
  public static let none = TrialErrorSpec(threshold: 0, rest: 0)
}

/// How the bias currents drift over time and with temperature.
///
/// A block of circuits shares one factor; a circuit's own part is small.
public struct DriftSpec: Equatable, Sendable {
  /// Relative deviation of a block's bias currents in the long run.
  public var sigma: Double
  /// Samples after which the drift has forgotten where it was.
  public var periodSamples: Int
  /// The part of the deviation that is a circuit's own.
  public var ownPart: Double
  /// Relative change of the bias currents for one kelvin.
  public var perKelvin: Double

  /// Makes a drift.
  public init(sigma: Double, periodSamples: Int, ownPart: Double, perKelvin: Double) {
    (self.sigma, self.periodSamples) = (sigma, periodSamples)
    (self.ownPart, self.perKelvin) = (ownPart, perKelvin)
  }

  /// No drift.
  public static let none = DriftSpec(sigma: 0, periodSamples: 1024, ownPart: 0, perKelvin: 0)
}

/// How the cells of the parameter DAC disturb each other and how fast they settle.
public struct ParameterDACSpec: Equatable, Sendable {
  /// By how many codes a cell is pulled down when all cells of its parameter hold its code.
  public var crosstalkCodes: Double
  /// Time constant at which a cell takes a new code, in seconds of hardware time.
  public var settlingSeconds: Double

  /// Makes cells.
  public init(crosstalkCodes: Double, settlingSeconds: Double) {
    (self.crosstalkCodes, self.settlingSeconds) = (crosstalkCodes, settlingSeconds)
  }

  /// Ideal cells.
  public static let none = ParameterDACSpec(crosstalkCodes: 0, settlingSeconds: 0)
}

/// The fraction of each kind of part that does not work.
public struct DefectRates: Equatable, Sendable {
  /// Neuron circuits that never fire, and that fire all the time.
  public var deadNeurons, stuckNeurons: Double
  /// Synapse rows and single synapses that give no charge.
  public var deadRows, deadSynapses: Double
  /// Cores of which nothing works, and links between neighbouring cores that lose every event.
  public var deadCores, deadLinks: Double

  /// Makes rates; each is 0 unless given.
  public init(
    deadNeurons: Double = 0, stuckNeurons: Double = 0, deadRows: Double = 0,
    deadSynapses: Double = 0, deadCores: Double = 0, deadLinks: Double = 0
  ) {
    (self.deadNeurons, self.stuckNeurons) = (deadNeurons, stuckNeurons)
    (self.deadRows, self.deadSynapses) = (deadRows, deadSynapses)
    (self.deadCores, self.deadLinks) = (deadCores, deadLinks)
  }

  /// Everything works.
  public static let none = DefectRates()
}
