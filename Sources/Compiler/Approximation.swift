/// Something that the chip does a little otherwise than the network's file says.
public enum Approximation: Equatable, Sendable {
  /// LIF and LI nodes have no synaptic time constant; they get the chip's shortest, in ticks.
  case shortestSynapse(layer: String, ticks: Double)
  /// A bias became a shift of the leak potential, which acts without the synapse's delay.
  case biasAsLeak(layer: String, neurons: Int)
  /// Reset by subtraction became a reset to the mean overshoot of a spike; the root mean square of
  /// what is left, as a part of the distance from leak to threshold.
  case resetToPotential(layer: String, error: Double)
  /// The synapses became slower than the chip's shortest, in ticks, so that the largest weights
  /// fit the gain; the peak of a response, as a part of what it is without a synapse.
  case slowedSynapse(layer: String, ticks: Double, peak: Double)
  /// Neurons without leak got the longest membrane time constant, in ticks; the part of a potential
  /// that is lost within a run of so many ticks.
  case longestMembrane(layer: String, ticks: Double, lost: Double, run: Int)
  /// Neurons that compare the input of one step got the shortest time constants; the part of an
  /// input that is still there a step later.
  case briefMemory(layer: String, kept: Double)
  /// A Threshold node cuts the potential of an integrator, which a circuit can only do by a reset.
  case cutPotential(layer: String, integrator: String, type: String)
  /// Weights that lead to an Output without neurons got integrators behind them.
  case addedReadout(layer: String, behind: [String])
  /// The potential of a layer that is read out takes fewer codes of the ADC for 1, so that its
  /// weights fit the gain.
  case coarseReadout(layer: String, codesPerUnit: Double)
  /// Delays are no whole number of steps; the one that is farthest from it, in steps.
  case roundedDelays(node: String, elements: Int, steps: Double)
  /// A Delay before an Output is left to those who read the recording.
  case outputDelay(node: String)
  /// A bias that passes a Delay acts from the start, so many ticks too early.
  case earlyBias(layer: String, ticks: Int)
  /// Gains of the neurons were rounded one by one, by up to this relative amount.
  case roundedGains(layer: String, relative: Double)
  /// Gains do not reach, so the distances from leak to threshold were moved by a factor.
  case movedThresholds(layer: String, neurons: Int, factor: Double)
  /// Circuits that the calibration does not know keep their nominal codes.
  case uncalibrated(layer: String, neurons: Int)
  /// Decay registers give time constants that differ by up to this relative amount.
  case roundedDecays(layer: String, relative: Double)
  /// A state register does not hold what a larger share of the senders, firing in every step, would
  /// drive it to.
  case registerRange(layer: String, register: String, activity: Double)
  /// The weights are so small that the lowest gain leaves some of the steps unused.
  case lowestGain(layer: String, weightPerStep: Double)
  /// The volts of a layer of joined circuits were scaled down to what gains reach.
  case smallerSwing(layer: String, circuits: Int, factor: Double)
  /// Weights that stand on dead synapses, and have no effect.
  case deadSynapses(layer: String, synapses: Int)
  /// Ways from neurons of a layer to cores, which end at dead links.
  case deadLinks(layer: String, ways: Int)
  /// Links or ports are so busy that events may be lost; load and loss are fractions of 1.
  case busyNetwork(part: BusyPart, others: Int, load: Double, loss: Double, isMeasured: Bool)
  /// The network is larger than the chip and was compiled for several, joined by links.
  case joinedChips(count: Int, chip: String, joined: String)
  /// Weights of a digital chip were clipped to its range, or lost low bits.
  case storedWeights(projection: String, clipped: Int, truncated: Int, of: Int)

  /// The layer.
  public var layer: String {
    switch self {
    case .shortestSynapse(let layer, _), .biasAsLeak(let layer, _),
      .resetToPotential(let layer, _), .slowedSynapse(let layer, _, _),
      .longestMembrane(let layer, _, _, _), .briefMemory(let layer, _),
      .cutPotential(let layer, _, _), .addedReadout(let layer, _),
      .coarseReadout(let layer, _),
      .roundedDelays(let layer, _, _), .outputDelay(let layer), .earlyBias(let layer, _),
      .roundedGains(let layer, _), .lowestGain(let layer, _), .movedThresholds(let layer, _, _),
      .uncalibrated(let layer, _), .roundedDecays(let layer, _), .registerRange(let layer, _, _),
      .storedWeights(let layer, _, _, _), .smallerSwing(let layer, _, _),
      .deadSynapses(let layer, _), .deadLinks(let layer, _):
      return layer
    case .busyNetwork, .joinedChips: return ""
    }
  }

