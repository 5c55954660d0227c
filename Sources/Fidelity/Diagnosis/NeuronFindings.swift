import ChipInterface
import Compiler
import Emulator
import HardwareSpec

/// What is known of the neuron that differs first: its weights, and its circuit on the device.
struct NeuronFindings {
  private(set) var sentences: [String] = []

  init(
    _ question: NetworkQuestion, _ network: FloatNetwork, _ divergence: SpikeDivergence
  ) throws {
    if let words = Self.weights(question, network, divergence) { sentences.append(words) }
    if let words = try Self.circuit(question, divergence) { sentences.append(words) }
  }

  /// How its weights were rounded.
  private static func weights(
    _ question: NetworkQuestion, _ network: FloatNetwork, _ divergence: SpikeDivergence
  ) -> String? {
    let spec = question.options.spec
    var (count, clipped, worst) = (0, 0, 0.0)
    for (index, map) in question.image.io.projections.enumerated()
    where map.target == divergence.population && network.projections.indices.contains(index) {
      let synapses = network.projections[index]
      let float = ProjectionWeights(synapses)
      let bounded = float.clipped(map, largest: spec.synapse.largestWeight)
      let image = ProjectionWeights(synapses, in: question.image, map, on: spec)
      let step = map.weightPerStep(ofReceiver: divergence.neuron)
      let all = zip(
        float.weights(onto: divergence.neuron),
        zip(bounded.weights(onto: divergence.neuron), image.weights(onto: divergence.neuron)))
      for (weight, (inside, stored)) in all {
        count += 1
        clipped += abs(weight - inside) > step / 2 ? 1 : 0
        worst = max(worst, abs(weight - stored) / step)
      }
    }
    guard count > 0 else { return nil }
    return "\(divergence.name) has \(count) synapses: \(clipped) clipped, the worst error"
      + " \(short(worst)) steps"
  }

  /// How its circuit differs from the nominal one.
  private static func circuit(
    _ question: NetworkQuestion, _ divergence: SpikeDivergence
  ) throws -> String? {
    guard let device = question.device,
      let circuit = question.image.io.circuit(ofUnit: divergence.unit, question.options.spec)
    else { return nil }
    let spec = question.options.spec
    let (real, ideal) = (try EmulatedChip(spec, device), IdealChip(spec))
    try real.load(question.image)
    try ideal.load(question.image)
    guard let found = real.inspect(circuit), let meant = ideal.inspect(circuit) else { return nil }
    return "\(circuit): tau_mem \(short(found.membraneTicks)) ticks (nominal"
      + " \(short(meant.membraneTicks))), tau_syn \(short(found.excitatoryTicks))"
      + " (\(short(meant.excitatoryTicks))), threshold"
      + " \(short(1e3 * (found.threshold - found.rest))) mV over rest"
      + " (\(short(1e3 * (meant.threshold - meant.rest)))), gain"
      + " \(short(1e3 * found.excitatoryGain)) mV a step (\(short(1e3 * meant.excitatoryGain)))"
  }

  private static func short(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e9 else { return "\(value)" }
    return "\((value * 100).rounded() / 100)"
  }
}

extension ImageIO {
  /// The circuit that fires for a recorded unit.
  fileprivate func circuit(ofUnit unit: Int, _ spec: ChipSpec) -> CircuitOnChip? {
    var next = 0
    for range in populations.flatMap(\.ranges) {
      if unit < next + range.count {
        return CircuitOnChip(
          range.core, column: range.firstColumn + unit - next, on: spec.geometry)
      }
      next += range.count
    }
    return nil
  }
}
