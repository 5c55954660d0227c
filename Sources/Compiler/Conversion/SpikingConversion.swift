import HardwareSpec
import NIR

/// Builds the spiking network whose rates stand for a network's activations.
///
/// A layer's neurons integrate with the chip's longest membrane that lets a synapse reach their
/// weights; leak pulls to the middle between reset and threshold, so that it takes as much below the
/// middle as it gives above, and a neuron starts there. A rate of `peakRate` stands for the layer's
/// largest activation. The last layer adds up without firing; its highest potential is the class.
struct SpikingConversion {
  private let blocks: [RateBlock]
  private let peaks: [Double]
  private let settings: ConversionSettings
  private let circuits: IntegratorCircuits
  private let options: CompileOptions

  init(
    _ blocks: [RateBlock], _ balance: ThresholdBalance, _ settings: ConversionSettings,
    _ options: CompileOptions
  ) {
    (self.blocks, peaks, self.settings) = (blocks, balance.peaks, settings)
    (self.options, circuits) = (options, IntegratorCircuits(options))
  }

  /// One block with numbers in potential of its neurons: thresholds, or units of the readout.
  struct Layer {
    var block: RateBlock
    /// Jump of the potential for a spike, in the weights of ``block``.
    var membraneTicks, synapticTicks: Double
    /// What the biases add to the potential in a tick.
    var drift: [Double]
    /// The part of the biases that became a shift of the leak, one a neuron or channel.
    var leakShift: [Double]?
  }

  func graph() throws(NIRError) -> (graph: NIRGraph, note: ConversionNote?) {
    var layers = blocks.indices.map(layer)
    let source = BiasSource(layers, circuits)
    var builder = SpikingGraphBuilder(options, circuits)
    for index in layers.indices where layers[index].leakShift != nil {
      layers[index].drift = layers[index].drift.map { _ in 0 }
    }
    let graph = try builder.graph(layers, source)
    let biased = layers.filter { layer in layer.drift.contains { $0 != 0 } }.map(\.block.name)
    let note =
      source.count > 0 ? ConversionNote.biasNeurons(neurons: source.count, layers: biased) : nil
    return (graph, note)
  }

  // MARK: Scales

  private func layer(_ index: Int) -> Layer {
    let block = blocks[index]
    let inputPeak = index == 0 ? 1 : peaks[index - 1]
    let inputRate = index == 0 ? settings.inputRate : settings.peakRate
    // Potential that a layer gains in a tick at its largest activation.
    let speed = block.fires ? firingSpeed : circuits.readoutSpeed
    let scaled = block.scaled(by: inputPeak / peaks[index] * speed / inputRate)
    let times = circuits.times(peak: scaled.peakWeight, fires: block.fires)
    let drift = block.bias.map { $0 / peaks[index] * speed }
    return Layer(
      block: scaled, membraneTicks: times.membrane, synapticTicks: times.synapse, drift: drift,
      leakShift: leakShift(scaled, drift, times.membrane))
  }

  /// Thresholds a tick at the largest activation: a neuron rests after each spike, so it must be
  /// driven faster than it fires; right in the middle of the range.
  private var firingSpeed: Double {
    let rest = Double(options.refractoryTicks)
    return settings.peakRate / max(1 - 0.5 * settings.peakRate * rest, 0.1)
  }

  /// Biases that are small enough act by the leak potential; nil where they are not, or where one
  /// value a channel does not say them.
  private func leakShift(
    _ block: RateBlock, _ drift: [Double], _ membraneTicks: Double
  ) -> [Double]? {
    guard drift.contains(where: { $0 != 0 }) else { return nil }
    // A neuron that only adds up starts at its leak, so the shift is there from the start.
    let ticks = block.fires ? membraneTicks : circuits.integrationTicks
    let shift = drift.map { $0 * ticks }
    guard shift.allSatisfy({ $0.magnitude <= IntegratorCircuits.largestShift }) else { return nil }
    guard case .convolution(let convolution)? = block.parts.last?.operation else {
      if case .dense? = block.parts.last?.operation { return shift }
      return nil
    }
    let places = shift.count / convolution.outputs
    let channels = (0..<convolution.outputs).map { shift[$0 * places] }
    return shift.indices.allSatisfy { shift[$0] == channels[$0 / places] } ? channels : nil
  }
}

