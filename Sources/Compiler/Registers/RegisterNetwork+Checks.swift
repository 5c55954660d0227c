import ChipInterface

extension CurrentBasedNetwork {
  /// Refuses names and numbers of neurons that the network does not have.
  func checkNames() throws(CompilerError) {
    let known = populations.map(\.name)
    for (index, name) in known.enumerated() where known[..<index].contains(name) {
      throw .duplicateName(name)
    }
    if populations.isEmpty { throw .emptyPopulation("") }
    for population in populations where population.neurons.isEmpty {
      throw .emptyPopulation(population.name)
    }
    for projection in projections {
      guard let senders = senderCount(of: projection) else {
        throw .unknownPopulation(projection.source ?? "", known: known)
      }
      guard let receivers = population(projection.target)?.neurons.count else {
        throw .unknownPopulation(projection.target, known: known)
      }
      try projection.checkEnds(senders: senders, receivers: receivers)
    }
  }
}

extension RegisterProjection {
  fileprivate func checkEnds(senders: Int, receivers: Int) throws(CompilerError) {
    var seen: Set<Int> = []
    for synapse in synapses {
      guard (0..<senders).contains(synapse.sender), (0..<receivers).contains(synapse.receiver)
      else {
        throw .synapseEnds(
          projection: name, sender: synapse.sender, receiver: synapse.receiver, senders: senders,
          receivers: receivers)
      }
      guard seen.insert(synapse.sender * receivers + synapse.receiver).inserted else {
        throw .duplicateSynapse(
          projection: name, sender: synapse.sender, receiver: synapse.receiver)
      }
    }
  }
}

extension CrossbarNetwork {
  /// Refuses cores, neurons and axons that the network does not have.
  func checkEnds() throws(CompilerError) {
    guard !cores.isEmpty else { throw .emptyPopulation("core 0") }
    for (index, core) in cores.enumerated() {
      guard !core.neurons.isEmpty else { throw .emptyPopulation("core \(index)") }
      try core.checkCrossbar(index)
    }
    for axon in inputs.joined() + routes.map(\.target) where !has(axon) {
      throw .unknownAxon(core: axon.core, axon: axon.axon)
    }
    for route in routes
    where !cores.indices.contains(route.core)
      || !cores[route.core].neurons.indices.contains(route.neuron)
    {
      throw .unknownNeuron(core: route.core, neuron: route.neuron)
    }
  }

  private func has(_ axon: Axon) -> Bool {
    cores.indices.contains(axon.core) && cores[axon.core].axonTypes.indices.contains(axon.axon)
  }
}

extension CrossbarCore {
  /// Axons and synapses must be as many, and synapses ascend over existing neurons.
  fileprivate func checkCrossbar(_ index: Int) throws(CompilerError) {
    guard synapses.count == axonTypes.count else {
      throw .crossbarShape(core: index, rows: synapses.count, axons: axonTypes.count)
    }
    for (axon, columns) in synapses.enumerated() {
      for (i, column) in columns.enumerated() {
        guard Int(column) < neurons.count else {
          throw .unknownNeuron(core: index, neuron: Int(column))
        }
        guard i == 0 || columns[i - 1] < column else {
          throw .crossbarOrder(core: index, axon: axon)
        }
      }
    }
  }
}
