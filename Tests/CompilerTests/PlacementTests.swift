import ChipInterface
import Compiler
import HardwareSpec
import Testing

@Suite("Clusters lie where their events take few hops")
struct PlacementTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// A graph of neighbours whose labels are shuffled: each core sends to those beside its hidden
  /// place.
  private func hidden(_ seed: UInt64) -> (trial: PlacementTrial, places: [Int]) {
    var random = SequentialRandom(seed: seed, stream: 1)
    let cores = spec.geometry.cores
    let places = random.permutation(cores.count)
    var label = [Int](repeating: 0, count: cores.count)
    for (number, place) in places.enumerated() { label[place] = number }
    var nets: [PlacementTrial.Net] = []
    for number in cores.indices {
      for other in spec.geometry.neighbours(of: cores[places[number]]) {
        nets.append((number, [label[other.index]], 1 + Double(number % 3)))
      }
    }
    return (PlacementTrial(cores: cores.count, nets, on: spec), places)
  }

  @Test func aHiddenGraphOfNeighboursIsFound() {
    var random = SequentialRandom(seed: 1, stream: 2)
    for seed in 0..<12 as Range<UInt64> {
      let (trial, places) = hidden(seed)
      let found = trial.hops(of: trial.place(seed: seed))
      let best = (0..<10_000).map { _ in trial.hops(of: random.permutation(16)) }.min() ?? 0
      #expect(found <= 0.75 * best, "seed \(seed): \(found) against \(best) at random")
      #expect(found <= 1.05 * trial.hops(of: places), "seed \(seed)")
    }
  }

  @Test func aUniformGraphIsNoWorseThanAtRandom() {
    let nets: [PlacementTrial.Net] = (0..<16).map { core in
      (core, (0..<16).filter { $0 != core }, 1)
    }
    let trial = PlacementTrial(cores: 16, nets, on: spec)
    let found = trial.hops(of: trial.place(seed: 3))
    var random = SequentialRandom(seed: 2, stream: 2)
    let best = (0..<10_000).map { _ in trial.hops(of: random.permutation(16)) }.min() ?? 0
    #expect(found <= best)
  }

  /// Multicast trees against a walk over all links, each counted once.
  @Test func hopsOfATreeAreItsLinks() {
    var random = SequentialRandom(seed: 9, stream: 3)
    for round in 0..<200 {
      let places = random.permutation(16)
      let targets = (1..<16).filter { _ in random.uniform() < 0.4 }
      let trial = PlacementTrial(cores: 16, [(0, targets, 1)], on: spec)
      var links: Set<[Int]> = []
      for target in targets {
        var here = places[0]
        while here != places[target] {
          let along = places[target] % 4 - here % 4
          let next =
            along != 0 ? here + along.signum() : here + (places[target] - here).signum() * 4
          links.insert([here, next])
          here = next
        }
      }
      #expect(trial.hops(of: places) == Double(links.count), "round \(round)")
    }
  }

  @Test func chainsKeepTheirOrder() throws {
    let (result, _, _) = try compile([200, 250, 250, 250, 250, 10])
    #expect(result.image.cores.map(\.core.index) == [0, 1, 2, 3, 7])
    #expect(result.report.hops == 4 * 250)
  }

  @Test func sameSeedSamePlacesOtherSeedMayDiffer() {
    let (trial, _) = hidden(5)
    #expect(trial.place(seed: 7) == trial.place(seed: 7))
  }
}
