import HardwareSpec

/// Finds the reset potentials that come nearest to subtracting the threshold.
///
/// A framework that subtracts keeps the overshoot o of a spike. For events that lift a potential by
/// x each, renewal theory gives o's mean E[x²] / 2E[x] and mean square E[x³] / 3E[x]. A circuit is
/// reset to a potential, but the current of the event that made it fire flows on: after the
/// refractory time r only `o · (1 − e^(−r/τ_s))` is lost. Its mean is added to the reset potential.
struct SubtractiveReset {
  private let incoming: [InputSums.Sum]
  private let rises: [Double]
  private let refractoryTicks: Double

  /// Nil where a population does not subtract.
  init?(
    _ population: SpikingPopulation, _ incoming: [InputSums.Sum], _ options: CompileOptions
  ) {
    guard population.fires, population.reset == .subtract else { return nil }
    self.incoming = incoming
    rises = population.neurons.map {
      $0.risePerWeight(ticksPerStep: Double(options.ticksPerStep))
    }
    refractoryTicks = Double(options.refractoryTicks)
  }

  /// The population with resets to potentials.
  func applied(to population: SpikingPopulation, _ log: inout CompileLog) -> SpikingPopulation {
    var legal = population
    legal.reset = .toPotential
    var worst = 0.0
    for i in legal.neurons.indices where incoming[i].positive > 0 {
      let neuron = legal.neurons[i]
      let lost = DeterministicMath.oneMinusExp(
        ofMinus: refractoryTicks / max(neuron.synapticTicks ?? 1, 1e-9))
      let distance = neuron.threshold - neuron.leak
      let mean = rises[i] * incoming[i].squares / (2 * incoming[i].positive) * lost
      let square =
        rises[i] * rises[i] * incoming[i].cubes / (3 * incoming[i].positive) * lost * lost
      guard mean.isFinite, square.isFinite, distance > 0 else { continue }
      legal.neurons[i].reset += min(mean, distance / 2)
      worst = max(worst, max(square - mean * mean, 0).squareRoot() / distance)
    }
    log.add(.resetToPotential(layer: population.name, error: worst))
    return legal
  }
}
