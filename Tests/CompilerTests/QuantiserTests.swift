import ChipInterface
import Compiler
import HardwareSpec
import Testing

@Suite("The quantiser rounds as its definition says")
struct QuantiserTests {
  /// A map over two cores, so that blocks begin in the middle of a projection.
  private func map(
    _ sources: Int, _ targets: Int, copies: Int, step: Double
  ) throws -> (ProjectionMap, ChipSpec) {
    let spec = try ChipLibrary.chip("synapus-1")
    let split = targets / 2
    let blocks = [(0, 0, split), (1, split, targets - split)].map { core, first, count in
      ProjectionBlock(
        core: spec.geometry.cores[core], firstPair: 3, pairCount: sources * copies,
        firstColumn: 5, columnCount: count, firstLine: 0, firstTarget: first)
    }
    return (
      ProjectionMap(
        name: "p", source: nil, target: "t", sourceCount: sources, targetCount: targets,
        copies: copies, weightPerStep: step, blocks: blocks), spec
    )
  }

  private func random(_ count: Int, seed: UInt64) -> [Double] {
    var random = SequentialRandom(seed: seed, stream: 9)
    return (0..<count).map { _ in random.normal() * (random.uniform() < 0.05 ? 30 : 0.5) }
  }

  @Test func stepsAreThoseOfTheDefinition() throws {
    for seed in 0..<20 as Range<UInt64> {
      let copies = Int(seed % 6) + 1
      let (map, spec) = try map(7, 9, copies: copies, step: 0.07)
      let weights = random(63, seed: seed)
      let result = try Quantiser(map, on: spec).quantise(weights)
      var clipped = 0
      for (block, place) in zip(result.blocks, map.blocks) {
        guard case .steps(let steps) = block.values else { continue }
        for line in 0..<7 * copies {
          for column in 0..<place.columnCount {
            let weight = weights[line / copies * 9 + place.firstTarget + column]
            let offset = (Double(line % copies) + 0.5) / Double(copies) - 0.5
            let ideal = (weight / (Double(copies) * 0.07) + offset).rounded(.toNearestOrEven)
            if abs(ideal) > 15 { clipped += 1 }
            let expected = Int8(min(max(ideal, -15), 15))
            #expect(steps[line * place.columnCount + column] == expected, "seed \(seed)")
          }
        }
        try block.validate(against: spec)
      }
      #expect(result.clipped == clipped, "seed \(seed)")
      #expect(clipped > 0, "seed \(seed)")
    }
  }

  @Test func floatAndDoubleAgreeAndRoundGivesWhatTheStepsMean() throws {
    for seed in 0..<20 as Range<UInt64> {
      let (map, spec) = try map(6, 8, copies: Int(seed % 4) + 1, step: 0.11)
      let quantiser = try Quantiser(map, on: spec)
      let floats = random(48, seed: seed).map { Float($0) }
      let result = try quantiser.quantise(floats)
      #expect(try quantiser.quantise(floats.map { Double($0) }) == result, "seed \(seed)")
      var rounded = [Float](repeating: .nan, count: 48)
      try quantiser.round(floats, into: &rounded)
      let meant = try quantiser.weights(of: result.blocks)
      for (a, b) in zip(rounded, meant) { #expect(abs(Double(a) - b) < 1e-5, "seed \(seed)") }
    }
  }

  @Test func moreCopiesAreFinerAndInsideTheRangeTheErrorIsBounded() throws {
    var worst = 0.0
    for copies in 1...8 {
      let (map, spec) = try map(10, 10, copies: copies, step: 0.1 / Double(copies))
      let quantiser = try Quantiser(map, on: spec)
      let weights = random(100, seed: 4).map { min(max($0, -1.4), 1.4) }
      let meant = try quantiser.weights(of: quantiser.quantise(weights).blocks)
      let error = zip(weights, meant).map { abs($0 - $1) }.max() ?? 0
      #expect(error <= 0.05 / Double(copies) + 1e-12)
      let ratio = try #require(try quantiser.signalToNoise(weights))
      #expect(ratio > worst)
      worst = ratio
    }
  }

  @Test func halvesGoToEvenAndNoNumberIsCounted() throws {
    let (map, spec) = try map(1, 8, copies: 1, step: 1)
    let quantiser = try Quantiser(map, on: spec)
    let weights = [0.5, 1.5, -2.5, 15.49, 15.5, -Double.infinity, .nan, 1e300]
    let result = try quantiser.quantise(weights)
    #expect(result.blocks.map(\.values) == [.steps([0, 2, -2, 15]), .steps([15, -15, -15, 15])])
    #expect(result.clipped == 4)
    let floats = try quantiser.quantise(weights.map { Float($0) })
    #expect(floats == result)
  }

  @Test func exactWeightsComeBack() throws {
    let (map, spec) = try map(6, 8, copies: 3, step: 0.11)
    let quantiser = try Quantiser(map, on: spec)
    let weights = random(48, seed: 12)
    let meant = try quantiser.weights(of: quantiser.exact(weights))
    for (a, b) in zip(weights, meant) { #expect(abs(a - b) < 1e-12) }
    #expect(try quantiser.exact(weights.map { Float($0) }).count == 2)
  }

  @Test func signalToNoiseIsNilWithoutError() throws {
    let (map, spec) = try map(2, 2, copies: 1, step: 1)
    let quantiser = try Quantiser(map, on: spec)
    #expect(try quantiser.signalToNoise([1, 2, 3, -4]) == nil)
    #expect(try quantiser.signalToNoise([0, 0, 0, 0]) == nil)
    let ratio = try #require(try quantiser.signalToNoise([10, 0, 0, 0.1]))
    #expect(abs(ratio - 40.000434) < 1e-4)
  }

  @Test func wrongCountsAndMapsAreRefused() throws {
    var (map, spec) = try map(6, 8, copies: 3, step: 0.11)
    let quantiser = try Quantiser(map, on: spec)
    #expect(throws: CompilerError.weightCount(projection: "p", found: 3, expected: 48)) {
      try quantiser.quantise([1, 2, 3] as [Float])
    }
    #expect(throws: CompilerError.malformedMap(projection: "p")) { try quantiser.weights(of: []) }
    for damage in [
      { (map: inout ProjectionMap) in map.copies = 2 }, { $0.copies = 0 },
      { $0.weightPerStep = .nan }, { $0.sourceCount = Int.max }, { $0.blocks[1].firstTarget = 5 },
      { $0.blocks[0].firstLine = -1 },
    ] {
      var damaged = map
      damage(&damaged)
      #expect(throws: CompilerError.malformedMap(projection: "p")) {
        try Quantiser(damaged, on: spec)
      }
    }
    map.blocks = []
    #expect(try Quantiser(map, on: spec).quantise(random(48, seed: 1)).blocks.isEmpty)
  }
}
