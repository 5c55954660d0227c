import Foundation

/// What a compilation used, lost and approximated: the content of `compile --report`.
public struct CompileReport: Equatable, Sendable {
  /// The network's and the chip's name, and the hash of the chip's file.
  public var network, chip, specHash: String
  /// The seed of partition and placement.
  public var seed: UInt64
  /// The network's file, where one was read: misfits say where in it they sit.
  public var file: String?
  /// Cores in use.
  public var coresUsed = 0
  /// Parts in use; nil when the network does not fit.
  public var resources: Resources?
  /// The layers, from input to output.
  public var layers: [Layer] = []
  /// The cores in use, ascending.
  public var cores: [Core] = []
  /// The links of the spike network that events take, ascending.
  public var links: [Link] = []
  /// Links that the events of all senders take, each sender's taking every link once.
  public var hops = 0
  /// The most senders that share one link.
  public var worstLinkLoad = 0
  /// Clock cycles from an input event to its first effect on the readout, without queues.
  public var estimatedLatencyCycles = 0
  /// Joules of one sample; nil where the chip file gives no energies.
  public var estimatedEnergyJoule: Double? { energy?.total }
  /// What one sample takes by cause; nil where the chip file gives no energies.
  public var energy: EnergyEstimate?
  /// The events that energies and link loads are reckoned with.
  public var events: EventEstimate?
  /// What the network takes by the definitions of NeuroBench; nil when it does not fit.
  public var metrics: StaticMetrics?
  /// Every reason why the network does not fit; empty when it does.
  public var misfits: [Misfit] = []
  /// What the chip does otherwise than the file says.
  public var approximations: [Approximation] = []
  /// What else people should know: dead neurons, repairs of the file, weights that were dropped.
  public var notes: [CompileNote] = []
  /// The stages as text, where the options ask for them; no part of the JSON.
  public var dumps: [StageDump] = []
  /// How long each pass took; empty unless the caller wants reports that differ from run to run.
  public var passes: [PassTime] = []
  /// The nodes of the file that each layer was made of.
  var nodesOfLayer: [String: [String]] = [:]
  /// The projections that lead to each layer.
  var fanIn: [String: [FanIn]] = [:]
  /// What volts mean, where potentials were scaled.
  var scales: [PopulationScale] = []

  /// Starts the report of a network.
  public init(network: String, chip: String, specHash: String, seed: UInt64) {
    (self.network, self.chip, self.specHash, self.seed) = (network, chip, specHash, seed)
  }

  /// The layer of that name.
  public func layer(_ name: String) -> Layer? { layers.first { $0.name == name } }
}

extension CompileReport {
  /// How many of a part are used, and how many there are.
  public struct Usage: Equatable, Sendable {
    /// How many the network uses.
    public var used: Int
    /// How many of those stand where the user put them.
    public var fixed: Int
    /// How many cannot be used: they are broken, or failed their calibration.
    public var prohibited: Int
    /// How many may be used: all of the chip without the prohibited ones.
    public var available: Int

    /// Makes a count.
    public init(used: Int, available: Int, fixed: Int = 0, prohibited: Int = 0) {
      (self.used, self.fixed) = (used, fixed)
      (self.prohibited, self.available) = (prohibited, available)
    }

    /// Used over available; 0 where nothing is used, infinite where nothing is there.
    public var share: Double {
      used == 0 ? 0 : available > 0 ? Double(used) / Double(available) : .infinity
    }
  }

  /// The parts of the chip.
  public struct Resources: Equatable, Sendable, Encodable {
    /// Neuron circuits, of which a neuron may take several; synapse rows; signed synapses, which
    /// are a place in a row pair; and axons, which are inputs and neurons that send.
    public var neurons, rows, synapses, axons: Usage
    /// Cores; nil where the back end does not count them.
    public var cores: Usage?
    /// Links between neighbouring cores, each direction for itself; nil without a mesh.
    public var links: Usage?
    /// Channels of the column ADC that a neuron's membrane is on; nil on digital chips.
    public var adcChannels: Usage?

    private enum CodingKeys: String, CodingKey {
      case neurons, rows, synapses, axons, cores, links
      case adcChannels = "adc_channels"
    }

    /// The parts by name, in the order of the table.
    public var named: [(name: String, usage: Usage)] {
      let all: [(String, Usage?)] = [
        ("neurons", neurons), ("rows", rows), ("synapses", synapses), ("axons", axons),
        ("cores", cores), ("links", links), ("adc_channels", adcChannels),
      ]
      return all.compactMap { name, usage in usage.map { (name, $0) } }
    }
  }