/// What a chip's circuits can be as integrators.
struct IntegratorCircuits {
  private let membrane, synapse: ClosedRange<Double>
  /// The largest jump of R·I that one synapse makes, in volts.
  private let largestJump: Double
  private let lsbVolts: Double
  private let ticks: Double
  private let refractoryTicks: Double

  init(_ options: CompileOptions) {
    let (neuron, tick) = (options.spec.neuron, options.spec.time.tickSeconds)
    membrane =
      neuron.membraneTime.range.lowerBound / tick...neuron.membraneTime.range.upperBound
      / tick
    synapse =
      neuron.synapticTime.range.lowerBound / tick...neuron.synapticTime.range.upperBound
      / tick
    largestJump = neuron.gain.range.upperBound * Double(options.spec.synapse.largestWeight)
    lsbVolts = options.spec.readout.lsbVolts
    ticks = Double(options.durationTicks)
    refractoryTicks = Double(options.refractoryTicks)
  }

  /// Leak potential of a firing neuron, in thresholds above its reset.
  static let leak = 0.5
  /// The largest shift of a leak potential, in thresholds or units of the readout.
  static let largestShift = 0.4
  /// Potential of the readout at its largest activation, in the unit that takes 70 codes of the ADC.
  private static let readoutPotential = 1.2
  /// The part of a synapse's reach that weights use.
  private static let margin = 0.9

  /// The time constants, in ticks, at which a synapse can make the potential jump by `peak`.
  func times(peak: Double, fires: Bool) -> (membrane: Double, synapse: Double) {
    let unit = MappingConvention.codesPerUnit * lsbVolts / (fires ? 1 - Self.leak : 1)
    // An event of jump j of R·I moves the potential by j · tau_syn / tau_mem.
    let reach = Self.margin * largestJump / unit
    let slowest = min(max(ticks / 12, synapse.lowerBound), synapse.upperBound)
    let longest = membrane.upperBound
    let shortest = min(max(ticks / 4, membrane.lowerBound), longest)
    let needed = peak * longest / reach
    if needed <= slowest { return (longest, max(needed, synapse.lowerBound)) }
    return (min(max(slowest * reach / peak, shortest), longest), slowest)
  }

  /// Ticks over which a readout gathers its potential, leak counted in.
  var integrationTicks: Double {
    let (arrived, tau) = (0.9 * ticks, membrane.upperBound)
    // tau (1 − exp(−t / tau)) to second order in t / tau where that is small, else tau at most.
    return arrived < tau ? arrived - arrived * arrived / (2 * tau) : tau / 2
  }

  /// Potential a tick of a readout at its largest activation.
  var readoutSpeed: Double { Self.readoutPotential / integrationTicks }

  /// Time constant and drive, in thresholds, of neurons that fire by themselves, and their rate.
  var source: (membrane: Double, drive: Double, rate: Double) {
    let (tau, drive) = (max(8, membrane.lowerBound), 2.5)
    // ln(E / (E − 1)) for E = 2.5.
    let interval = tau * 0.5108256237659907 + refractoryTicks
    return (tau, drive, 1 / interval)
  }

  /// The chip's shortest synapse, in ticks.
  var shortestSynapse: Double { synapse.lowerBound }
}

/// Neurons that fire by themselves and give the biases that no leak can hold.
struct BiasSource {
  /// Neurons, and spikes a tick of each.
  let count: Int
  let rate: Double
  private static let most = 16
  private static let usual = 4

  init(_ layers: [SpikingConversion.Layer], _ circuits: IntegratorCircuits) {
    let rate = circuits.source.rate
    let needs = layers.filter { $0.leakShift == nil }.map { layer -> Int in
      let largest = layer.drift.reduce(0) { max($0, $1.magnitude) }
      guard largest > 0 else { return 0 }
      // No bias shall need a larger weight than the layer has anyway.
      let least = (largest / rate / max(layer.block.peakWeight, 1e-30)).rounded(.up)
      return least < Double(Self.most) ? max(Int(least), Self.usual) : Self.most
    }
    (self.rate, count) = (rate, needs.max() ?? 0)
  }

  /// The weights of a layer's neurons from each source: all alike.
  func weight(ofDrift drift: Double) -> Double { drift / (rate * Double(count)) }
}
