/// Everything a chip file says of one chip: the sizes, laws and imperfections the code works from.
///
/// The code knows circuits, not chips: it never asks for a chip by name.
public struct ChipSpec: Equatable, Sendable {
  /// The chip's name, as `--chip` takes it.
  public var name: String
  /// One sentence on what the chip is.
  public var summary: String
  /// Cores, circuits and rows.
  public var geometry: ChipGeometry
  /// Clock and tick.
  public var time: ChipTime
  /// Weight range and effective weights.
  public var synapse: SynapseSpec
  /// The laws and limits of a neuron circuit.
  public var neuron: NeuronSpec
  /// The column ADC.
  public var readout: ReadoutSpec
  /// Ports and routes of spike events.
  public var events: EventSpec
  /// What differs from device to device and from trial to trial.
  public var imperfections: ImperfectionSpec
  /// What circuits have beyond the plain one; nil when the chip has nothing of it.
  public var circuits: CircuitFamilySpec?
  /// What the parts take of energy, and the readout of time; nil where the file does not say.
  public var energy: EnergySpec?
  /// The spike network; nil for an ideal one, with latencies but without queues.
  public var network: NetworkSpec?
  /// How circuits connect with each other; nil when they do not.
  public var coupling: CouplingSpec?
  /// The synapses' correlation sensors; nil when there are none.
  public var correlation: CorrelationSpec?
  /// The learning engines of the cores; nil when the chip does not learn.
  public var learning: LearningSpec?
  /// The cores of a digital chip; nil when they are analog.
  ///
  /// A digital chip's file leaves out `synapse`, `neuron`, `readout`, `events` and `imperfections`;
  /// what stands in their place has no meaning.
  public var digital: DigitalSpec?
}

/// How many of each part a chip has.
public struct ChipGeometry: Equatable, Sendable {
  /// Columns and rows of the mesh of cores.
  public var meshColumns, meshRows: Int
  /// Neuron circuits of one core; one circuit a synapse column.
  public var circuitsPerCore: Int
  /// Synapse rows of one core; even rows excite, odd rows inhibit.
  ///
  /// On a digital chip, whose synapses are signed, a row is an axon.
  public var synapseRowsPerCore: Int
  /// Circuits of one mismatch block: neighbours that share bias lines.
  public var circuitsPerBlock: Int
  /// Rows that one event drives: two, or one where synapses are signed.
  public var rowsPerAxon = 2

  /// Cores of the chip.
  public var coreCount: Int { meshColumns * meshRows }
  /// Pairs of one excitatory and one inhibitory row on one core; axons of a digital core.
  public var rowPairsPerCore: Int { synapseRowsPerCore / rowsPerAxon }
  /// All cores, in order.
  public var cores: [CoreOnChip] { (0..<coreCount).map { CoreOnChip(unchecked: $0) } }
  /// The mesh hops between two cores (Manhattan distance).
  public func hops(from a: CoreOnChip, to b: CoreOnChip) -> Int {
    abs(a.index % meshColumns - b.index % meshColumns)
      + abs(a.index / meshColumns - b.index / meshColumns)
  }
}

/// The chip's clock and tick.
public struct ChipTime: Equatable, Sendable {
  /// Clock rate, in hertz.
  public var clockHertz: Double
  /// Clock cycles between two advances of the analog circuits.
  public var cyclesPerTick: Int
  /// Biological time over hardware time.
  public var acceleration: Double

  /// One tick, in seconds of hardware time.
  public var tickSeconds: Double { Double(cyclesPerTick) / clockHertz }
}

/// The synapses of a chip.
public struct SynapseSpec: Equatable, Sendable {
  /// Bits of a stored weight.
  public var weightBits: Int
  /// Steps of the 8-bit effective weight for one step of the stored weight; the room above the
  /// largest weight is for the fixed-pattern error.
  public var effectiveStepsPerWeight: Int
  /// How a stored weight becomes charge.
  public var weightLaw = WeightLaw.linear

  /// The largest stored weight.
  public var largestWeight: Int { (1 << weightBits) - 1 }
}

