import HardwareSpec

/// The static metrics of NeuroBench (Yik and others, 2025) of a network as it lies on the chip.
///
/// docs/metrics.md quotes the definitions and says how they are applied.
public struct StaticMetrics: Equatable, Sendable {
  /// Bytes of the synapse memory that the network occupies, zero weights included; of the settings
  /// of its circuits; and of the events that axons hold back, one bit for each tick of delay.
  public var weightBytes, parameterBytes, bufferBytes: Int
  /// Weights of all projections, as if every sender had a synapse onto every receiver, and those
  /// of them that are zero on the chip.
  public var weights, zeroWeights: Int
  /// Synaptic operations of a sample on hardware that skips nothing: all weights in every tick.
  public var denseOperations: Int

  /// Bytes of weights, parameters and buffers together.
  public var footprintBytes: Int { weightBytes + parameterBytes + bufferBytes }

  /// Zero weights over all weights, 0 to 1; 0 without weights.
  public var connectionSparsity: Double {
    weights > 0 ? Double(zeroWeights) / Double(weights) : 0
  }

  /// Whole bytes that hold so many bits.
  static func bytes(_ bits: Int) -> Int { (bits + 7) / 8 }

  /// Bits of the settings of one circuit: eight DAC codes, refractory counter, comparator switch.
  static func bitsPerCircuit(_ neuron: NeuronSpec) -> Int {
    func bits(_ highest: Int) -> Int { Int.bitWidth - max(highest, 1).leadingZeroBitCount }
    return 3 * bits(neuron.potential.highestCode) + bits(neuron.membraneTime.highestCode)
      + 2 * bits(neuron.synapticTime.highestCode) + 2 * bits(neuron.gain.highestCode)
      + bits(neuron.largestRefractoryCount) + 1
  }
}

extension StaticMetrics: Encodable {
  private enum Key: String, CodingKey {
    case footprint
    case connectionSparsity = "connection_sparsity"
    case weights
    case zeroWeights = "zero_weights"
    case denseOperations = "dense_synaptic_operations"
  }

  private enum FootprintKey: String, CodingKey { case total, weights, parameters, buffers }

  /// Writes footprint in bytes, connection sparsity, and dense operations of a sample.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    var footprint = container.nestedContainer(keyedBy: FootprintKey.self, forKey: .footprint)
    try footprint.encode(footprintBytes, forKey: .total)
    try footprint.encode(weightBytes, forKey: .weights)
    try footprint.encode(parameterBytes, forKey: .parameters)
    try footprint.encode(bufferBytes, forKey: .buffers)
    try container.encode(connectionSparsity, forKey: .connectionSparsity)
    try container.encode(weights, forKey: .weights)
    try container.encode(zeroWeights, forKey: .zeroWeights)
    try container.encode(denseOperations, forKey: .denseOperations)
  }
}