  /// One population with the projections that lead to it.
  public struct Layer: Equatable, Sendable {
    /// The population's name.
    public var name: String
    /// Neurons, synapses (copies count), and rows over all cores.
    public var neurons, synapses, rows: Int
    /// Stored weights beyond the largest step.
    public var clipped: Int
    /// Signal power over rounding error power of the weights; nil when nothing was rounded.
    public var quantisationSNRdB: Double?
    /// What one step of stored weight means in the network's own weight unit.
    public var scale: Double
    /// How many ticks later than in NIR an event acts on this layer.
    public var addedTicks: Double
    /// Weights of a digital chip that lost low bits.
    public var truncated = 0
    /// Circuits of all neurons; more than neurons where circuits are joined.
    public var circuits = 0
    /// Weights of the file that the synapses share, as a convolution's do; nil: one each.
    public var sharedWeights: Int?
    /// Cores that hold neurons of the layer.
    public var cores = 0
    /// Neurons that no input reaches: all their weights were rounded to zero, or they have none,
    /// and their bias alone does not make them fire.
    public var deadNeurons = 0
    /// Senders whose weights onto this layer were all rounded to zero.
    public var deadSenders = 0
    /// The shortest time constant over the network's step; small numbers step coarsely.
    public var shortestTimeSteps: Double?
    /// Spikes of one neuron in one tick that link loads and energy are reckoned with.
    public var ratePerTick: Double?
  }

  /// A core in use.
  public struct Core: Equatable, Sendable, Encodable {
    /// Neurons of one population on a core.
    public struct Resident: Equatable, Sendable, Encodable {
      /// The population's name.
      public var population: String
      /// How many of its neurons, and the lowest column.
      public var neurons, firstColumn: Int

      private enum CodingKeys: String, CodingKey {
        case population, neurons
        case firstColumn = "first_column"
      }
    }

    /// The core's number, and its column and row in the mesh.
    public var index, x, y: Int
    /// Circuits and synapse rows.
    public var columns, rows: Usage
    /// Signed synapses in use.
    public var synapses: Int
    /// The populations on it, by column.
    public var populations: [Resident]
    /// The cores whose circuits are joined with its own, itself among them; empty: none.
    public var joined: [Int]
  }

  /// A link of the spike network.
  public struct Link: Equatable, Sendable {
    /// The cores that it joins, by number.
    public var from, to: Int
    /// Neurons whose events take it.
    public var senders: Int
    /// Events in one tick, by the rates of the estimate, and the most that it takes; nil where the
    /// chip's links have no bound.
    public var eventsPerTick: Double
    /// The most events that it takes in one tick; nil where the chip's links have no bound.
    public var capacityPerTick: Double?

    /// Events over capacity; nil where there is no bound.
    public var load: Double? { capacityPerTick.map { eventsPerTick / $0 } }
  }

  /// A projection as one of those that lead to a layer.
  struct FanIn: Equatable {
    var projection: String
    var senders, copies: Int
  }

  /// How long one pass took.
  public struct PassTime: Equatable, Sendable, Encodable {
    /// The pass, by the name of the stage that it makes.
    public var name: String
    /// Seconds of wall time.
    public var seconds: Double

    /// Two are equal when they are of one pass: times differ from run to run.
    public static func == (a: PassTime, b: PassTime) -> Bool { a.name == b.name }
  }
}

/// The events of one sample that a report's energies and link loads are reckoned with.
public struct EventEstimate: Equatable, Sendable {
  /// Whether the rates were measured, or taken to be ``SpikeRates/usual``.
  public var isMeasured: Bool
  /// Input events, and spikes of all neurons.
  public var inputEvents, spikes: Double
  /// Row pairs driven, and synapses of non-zero weight passed.
  public var rowEvents, synapticEvents: Double
  /// Links crossed.
  public var hops: Double
}

/// Joules of one sample by cause.
public struct EnergyEstimate: Equatable, Sendable, Encodable {
  /// Circuits and their spikes.
  public var neurons: Double
  /// Row events and synapses.
  public var synapses: Double
  /// Ports and links.
  public var network: Double
  /// Conversions of the readout's membranes, where it reads membranes.
  public var readout: Double
  /// What the chip draws whatever it does.
  public var standby: Double

  /// All causes together.
  public var total: Double { neurons + synapses + network + readout + standby }
}
