/// Sums over the positive weights that lead to each neuron.
struct InputSums {
  /// The sums of one neuron: of weights, of their squares and of their cubes.
  struct Sum {
    var positive = 0.0, squares = 0.0, cubes = 0.0
  }

  private let network: SpikingNetwork
  /// The projections that lead to each population.
  private let incoming: [[Int]]

  init(_ network: SpikingNetwork) {
    self.network = network
    let places = Dictionary(
      network.populations.enumerated().map { ($1.name, $0) },
      uniquingKeysWith: { first, _ in first })
    var incoming = [[Int]](repeating: [], count: network.populations.count)
    for (index, projection) in network.projections.enumerated() {
      if let place = places[projection.target] { incoming[place].append(index) }
    }
    self.incoming = incoming
  }

  func sums(ontoPopulation index: Int) -> [Sum] {
    var sums = [Sum](repeating: Sum(), count: network.populations[index].neurons.count)
    for projection in incoming[index] {
      let synapses = network.projections[projection].synapses
      for (receiver, weight) in zip(synapses.receivers, synapses.weights) where weight > 0 {
        sums[Int(receiver)].positive += weight
        sums[Int(receiver)].squares += weight * weight
        sums[Int(receiver)].cubes += weight * weight * weight
      }
    }
    return sums
  }
}
