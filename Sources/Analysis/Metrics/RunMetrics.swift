import ChipInterface
import HardwareSpec

/// The metrics of NeuroBench (Yik and others, 2025) that a run decides: activation sparsity and synaptic
/// operations, of an image on an analog chip.
///
/// docs/metrics.md quotes the definitions and says how they are applied.
public struct RunMetrics: Equatable, Sendable, Encodable {
  /// What one population did.
  public struct Layer: Equatable, Sendable, Encodable {
    /// The population's name, its neurons, and their spikes in all samples.
    public var name: String
    /// Neurons, and spikes of all of them in all samples.
    public var neurons, spikes: Int
    /// Zero activations over all; nil where the population does not fire.
    public var activationSparsity: Double?

    private enum CodingKeys: String, CodingKey {
      case name, neurons, spikes
      case activationSparsity = "activation_sparsity"
    }
  }

  /// Synaptic operations of one sample, on average.
  public struct Operations: Equatable, Sendable, Encodable {
    /// Accumulates: events times the synapses of their sender that are not zero.
    public var effectiveACs: Double
    /// Multiply-accumulates: none, because spikes are all or nothing.
    public var effectiveMACs = 0.0
    /// What hardware does that skips nothing: all weights in every tick.
    public var dense: Double

    private enum CodingKeys: String, CodingKey {
      case dense
      case effectiveACs = "effective_acs"
      case effectiveMACs = "effective_macs"
    }
  }

  /// Samples, and ticks of each.
  public var samples, ticks: Int
  /// Zero activations over all, of all neurons that fire, ticks and samples; 0: there are none.
  public var activationSparsity: Double
  /// Zero weights over all, as if every sender had a synapse onto every receiver.
  public var connectionSparsity: Double
  /// Synaptic operations of one sample.
  public var synapticOperations: Operations
  /// The populations, in the image's order.
  public var layers: [Layer]

  private enum CodingKeys: String, CodingKey {
    case samples, ticks, layers
    case activationSparsity = "activation_sparsity"
    case connectionSparsity = "connection_sparsity"
    case synapticOperations = "synaptic_operations"
  }
}

extension RunMetrics {
  /// Counts a run's inputs and spikes; both have the same samples.
  public init(
    of image: ChipImage, inputs: SpikeBatch, spikes: SpikeBatch, ticks: Int, on spec: ChipSpec
  ) {
    (samples, self.ticks) = (inputs.sampleCount, ticks)
    let io = image.io
    let active = ActiveTicks(spikes, units: io.unitCount, cyclesPerTick: spec.time.cyclesPerTick)
    layers = zip(io.unitOffsets, io.populations).map { first, population in
      let units = first..<first + population.count
      var layer = Layer(
        name: population.name, neurons: population.count,
        spikes: active.spikes[units].reduce(0, +), activationSparsity: nil)
      let all = population.count * ticks * inputs.sampleCount
      if image.fires(population), all > 0 {
        layer.activationSparsity = 1 - Double(active.ticks[units].reduce(0, +)) / Double(all)
      }
      return layer
    }
    let places = layers.filter { $0.activationSparsity != nil }
      .reduce(0) { $0 + $1.neurons * ticks * inputs.sampleCount }
    let events = zip(io.unitOffsets, io.populations).reduce(0) { sum, item in
      image.fires(item.1)
        ? sum + active.ticks[item.0..<item.0 + item.1.count].reduce(0, +) : sum
    }
    activationSparsity = places > 0 ? 1 - Double(events) / Double(places) : 0

    var channels = [Int](repeating: 0, count: image.inputRoutes.count)
    for unit in inputs.units where Int(unit) < channels.count { channels[Int(unit)] += 1 }
    let fanOut = io.projections.map { FanOut($0, in: image, on: spec) }
    let weights = io.projections.reduce(0) { $0 + $1.sourceCount * $1.targetCount }
    let nonzero = fanOut.reduce(0) { $0 + $1.synapses.reduce(0, +) }
    connectionSparsity = weights > 0 ? 1 - Double(nonzero) / Double(weights) : 0
    var operations = 0
    for (projection, fanOut) in zip(io.projections, fanOut) {
      let senders = io.senders(of: projection, channels: channels, spikes: active.spikes)
      operations += zip(senders, fanOut.synapses).reduce(0) { $0 + $1.0 * $1.1 }
    }
    synapticOperations = Operations(
      effectiveACs: Double(operations) / Double(max(samples, 1)),
      dense: Double(weights) * Double(ticks))
  }
}

/// The spikes of each unit, and the ticks in which it has any, over all samples.
private struct ActiveTicks {
  var spikes, ticks: [Int]

  init(_ batch: SpikeBatch, units: Int, cyclesPerTick: Int) {
    spikes = Array(repeating: 0, count: units)
    ticks = spikes
    for sample in 0..<batch.sampleCount {
      var seen: [UInt64] = []
      for i in batch.range(ofSample: sample) where Int(batch.units[i]) < units {
        spikes[Int(batch.units[i])] += 1
        seen.append(UInt64(batch.units[i]) << 32 | UInt64(Int(batch.cycles[i]) / cyclesPerTick))
      }
      seen.sort()
      var last: UInt64?
      for key in seen where key != last {
        ticks[Int(key >> 32)] += 1
        last = key
      }
    }
  }
}

/// How many receivers each sender of a projection reaches by a weight that is not zero.
private struct FanOut {
  private(set) var synapses: [Int]

  init(_ map: ProjectionMap, in image: ChipImage, on spec: ChipSpec) {
    synapses = Array(repeating: 0, count: map.sourceCount)
    let (owners, width) = (map.lineOwners, spec.geometry.circuitsPerCore)
    // Copies of a synapse are one synapse.
    let isCopied = map.copies > 1 || map.senderCopies.contains { $0 > 1 }
    var seen = isCopied ? [Bool](repeating: false, count: map.sourceCount * map.targetCount) : []
    for block in map.blocks {
      guard let core = image.core(block.core) else { continue }
      for pair in 0..<block.pairCount {
        let sender = owners[block.line(pair)].sender
        let row = 2 * (block.firstPair + pair) * width + block.firstColumn
        for column in 0..<block.columnCount
        where core.weights[row + column] != 0 || core.weights[row + width + column] != 0 {
          if isCopied {
            let place = sender * map.targetCount + block.target(column)
            if seen[place] { continue }
            seen[place] = true
          }
          synapses[sender] += 1
        }
      }
    }
  }
}

extension ChipImage {
  /// Whether the neurons of a population have their comparators on.
  fileprivate func fires(_ population: Population) -> Bool {
    guard let range = population.ranges.first, let core = core(range.core),
      core.circuits.indices.contains(range.firstColumn)
    else { return false }
    return core.circuits[range.firstColumn].fires
  }
}

extension ImageIO {
  /// The events of each sender of a projection.
  fileprivate func senders(
    of projection: ProjectionMap, channels: [Int], spikes: [Int]
  ) -> ArraySlice<Int> {
    guard let source = projection.source else { return channels[...] }
    for (first, population) in zip(unitOffsets, populations) where population.name == source {
      return spikes[first..<first + population.count]
    }
    return []
  }
}
