import ChipInterface
import HardwareSpec

/// Fills crossbar cores with neurons, one after the other.
struct CrossbarPacking {
  /// What an axon carries.
  private struct Key: Hashable {
    var source: String?
    var sender, delay, type: Int
    /// A neuron that hears one sender twice under one type needs two axons.
    var repetition: Int
  }

  private struct Core {
    var axons: [Key: Int] = [:]
    var keys: [Key] = []
    var columns: [[UInt16]] = []
    var neurons: [CrossbarNeuron] = []
  }

  private let geometry: ChipGeometry
  private var cores: [Core] = []
  private var demand: (neuron: Int, axons: Int)?

  init(_ spec: ChipSpec) { geometry = spec.geometry }

  /// Places the neurons of a population; gives their cores and columns.
  mutating func place(
    _ population: Int, _ neurons: [CrossbarNeuron], _ synapses: [[CrossbarSynapse]]
  ) -> [(core: Int, column: Int)] {
    demand = nil
    return neurons.indices.map { i in
      let keys = keys(synapses[i])
      if keys.count > geometry.rowPairsPerCore, demand == nil { demand = (i, keys.count) }
      if !(cores.last.map { takes($0, keys) } ?? false) { cores.append(Core()) }
      let core = cores.count - 1
      let column = cores[core].neurons.count
      cores[core].neurons.append(neurons[i])
      for key in keys { connect(key, core, column) }
      return (core, column)
    }
  }

  /// The neuron of the last population that no core has axons enough for.
  func misfit(of population: String) -> Misfit? {
    demand.map {
      .fanIn(
        population: population, neuron: $0.neuron, part: .axons, needed: $0.axons,
        available: geometry.rowPairsPerCore)
    }
  }

  private func keys(_ synapses: [CrossbarSynapse]) -> [Key] {
    var seen: [Key: Int] = [:]
    return synapses.map { synapse in
      var key = Key(
        source: synapse.source, sender: synapse.sender, delay: synapse.delay, type: synapse.type,
        repetition: 0)
      let repetition = seen[key, default: 0]
      seen[key] = repetition + 1
      key.repetition = repetition
      return key
    }
  }

  private func takes(_ core: Core, _ keys: [Key]) -> Bool {
    core.neurons.count < geometry.circuitsPerCore
      && core.keys.count + keys.count { core.axons[$0] == nil } <= geometry.rowPairsPerCore
  }

  private mutating func connect(_ key: Key, _ core: Int, _ column: Int) {
    let axon = cores[core].axons[key] ?? cores[core].keys.count
    if axon == cores[core].keys.count {
      cores[core].axons[key] = axon
      cores[core].keys.append(key)
      cores[core].columns.append([])
    }
    cores[core].columns[axon].append(UInt16(clamping: column))
  }

  // MARK: Network

  /// The cores with routes from where the senders are.
  func network(
    inputs: Int, sources: [String: Int], _ places: [[(core: Int, column: Int)]]
  ) -> CrossbarNetwork {
    var network = CrossbarNetwork(
      cores: [], inputs: Array(repeating: [], count: inputs), routes: [])
    for (index, core) in cores.enumerated() {
      network.cores.append(
        CrossbarCore(
          axonTypes: core.keys.map { UInt8(clamping: $0.type) }, neurons: core.neurons,
          synapses: core.columns))
      for (axon, key) in core.keys.enumerated() {
        let target = CrossbarNetwork.Axon(core: index, axon: axon)
        guard let source = key.source else {
          network.inputs[key.sender].append(target)
          continue
        }
        guard let population = sources[source] else { continue }
        let place = places[population][key.sender]
        network.routes.append(
          CrossbarNetwork.Route(
            core: place.core, neuron: place.column, target: target, delay: key.delay))
      }
    }
    return network
  }
}
