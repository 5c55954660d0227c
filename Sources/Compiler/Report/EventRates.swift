/// How often senders fire: what link loads and energies are reckoned with.
struct EventRates {
  /// Whether the rates were measured; else each is the usual one.
  let isMeasured: Bool
  private let inputs: [Double]
  private let populations: [String: [Double]]

  init(_ rates: SpikeRates?) {
    isMeasured = rates != nil
    (inputs, populations) = (rates?.inputs ?? [], rates?.populations ?? [:])
  }

  func input(_ channel: Int) -> Double {
    inputs.indices.contains(channel) ? inputs[channel] : SpikeRates.usual
  }

  /// Spikes a tick of the neurons of a population, in order; none where it does not fire.
  func neurons(of population: SpikingPopulation) -> [Double] {
    let count = population.neurons.count
    guard population.fires else { return Array(repeating: 0, count: count) }
    let known = (populations[population.name] ?? []).prefix(count)
    return known + Array(repeating: SpikeRates.usual, count: count - known.count)
  }

  /// The rates of the neurons of a population, together.
  func total(_ population: SpikingPopulation) -> Double {
    neurons(of: population).reduce(0, +)
  }
}
