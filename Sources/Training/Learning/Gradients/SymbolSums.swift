import HardwareSpec

/// A classification that no linear readout of the inputs can do: the sum of two symbols modulo 3.
///
/// Two symbols of three are shown at once, each by a group of inputs that fires Poisson spikes,
/// drawn anew for every trial. The class is their sum modulo 3, so that each symbol alone says
/// nothing: the generalisation of XOR to three values.
struct SymbolSums {
  /// Symbols, and so classes.
  static let symbols = 3
  /// Input channels of one symbol.
  static let channelsPerSymbol = 6
  /// All input channels.
  static let channels = 2 * symbols * channelsPerSymbol
  /// Length of a trial, and when inputs fire.
  static let ticks = 84, inputTicks = 7..<56
  /// The errors that stand for wanted spikes: from when, and how often.
  static let firstError = 28, errorInterval = 14

  /// Probability of a spike, a tick and channel.
  let rate: Double
  /// What one wanted spike carries.
  let error: Int

  /// A trial of a class drawn at random; with `units`, with errors for the neurons of the class.
  ///
  /// Each array of `units` holds readout neurons class by class.
  func trial(
    _ random: inout SequentialRandom, channels: Range<Int>, teaching units: [Range<Int>]
  ) -> (trial: LearningTrial, label: Int) {
    var trial = LearningTrial()
    let shown = [random.below(Self.symbols), random.below(Self.symbols)]
    let groups = [shown[0], Self.symbols + shown[1]].map {
      channels.lowerBound + $0 * Self.channelsPerSymbol
    }
    for tick in Self.inputTicks {
      for first in groups {
        for channel in first..<first + Self.channelsPerSymbol where random.happens(rate) {
          trial.spike(channel, at: tick)
        }
      }
    }
    let label = (shown[0] + shown[1]) % Self.symbols
    for tick in stride(from: Self.firstError, to: Self.ticks - 1, by: Self.errorInterval) {
      for units in units {
        let copies = units.count / Self.symbols
        for copy in 0..<copies {
          trial.error(error, to: units.lowerBound + label * copies + copy, at: tick)
        }
      }
    }
    return (trial, label)
  }

  /// The fraction of some new trials in which the neurons of the right class fire most; equal counts
  /// share the answer.
  func accuracy(
    _ session: LearningSession, trials count: Int, channels: Range<Int>, readout: Range<Int>,
    teaching units: [Range<Int>], _ random: inout SequentialRandom
  ) throws(TrainingError) -> Double {
    var (trials, labels) = ([LearningTrial](), [Int]())
    for _ in 0..<count {
      let (trial, label) = trial(&random, channels: channels, teaching: units)
      trials.append(trial)
      labels.append(label)
    }
    let record = try session.run(trials, ticks: Self.ticks)
    let copies = readout.count / Self.symbols
    var right = 0.0
    for (i, label) in labels.enumerated() {
      let counts = record.counts(readout, trial: i)
      let sums = (0..<Self.symbols).map { counts[$0 * copies..<($0 + 1) * copies].reduce(0, +) }
      let best = sums.max() ?? 0
      if sums[label] == best { right += 1 / Double(sums.filter { $0 == best }.count) }
    }
    return right / Double(count)
  }

  /// Neurons of the tasks on symbols.
  static func neuron(peakPerStep: Double, refractoryTicks: Int) -> OnChipNeuron {
    var neuron = OnChipNeuron(membraneTicks: 20, synapticTicks: 10, peakPerStep: peakPerStep)
    neuron.refractoryTicks = refractoryTicks
    (neuron.leakCode, neuron.codesToThreshold) = (85, 85)
    return neuron
  }
}
