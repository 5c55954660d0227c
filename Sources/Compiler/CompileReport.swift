import Foundation

/// What a compilation used, lost and approximated: the content of `compile --report`.
public struct CompileReport: Equatable, Sendable {
  /// Used and available number of a part.
  public struct Usage: Equatable, Sendable, Encodable {
    /// How many the network uses, and how many the chip has.
    public var used, available: Int

    /// Makes a pair.
    public init(used: Int, available: Int) { (self.used, self.available) = (used, available) }
  }

  /// The parts of the chip.
  public struct Resources: Equatable, Sendable, Encodable {
    /// Neuron circuits; synapse rows; synapses; and axons, which are inputs and neurons that send.
    public var neurons, rows, synapses, axons: Usage
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
  }

  /// The network's and the chip's name, and the hash of the chip's file.
  public var network, chip, specHash: String
  /// The seed of partition and placement.
  public var seed: UInt64
  /// Cores in use.
  public var coresUsed = 0
  /// Parts in use; nil when the network does not fit.
  public var resources: Resources?
  /// The layers, from input to output.
  public var layers: [Layer] = []
  /// Mesh hops of all routes together, each route taking every link once.
  public var hops = 0
  /// The most routes that share one link of the mesh.
  public var worstLinkLoad = 0
  /// Clock cycles from an input event to its first effect on the last layer, without queues.
  public var estimatedLatencyCycles = 0
  /// Joules of one sample by the chip's standby power, which exceeds what events add; nil where
  /// the chip file gives no energies.
  public var estimatedEnergyJoule: Double?
  /// Every reason why the network does not fit; empty when it does.
  public var misfits: [Misfit] = []
  /// What the chip does otherwise than the file says.
  public var approximations: [Approximation] = []
  /// What people should know, though it changes nothing of the network.
  public var notes: [CompileNote] = []
  /// The stages as text, where the options ask for them; no part of the JSON.
  public var dumps: [StageDump] = []

  /// Starts the report of a network.
  public init(network: String, chip: String, specHash: String, seed: UInt64) {
    (self.network, self.chip, self.specHash, self.seed) = (network, chip, specHash, seed)
  }

  /// The report as one JSON object, keys in order.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}

extension CompileReport: Encodable {
  /// The version of the report's keys.
  public static let schemaVersion = 1

  private enum Key: String, CodingKey {
    case schema, network, chip, seed, resources, layers, hops, misfits, approximations, notes
    case specHash = "spec_hash"
    case coresUsed = "cores_used"
    case worstLinkLoad = "worst_link_load"
    case estimatedLatencyCycles = "estimated_latency_cycles"
    case estimatedEnergyJoule = "estimated_energy_joule"
  }

  /// Writes the keys of `compile --report`; the energy is null where the chip file gives none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode("synapus-compile/\(Self.schemaVersion)", forKey: .schema)
    try container.encode(network, forKey: .network)
    try container.encode(chip, forKey: .chip)
    try container.encode(specHash, forKey: .specHash)
    try container.encode(seed, forKey: .seed)
    try container.encode(coresUsed, forKey: .coresUsed)
    try container.encode(resources, forKey: .resources)
    try container.encode(layers, forKey: .layers)
    try container.encode(hops, forKey: .hops)
    try container.encode(worstLinkLoad, forKey: .worstLinkLoad)
    try container.encode(estimatedLatencyCycles, forKey: .estimatedLatencyCycles)
    try container.encode(estimatedEnergyJoule, forKey: .estimatedEnergyJoule)
    try container.encode(misfits, forKey: .misfits)
    try container.encode(approximations, forKey: .approximations)
    try container.encode(notes, forKey: .notes)
  }
}

extension CompileReport.Layer: Encodable {
  private enum Key: String, CodingKey {
    case name, neurons, synapses, rows, clipped, truncated, scale
    case quantisationSNRdB = "quantisation_snr_db"
    case addedTicks = "added_ticks"
  }

  /// Writes the keys of a layer; a ratio without rounding error is null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(neurons, forKey: .neurons)
    try container.encode(synapses, forKey: .synapses)
    try container.encode(rows, forKey: .rows)
    try container.encode(clipped, forKey: .clipped)
    try container.encode(truncated, forKey: .truncated)
    try container.encode(quantisationSNRdB, forKey: .quantisationSNRdB)
    try container.encode(scale, forKey: .scale)
    try container.encode(addedTicks, forKey: .addedTicks)
  }
}
