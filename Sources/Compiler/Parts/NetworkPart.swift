import ChipInterface
import HardwareSpec

/// Some populations of a network as a network of its own: what sends to them from outside, the
/// network's inputs and other populations, becomes input channels.
struct NetworkPart {
  /// The network of the part.
  var network: SpikingNetwork
  /// What its input channels stand for.
  var channels: [ImageSequence.Channels] = []

  /// Takes populations out of a network; those that send to them must belong to them, or run
  /// earlier.
  init(_ populations: [Int], of whole: SpikingNetwork) {
    let names = Set(populations.map { whole.populations[$0].name })
    network = whole
    network.populations = populations.map { whole.populations[$0] }
    network.projections = whole.projections.filter { names.contains($0.target) }
    if !names.contains(whole.readout) { network.readout = network.populations.last?.name ?? "" }
    let first = nameChannels(whole, inside: names)
    network.inputCount = channels.reduce(0) { $0 + $1.count }
    for index in network.projections.indices {
      let source = network.projections[index].source
      if let source, names.contains(source) { continue }
      network.projections[index].hear(from: first[source] ?? 0, of: network.inputCount)
    }
  }

  /// Gives each outside source its channels; the first channel of each.
  private mutating func nameChannels(
    _ whole: SpikingNetwork, inside names: Set<String>
  ) -> [String?: Int] {
    let heard = Set(network.projections.map(\.source))
    var (first, next): ([String?: Int], Int) = ([:], 0)
    func add(_ origin: ImageSequence.Origin, _ source: String?, _ count: Int) {
      channels.append(.init(origin, firstSender: 0, count: count))
      first[source] = next
      next += count
    }
    if heard.contains(nil) { add(.inputs, nil, whole.inputCount) }
    for population in whole.populations
    where heard.contains(population.name) && !names.contains(population.name) {
      add(.population(population.name), population.name, population.neurons.count)
    }
    return first
  }
}

extension SpikingProjection {
  /// Makes the senders some of so many input channels.
  fileprivate mutating func hear(from first: Int, of channels: Int) {
    let senders = synapses.senderCount
    let after = channels - first - senders
    synapses = SynapseMatrix(
      senderCount: channels, receiverCount: synapses.receiverCount,
      starts: Array(repeating: 0, count: first) + synapses.starts
        + Array(repeating: synapses.count, count: after),
      receivers: synapses.receivers, weights: synapses.weights)
    if !delays.isEmpty {
      delays =
        Array(repeating: 0, count: first) + delays + Array(repeating: 0, count: after)
    }
    source = nil
  }
}
