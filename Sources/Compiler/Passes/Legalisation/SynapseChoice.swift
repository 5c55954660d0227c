import HardwareSpec

/// Chooses the synaptic time constant of neurons whose node has none.
///
/// A charge Q through τ_s makes R·I jump by Q / τ_s, and the largest step of a weight makes it jump
/// by the largest gain at most. So a slower synapse carries a larger charge; a step of the network
/// is the longest that is taken, because an event of NIR lasts that long. Where that does not do
/// either, a population that is only read out gets fewer volts a unit.
struct SynapseChoice {
  private let options: CompileOptions
  private let shortestTicks: Double

  init(_ options: CompileOptions, shortestTicks: Double) {
    (self.options, self.shortestTicks) = (options, shortestTicks)
  }

  /// The time constant of a population, in ticks, and by how much its largest weights exceed the
  /// gain then; 1: they fit.
  func ticks(
    for population: SpikingPopulation, in network: SpikingNetwork
  ) -> (ticks: Double, excess: Double) {
    let laws = options.spec.neuron
    let longest = min(
      Double(options.ticksPerStep),
      laws.synapticTime.range.upperBound / options.spec.time.tickSeconds)
    let charge = population.neurons.map(\.chargePerWeight).max() ?? 0
    let largest = laws.gain.range.upperBound * Double(options.spec.synapse.largestWeight)
    let needed = charge * peakWeight(onto: population.name, network) * volts(population) / largest
    guard needed > shortestTicks, needed.isFinite else { return (shortestTicks, 1) }
    let ticks = max(min(needed, longest), shortestTicks)
    return (ticks, max(needed / ticks, 1))
  }

  /// The largest weight that one copy of a sender has to carry.
  private func peakWeight(onto population: String, _ network: SpikingNetwork) -> Double {
    network.projections(to: population).map { index in
      let projection = network.projections[index]
      let peak = projection.synapses.weights.reduce(0) { max($0, $1.magnitude) }
      return peak / Double(options.projection(projection.name).copies)
    }.max() ?? 0
  }

  /// Volts of one unit of potential, as the mapping's convention has them.
  private func volts(_ population: SpikingPopulation) -> Double {
    let range = MappingConvention.codesPerUnit * options.spec.readout.lsbVolts
    guard population.fires else { return range }
    let distance = population.neurons.map { $0.threshold - $0.leak }.max() ?? 1
    return distance > 0 && distance.isFinite ? range / distance : range
  }
}
