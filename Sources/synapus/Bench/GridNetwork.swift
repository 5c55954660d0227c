import HardwareSpec

/// The network of W2g, apart from any chip: 4,096 neurons, each ordered pair connected with p = 0.1.
///
/// No inputs: a bias keeps the neurons firing. Weights are ±2·U{1..4}, the bias is U{900..1700}
/// against a threshold of 1,000·2⁶, so that a neuron alone fires every 38 to 71 steps.
struct GridNetwork {
  /// The synapses that one neuron drives: the neurons behind them, ascending, and their weights.
  struct Fan {
    var targets: [UInt16] = []
    var weights: [Int8] = []
  }

  /// By neuron.
  let fans: [Fan]
  /// By neuron, how far it goes in a step, as a part of the threshold.
  let biases: [Double]

  static let neurons = 4096
  /// The mean of the biases, and what a synapse of weight 1 adds, as parts of the threshold.
  static let meanBias = 1300.0 / 64_000, unitWeight = 2.0 / 1000

  init() {
    var random = SequentialRandom(seed: 2, stream: 14)
    biases = (0..<Self.neurons).map { _ in Double(900 + random.next() % 801) / 64_000 }
    fans = (0..<Self.neurons).map { _ in Fan(&random) }
  }
}

extension GridNetwork.Fan {
  /// Draws the distances between synapses, each of which is there with p = 0.1.
  fileprivate init(_ random: inout SequentialRandom) {
    targets.reserveCapacity(512)
    weights.reserveCapacity(512)
    for target in 0..<GridNetwork.neurons where random.next() % 10 == 0 {
      let weight = Int8(2 * (1 + random.next() % 4))
      targets.append(UInt16(target))
      weights.append(random.next() & 1 == 0 ? weight : -weight)
    }
  }
}