  /// One sentence.
  public var message: String {
    switch self {
    case .shortestSynapse(let layer, let ticks):
      return "layer '\(layer)' has no synaptic time constant; it gets the chip's shortest,"
        + " \(ticks.short) ticks, at equal charge"
    case .biasAsLeak(let layer, let neurons):
      return "the biases of \(neurons) neurons of layer '\(layer)' became shifts of their leak"
        + " potential"
    case .resetToPotential(let layer, let error):
      return
        "layer '\(layer)' resets to a potential, the mean overshoot, instead of subtracting its"
        + " threshold; that is off by \(error.short) of the way to threshold (root mean square)"
    case .slowedSynapse(let layer, let ticks, let peak):
      return "layer '\(layer)' has no synaptic time constant; it gets \(ticks.short) ticks, the"
        + " least at which its largest weights fit the gain, at equal charge: a response peaks at"
        + " \((100 * peak).short) %"
    case .longestMembrane(let layer, let ticks, let lost, let run):
      return "layer '\(layer)' has no leak; it gets the chip's longest membrane time constant,"
        + " \(ticks.short) ticks: a potential at threshold loses \((100 * lost).short) % in a run of"
        + " \(run) ticks"
    case .briefMemory(let layer, let kept):
      return "layer '\(layer)' compares the input of each step; its circuits have the shortest time"
        + " constants and still hold \((100 * kept).short) % of an input one step later"
    case .cutPotential(let layer, let integrator, let type):
      return "layer '\(layer)' fires where the potential of \(type) node '\(integrator)' lies above"
        + " its threshold; NIR goes on without a reset, a circuit resets to just below the threshold"
    case .addedReadout(let layer, let behind):
      return "weights \(behind.map { "'\($0)'" }.joined(separator: ", ")) lead to Output"
        + " '\(layer)' without neurons; integrators sum up what they give"
    case .coarseReadout(let layer, let codesPerUnit):
      return
        "a potential of 1 of layer '\(layer)' takes \(codesPerUnit.short) codes of the ADC instead"
        + " of \(MappingConvention.codesPerUnit.short), so that its largest weights fit the gain"
    case .roundedDelays(let node, let elements, let steps):
      return "\(elements) delays of node '\(node)' are no whole number of steps, such as"
        + " \(steps.short), and were rounded"
    case .outputDelay(let node):
      return "spikes are recorded without the delay of node '\(node)', which leads to an Output"
    case .earlyBias(let layer, let ticks):
      return "a bias reaches layer '\(layer)' through a Delay, but acts from the start, up to"
        + " \(ticks) ticks early"
    case .roundedGains(let layer, let relative):
      return "gains of layer '\(layer)' differ from neuron to neuron and were rounded by up to"
        + " \(relative.short) of their value"
    case .movedThresholds(let layer, let neurons, let factor):
      return "gains do not reach the weights of layer '\(layer)', or rails its potentials, so"
        + " \(neurons) neurons take \(factor.short) of the usual volts"
    case .uncalibrated(let layer, let neurons):
      return "the calibration does not know the circuits of \(neurons) neurons of layer '\(layer)';"
        + " they keep their nominal codes"
    case .roundedDecays(let layer, let relative):
      return
        "decay registers of layer '\(layer)' differ from dt / tau by up to \(relative.short) of it"
    case .registerRange(let layer, let register, let activity):
      return "the \(register) of layer '\(layer)' leaves its register if more than"
        + " \((100 * activity).short) % of the senders fire in every step"
    case .lowestGain(let layer, let weightPerStep):
      return "the weights of layer '\(layer)' need less than the lowest gain; one step is now a"
        + " weight of \(weightPerStep.short)"
    case .joinedChips(let count, let chip, let joined):
      return "the network is larger than chip '\(chip)'; it was compiled for \(count) of them, as"
        + " chip '\(joined)'"
    case .smallerSwing(let layer, let circuits, let factor):
      return "layer '\(layer)' joins \(circuits) circuits to a neuron; its potentials take"
        + " \((100 * factor).short) % of the usual volts, for gains to reach"
    case .deadSynapses(let layer, let synapses):
      return "\(synapses) weights onto layer '\(layer)' stand on dead synapses and have no effect"
    case .deadLinks(let layer, let ways):
      return "\(ways) ways from neurons of layer '\(layer)' to cores end at dead links; their"
        + " events are lost"
    case .busyNetwork(let part, let others, let load, let loss, let isMeasured):
      return "\(part) takes \((100 * load).short) % of its events by"
        + (isMeasured
          ? " measured rates" : " the usual rate of \(SpikeRates.usual) a neuron and tick")
        + ", and may lose \((100 * loss).short) %"
        + (others > 0 ? "; so may \(others) more parts" : "")
    case .storedWeights(let projection, let clipped, let truncated, let all):
      return "of the \(all) weights of projection '\(projection)' \(clipped) were clipped and"
        + " \(truncated) lost low bits"
    }
  }
}

extension Approximation: Encodable {
  private enum Key: String, CodingKey { case layer, message }

  /// Writes the layer and the sentence.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(layer, forKey: .layer)
    try container.encode(message, forKey: .message)
  }
}