/// The laws and limits of one neuron circuit.
public struct NeuronSpec: Equatable, Sendable {
  /// Leak, reset and threshold potential, in volts.
  public var potential: ParameterLaw
  /// Membrane time constant, in seconds of hardware time.
  public var membraneTime: ParameterLaw
  /// Synaptic time constants, in seconds of hardware time.
  public var synapticTime: ParameterLaw
  /// Synaptic gain: the jump of R·I for one step of stored weight, in volts.
  public var gain: ParameterLaw
  /// Largest count of the refractory counter; one count is one tick, 1 the least.
  public var largestRefractoryCount: Int
  /// Where the input stage saturates, in steps of stored weight, for either sign.
  public var inputSaturation: Double
  /// The supply rails that bound the membrane, in volts.
  public var railVolts: ClosedRange<Double>
}

/// The column ADC: all columns at once, every few ticks.
public struct ReadoutSpec: Equatable, Sendable {
  /// Bits of a code.
  public var bits: Int
  /// The membrane potential of code 0, in volts.
  public var zeroVolts: Double
  /// One code, in volts.
  public var lsbVolts: Double
  /// The fastest sampling that converter and link allow, in ticks.
  public var sampleEveryTicks: Int
  /// Noise of one conversion, standard deviation in codes.
  public var noiseLSB: Double

  /// The largest code.
  public var largestCode: Int { (1 << bits) - 1 }
}

/// Ports and routes of spike events.
public struct EventSpec: Equatable, Sendable {
  /// Clock cycles that a core's input port needs for one event.
  public var portCyclesPerEvent: Int
  /// Events that may wait at a core's input port; more are lost and counted.
  public var portWaitingEvents: Int
  /// Latency of a route within a core and for each mesh hop, in clock cycles.
  public var localLatencyCycles, hopLatencyCycles: Int
}

/// The spread of one parameter from device to device, in two levels.
public struct Spread: Equatable, Sendable {
  /// Standard deviation shared by a block, and of each circuit within it.
  public var block, local: Double

  /// Makes a spread from its two levels.
  public init(block: Double, local: Double) { (self.block, self.local) = (block, local) }

  /// Makes a spread of a total standard deviation, 3/4 of its variance local.
  public init(total: Double) {
    self.init(block: 0.5 * total, local: 0.75.squareRoot() * total)
  }

  /// Both levels together.
  public var total: Double { (block * block + local * local).squareRoot() }
}

/// What differs from device to device and from trial to trial.
public struct ImperfectionSpec: Equatable, Sendable {
  /// Relative spread of the membrane time constant (lognormal, mean 1).
  public var membraneTime: Spread
  /// Relative spread of either synaptic time constant (lognormal, mean 1).
  public var synapticTime: Spread
  /// Relative spread of either synaptic gain (lognormal, mean 1).
  public var gain: Spread
  /// Relative spread of (threshold − leak), normal, floor 0.3.
  public var thresholdDistance: Spread
  /// Spread of leak and of reset, as a fraction of the nominal (threshold − leak).
  public var restPotential: Spread
  /// Spread of the input stage's offset, as a fraction of the nominal (threshold − leak).
  public var inputOffset: Spread
  /// Correlation of the excitatory with the inhibitory time constant, and of the gains.
  public var excitatoryInhibitoryCorrelation: Double
  /// Correlation of leak with reset.
  public var leakResetCorrelation: Double
  /// Largest deviation of the refractory counter, in counts, either way.
  public var refractoryCounts: Int
  /// Relative standard deviation of a synapse's charge.
  public var synapse: Double
  /// Standard deviation of an ADC channel's offset, in codes.
  public var adcOffsetLSB: Double
  /// Stationary standard deviation of membrane noise, as a fraction of (threshold − leak).
  public var membraneNoise: Double
  /// Probability that an input event comes one tick early, and that it comes one tick late.
  public var inputJitter: Double
  /// Probability that a spike comes one tick late.
  public var spikeJitter: Double
  /// Measured spreads of the biases; nil where the spreads above hold.
  ///
  /// Where it is not nil a chip file leaves the six spreads above out: they are then what the
  /// biases' spreads come to, for people to read.
  public var parameters: ParameterSpreads?
  /// Errors of the synapses' DACs, drivers and columns.
  public var synapseErrors = SynapseErrorSpec.none
  /// Differences between the ADC's channels beside their offset.
  public var readoutErrors = ReadoutErrorSpec.none
  /// What is constant within a trial.
  public var trialErrors = TrialErrorSpec.none
  /// Drift of the bias currents.
  public var drift = DriftSpec.none
  /// The cells of the parameter DAC.
  public var parameterDAC = ParameterDACSpec.none
  /// The fraction of parts that do not work.
  public var defectRates = DefectRates.none
}
