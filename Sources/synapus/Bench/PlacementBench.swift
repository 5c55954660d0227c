import Analysis
import Compiler
import HardwareSpec

/// `bench placement`: a graph of neighbours on a 4 x 4 mesh with shuffled labels, and a dense
/// uniform graph, placed by the compiler and at random.
struct PlacementBench {
  let spec: ChipSpec
  let seeds: Int

  /// What was measured.
  struct Measurement: Encodable {
    /// Weighted hops of one seed's graph.
    struct Trial: Encodable {
      var seed: UInt64
      var hops, hidden, bestRandom: Double

      enum CodingKeys: String, CodingKey {
        case seed, hops, hidden
        case bestRandom = "best_random"
      }
    }

    var workload = "placement"
    var neighbours: [Trial]
    var uniform: [Trial]
    /// The smallest saving against the best of the random placements.
    var leastSaving: Double
    /// The largest excess over the hidden optimum.
    var largestExcess: Double
    var pass: Bool

    enum CodingKeys: String, CodingKey {
      case workload, neighbours, uniform, pass
      case leastSaving = "least_saving"
      case largestExcess = "largest_excess"
    }
  }

  /// Random placements that a trial is compared with.
  private static let randomPlacements = 10_000

  func run() -> Measurement {
    let neighbours = (0..<UInt64(seeds)).map { trial($0, isUniform: false) }
    let uniform = (0..<UInt64(min(seeds, 5))).map { trial($0, isUniform: true) }
    let saving = neighbours.map { 1 - $0.hops / $0.bestRandom }.min() ?? 0
    let excess = neighbours.map { $0.hops / $0.hidden - 1 }.max() ?? 0
    return Measurement(
      neighbours: neighbours, uniform: uniform, leastSaving: saving, largestExcess: excess,
      pass: saving >= 0.25 && excess <= 0.05 && uniform.allSatisfy { $0.hops <= $0.bestRandom })
  }

  private func trial(_ seed: UInt64, isUniform: Bool) -> Measurement.Trial {
    var random = SequentialRandom(seed: seed, stream: 0x4849_4444)
    let cores = spec.geometry.cores
    let hidden = random.permutation(cores.count)
    var label = [Int](repeating: 0, count: cores.count)
    for (number, place) in hidden.enumerated() { label[place] = number }
    var nets: [PlacementTrial.Net] = []
    for number in cores.indices {
      if isUniform {
        nets.append((number, cores.indices.filter { $0 != number }, 1))
      } else {
        for other in spec.geometry.neighbours(of: cores[hidden[number]]) {
          nets.append((number, [label[other.index]], 1))
        }
      }
    }
    let trial = PlacementTrial(cores: cores.count, nets, on: spec)
    let best = (0..<Self.randomPlacements).map { _ in
      trial.hops(of: random.permutation(cores.count))
    }.min()
    return Measurement.Trial(
      seed: seed, hops: trial.hops(of: trial.place(seed: seed)), hidden: trial.hops(of: hidden),
      bestRandom: best ?? 0)
  }
}

extension PlacementBench.Measurement {
  /// The figures as a table for people.
  var table: String {
    var table = TextTable("graph", "seed", "hops", "hidden", "best of random")
    for (name, trials) in [("neighbours", neighbours), ("uniform", uniform)] {
      for trial in trials {
        table.append([
          name, "\(trial.seed)", NumberText.brief(trial.hops), NumberText.brief(trial.hidden),
          NumberText.brief(trial.bestRandom),
        ])
      }
    }
    return table.text() + "\nleast saving \(NumberText.percent(leastSaving)), largest excess"
      + " \(NumberText.percent(largestExcess)): \(pass ? "pass" : "FAIL")\n"
  }
}
