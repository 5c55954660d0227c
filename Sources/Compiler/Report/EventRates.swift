/// How often senders fire: what link loads and energies are reckoned with.
struct EventRates {
  /// The rate that is assumed where none was measured: one event of each sender in 100 ticks, as
  /// in tasks that code a sample by the time of one spike.
  static let assumedPerTick = 0.01

  /// Whether the rates were measured.
  var isMeasured = false
  /// Events a tick of each input channel; empty: the assumed rate.
  var inputs: [Double] = []
  /// Spikes a tick of each neuron, population by population; empty: the assumed rate.
  var populations: [[Double]] = []

  func input(_ channel: Int) -> Double {
    inputs.indices.contains(channel) ? inputs[channel] : Self.assumedPerTick
  }

  func neuron(_ neuron: Int, ofPopulation population: Int) -> Double {
    guard populations.indices.contains(population),
      populations[population].indices.contains(neuron)
    else { return Self.assumedPerTick }
    return populations[population][neuron]
  }

  /// The rates of the neurons of a population, together.
  func total(_ population: Int, of network: SpikingNetwork) -> Double {
    guard network.populations[population].fires else { return 0 }
    return network.populations[population].neurons.indices.reduce(0) {
      $0 + neuron($1, ofPopulation: population)
    }
  }
}
