import ChipInterface

/// A network for a digital chip in which every register is given: what `NAME.regs.yaml` holds.
public struct RegisterNetwork: Equatable, Sendable {
  /// What the network consists of.
  public enum Body: Equatable, Sendable {
    /// Populations of current-based neurons and projections between them; the compiler places them.
    case currentBased(CurrentBasedNetwork)
    /// Crossbar cores, given one by one.
    case crossbar(CrossbarNetwork)
  }

  /// The network's name.
  public var name: String
  /// How long one sample runs, in steps.
  public var steps: Int
  /// Biological seconds of one step, as the network's author means it.
  public var stepSeconds = 1e-3
  /// What the network consists of.
  public var body: Body

  /// Makes a network.
  public init(name: String, steps: Int, body: Body) {
    (self.name, self.steps, self.body) = (name, steps, body)
  }
}

/// Populations of current-based neurons and the projections between them.
public struct CurrentBasedNetwork: Equatable, Sendable {
  /// Input channels.
  public var inputCount: Int
  /// The populations, in the order in which recordings number their neurons.
  public var populations: [RegisterPopulation]
  /// The projections.
  public var projections: [RegisterProjection]

  /// Makes a network.
  public init(
    inputCount: Int, populations: [RegisterPopulation], projections: [RegisterProjection]
  ) {
    (self.inputCount, self.populations) = (inputCount, populations)
    self.projections = projections
  }

  /// Senders of a projection: neurons of its source, or input channels.
  func senderCount(of projection: RegisterProjection) -> Int? {
    guard let source = projection.source else { return inputCount }
    return population(source)?.neurons.count
  }

  func population(_ name: String) -> RegisterPopulation? {
    populations.first { $0.name == name }
  }
}

/// Current-based neurons with a name.
public struct RegisterPopulation: Equatable, Sendable {
  /// The population's name.
  public var name: String
  /// The registers of each neuron.
  public var neurons: [CurrentBasedNeuron]
  /// Where voltages are clipped below; a core has one such register, so populations that differ in
  /// it do not share cores.
  public var lowestVoltage: Int32

  /// Makes a population.
  public init(
    name: String, neurons: [CurrentBasedNeuron], lowestVoltage: Int32 = -(1 << 23) + 1
  ) {
    (self.name, self.neurons, self.lowestVoltage) = (name, neurons, lowestVoltage)
  }
}

/// One synapse as the user gave it.
public struct RegisterSynapse: Equatable, Sendable {
  /// The sender: a neuron of the source, or an input channel.
  public var sender: Int
  /// The receiver: a neuron of the target.
  public var receiver: Int
  /// The weight before rounding.
  public var weight: Int
  /// The delay in steps, beside the step that every spike takes.
  public var delay: Int
  /// The tag at the start.
  public var tag: Int

  /// Makes a synapse.
  public init(sender: Int, receiver: Int, weight: Int, delay: Int = 0, tag: Int = 0) {
    (self.sender, self.receiver, self.weight) = (sender, receiver, weight)
    (self.delay, self.tag) = (delay, tag)
  }
}

/// Synapses from one population, or the input channels, to another population.
public struct RegisterProjection: Equatable, Sendable {
  /// The projection's name.
  public var name: String
  /// The population that sends; nil: the input channels.
  public var source: String?
  /// The population that receives.
  public var target: String
  /// The synapses; between two neurons there is at most one.
  public var synapses: [RegisterSynapse]
  /// Bits of a weight; weights of mixed signs lose one more, but are whole at 9.
  public var weightBits = 8
  /// The exponent of the weights: their sum is shifted left by it.
  public var weightExponent = 0
  /// The signs of the weights; nil: as the weights are.
  public var signMode: SignMode?
  /// The rule by which the synapses learn; nil: they do not.
  public var program: LearningProgram?
  /// Whether delays act, or are numbers that only the rule sees.
  public var delayActs = true
  /// Whether a spike of −1 subtracts the weights, or adds them as any spike does.
  public var subtractsNegativeSpikes = true

  /// The bits that a weight takes on the chip.
  var storedWeightBits: UInt8 { UInt8(min(max(weightBits, 1), 8)) }

  /// Makes a projection.
  public init(name: String, source: String?, target: String, synapses: [RegisterSynapse]) {
    (self.name, self.source, self.target) = (name, source, target)
    self.synapses = synapses
  }

  /// Makes a projection with a synapse from every sender to every receiver.
  ///
  /// The tables are ordered `[receiver][sender]`; `delays` and `tags` may be empty.
  public init(
    name: String, source: String?, target: String, weights: [[Int]], delays: [[Int]] = [],
    tags: [[Int]] = []
  ) {
    var synapses: [RegisterSynapse] = []
    for (receiver, row) in weights.enumerated() {
      for (sender, weight) in row.enumerated() {
        synapses.append(
          RegisterSynapse(
            sender: sender, receiver: receiver, weight: weight,
            delay: delays.entry(receiver, sender), tag: tags.entry(receiver, sender)))
      }
    }
    self.init(name: name, source: source, target: target, synapses: synapses)
  }
}

extension [[Int]] {
  fileprivate func entry(_ row: Int, _ column: Int) -> Int {
    indices.contains(row) && self[row].indices.contains(column) ? self[row][column] : 0
  }
}

/// Crossbar cores and the routes between them.
public struct CrossbarNetwork: Equatable, Sendable {
  /// An axon of one of the cores.
  public struct Axon: Hashable, Comparable, Sendable {
    /// Position of the core in the network, and the axon on it.
    public var core, axon: Int

    /// Names an axon.
    public init(core: Int, axon: Int) { (self.core, self.axon) = (core, axon) }

    /// Core first, then axon.
    public static func < (a: Axon, b: Axon) -> Bool { (a.core, a.axon) < (b.core, b.axon) }
  }

  /// Where the spikes of one neuron go.
  public struct Route: Equatable, Sendable {
    /// Position of the core in the network, and the neuron on it.
    public var core, neuron: Int
    /// The axon that hears the spike.
    public var target: Axon
    /// Steps that the axon waits, beside the one that every spike takes.
    public var delay: Int

    /// Makes a route.
    public init(core: Int, neuron: Int, target: Axon, delay: Int = 0) {
      (self.core, self.neuron, self.target, self.delay) = (core, neuron, target, delay)
    }
  }

  /// The cores, in the order in which they are put on the chip.
  public var cores: [CrossbarCore]
  /// For each input channel, the axons that hear it.
  public var inputs: [[Axon]]
  /// Where spikes go.
  public var routes: [Route]

  /// Makes a network.
  public init(cores: [CrossbarCore], inputs: [[Axon]], routes: [Route]) {
    (self.cores, self.inputs, self.routes) = (cores, inputs, routes)
  }
}
