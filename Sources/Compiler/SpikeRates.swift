import HardwareSpec

/// How often inputs and neurons fire, measured or guessed: what partition, placement and routing
/// weigh ways by.
public struct SpikeRates: Equatable, Sendable {
  /// Events a tick of an input or a neuron whose rate is not known.
  public static let usual = 0.02

  /// Events a tick of each input channel; channels beyond the list have the usual rate.
  public var inputs: [Double]
  /// Events a tick of each population's neurons, in order.
  public var populations: [String: [Double]]

  /// Makes rates; what is left out has the usual rate.
  public init(inputs: [Double] = [], populations: [String: [Double]] = [:]) {
    (self.inputs, self.populations) = (inputs, populations)
  }
}

/// The rates of a network's neurons, by number.
struct NeuronRates {
  private let inputs: [Double]
  private let neurons: [[Double]]

  init(_ rates: SpikeRates?, _ names: [String]) {
    inputs = rates?.inputs ?? []
    neurons = names.map { rates?.populations[$0] ?? [] }
  }

  func ofNeuron(_ population: Int, _ neuron: Int) -> Double {
    let known = neurons[population]
    return neuron < known.count ? Self.usable(known[neuron]) : SpikeRates.usual
  }

  func ofInput(_ channel: Int) -> Double {
    channel < inputs.count ? Self.usable(inputs[channel]) : SpikeRates.usual
  }

  /// A way that no event ever took is not free: another sample may take it.
  private static func usable(_ rate: Double) -> Double { rate > 1e-6 ? min(rate, 1) : 1e-6 }
}
