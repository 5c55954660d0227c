import HardwareSpec

/// Everything that is loaded onto a chip: circuit settings, synapses, routes, and what they mean.
///
/// All coordinates were range-checked when they were made; ``validate(against:)`` proves the rest.
public struct ChipImage: Equatable, Sendable {
  /// The chip file's name, and the hash of its canonical form, that the image was made for.
  public var chipName, specHash: String
  /// The cores in use, in ascending order.
  public var cores: [CoreImage]
  /// For each input channel, the row pairs that its events drive.
  public var inputRoutes: [[RowPairOnChip]]
  /// Row pairs of input channels whose events come later, in ascending order of channel and delay.
  public var delayedInputs: [DelayedInput] = []
  /// Where spikes go, in ascending order of source and delay.
  public var spikeRoutes: [SpikeRoute]
  /// Circuits that are connected with each other.
  public var groups: [CircuitGroup] = []
  /// Generators of events on the chip.
  public var backgroundSources: [BackgroundSource] = []
  /// The learning rules that blocks and projections name.
  public var programs: [LearningProgram] = []
  /// Graded events between neurons.
  public var feedback: [FeedbackProjection] = []
  /// What inputs, outputs and weights mean, so that an image can be run and scored alone.
  public var io: ImageIO

  /// Makes an image from its parts.
  public init(
    chipName: String, specHash: String, cores: [CoreImage], inputRoutes: [[RowPairOnChip]],
    spikeRoutes: [SpikeRoute], io: ImageIO
  ) {
    (self.chipName, self.specHash) = (chipName, specHash)
    (self.cores, self.inputRoutes, self.spikeRoutes, self.io) = (
      cores, inputRoutes, spikeRoutes, io
    )
  }
}

/// The settings of one core.
public struct CoreImage: Equatable, Sendable {
  /// Which core.
  public var core: CoreOnChip
  /// Settings of the circuits in use: columns `0..<circuits.count`.
  public var circuits: [CircuitSettings]
  /// Stored weights, row by row: `synapseRowsPerCore * circuitsPerCore` numbers.
  ///
  /// Row `2p` is the excitatory and row `2p + 1` the inhibitory row of pair `p`.
  public var weights: [UInt8]
  /// Row pairs whose drivers have short-term plasticity, in ascending order.
  public var rowPlasticity: [RowPlasticity] = []
  /// Whether the synapses' correlation sensors are on.
  public var sensesCorrelation = false
  /// Rectangles of synapses that learn; they do not overlap.
  public var plasticBlocks: [PlasticBlock] = []
  /// The registers of a digital core, which has no circuits and no stored weights; nil: analog.
  public var digital: DigitalCore?

  /// Neurons in use: columns `0..<neuronCount`.
  public var neuronCount: Int { digital?.neuronCount ?? circuits.count }

  /// Makes a digital core.
  public init(_ core: CoreOnChip, digital: DigitalCore) {
    (self.core, circuits, weights, self.digital) = (core, [], [], digital)
  }

  /// Makes a core with all weights zero.
  public init(_ core: CoreOnChip, circuits: [CircuitSettings], on geometry: ChipGeometry) {
    (self.core, self.circuits) = (core, circuits)
    weights = Array(repeating: 0, count: geometry.synapseRowsPerCore * geometry.circuitsPerCore)
  }
}

/// The DAC codes and switches of one neuron circuit.
public struct CircuitSettings: Equatable, Sendable {
  /// Leak, reset and threshold potential, by ``NeuronSpec/potential``.
  public var leak, reset, threshold: UInt16
  /// Membrane time constant, by ``NeuronSpec/membraneTime``.
  public var membraneTime: UInt16
  /// Synaptic time constants, by ``NeuronSpec/synapticTime``.
  public var excitatoryTime, inhibitoryTime: UInt16
  /// Synaptic gains, by ``NeuronSpec/gain``.
  public var excitatoryGain, inhibitoryGain: UInt16
  /// Refractory counter, in ticks, at least 1.
  public var refractoryCount: UInt8
  /// Whether the comparator is on; off, the circuit is a leaky integrator for readout.
  public var fires: Bool
  /// What is switched on beyond the plain circuit.
  public var options = CircuitOptions.plain

  /// Makes settings of a plain circuit from codes.
  public init(
    leak: UInt16, reset: UInt16, threshold: UInt16, membraneTime: UInt16, excitatoryTime: UInt16,
    inhibitoryTime: UInt16, excitatoryGain: UInt16, inhibitoryGain: UInt16, refractoryCount: UInt8,
    fires: Bool
  ) {
    (self.leak, self.reset, self.threshold) = (leak, reset, threshold)
    self.membraneTime = membraneTime
    (self.excitatoryTime, self.inhibitoryTime) = (excitatoryTime, inhibitoryTime)
    (self.excitatoryGain, self.inhibitoryGain) = (excitatoryGain, inhibitoryGain)
    (self.refractoryCount, self.fires) = (refractoryCount, fires)
  }
}

/// Where the spikes of one circuit go.
public struct SpikeRoute: Equatable, Sendable {
  /// The circuit that fires.
  public var source: CircuitOnChip
  /// The row pairs that its event drives, in ascending order.
  public var targets: [RowPairOnChip]
  /// Delay of the axon, in ticks, on top of the network's latency.
  public var delayTicks: UInt8

  /// Makes a route; a circuit may have several, with different delays.
  public init(source: CircuitOnChip, targets: [RowPairOnChip], delayTicks: UInt8 = 0) {
    (self.source, self.targets, self.delayTicks) = (source, targets, delayTicks)
  }
}

/// Row pairs that the events of one input channel drive after a delay.
///
/// The host's playback memory holds the events back, so the delay is not bound by the chip's own
/// axonal delays.
public struct DelayedInput: Equatable, Sendable {
  /// The input channel.
  public var channel: Int
  /// The delay, in ticks, at least 1.
  public var delayTicks: UInt16
  /// The row pairs, in ascending order.
  public var targets: [RowPairOnChip]

  /// Makes a delayed route; a channel may have several, with different delays.
  public init(channel: Int, delayTicks: UInt16, targets: [RowPairOnChip]) {
    (self.channel, self.delayTicks, self.targets) = (channel, delayTicks, targets)
  }
}
