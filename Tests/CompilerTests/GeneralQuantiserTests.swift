import ChipInterface
import Compiler
import HardwareSpec
import Testing

@Suite("The quantiser takes every map, full or sparse")
struct GeneralQuantiserTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// Senders of unlike copies, receivers of unlike scales, lines and receivers in any order.
  private func map(_ random: inout SequentialRandom) -> ProjectionMap {
    let (senders, targets) = (Int(random.uniform() * 9) + 1, Int(random.uniform() * 9) + 1)
    var map = ProjectionMap(
      name: "p", source: nil, target: "t", sourceCount: senders, targetCount: targets, copies: 1,
      weightPerStep: 0.1, blocks: [])
    map.senderCopies = (0..<senders).map { _ in Int(random.uniform() * 4) + 1 }
    map.receiverScales = (0..<targets).map { _ in 0.5 + random.uniform() }
    let lines = (0..<Int32(map.lineCount)).shuffled(using: &random)
    let columns = (0..<Int32(targets)).shuffled(using: &random)
    let cut = Int(random.uniform() * Double(targets + 1))
    for (core, part) in [columns[..<cut], columns[cut...]].enumerated() where !part.isEmpty {
      var block = ProjectionBlock(
        core: spec.geometry.cores[core], firstPair: 2, pairCount: lines.count, firstColumn: 1,
        columnCount: part.count, firstLine: 0, firstTarget: 0)
      (block.lines, block.targets) = (lines, Array(part))
      map.blocks.append(block)
    }
    return map
  }

  @Test func stepsAreThoseOfTheDefinition() throws {
    for seed in 0..<40 as Range<UInt64> {
      var random = SequentialRandom(seed: seed, stream: 15)
      let map = map(&random)
      let owners = map.lineOwners
      let weights = (0..<map.sourceCount * map.targetCount).map { _ in 2 * random.normal() }
      let quantiser = try Quantiser(map, on: spec)
      let result = try quantiser.quantise(weights)
      var clipped = 0
      for (block, place) in zip(result.blocks, map.blocks) {
        guard case .steps(let steps) = block.values else { continue }
        for k in 0..<place.pairCount {
          let owner = owners[place.line(k)]
          for c in 0..<place.columnCount {
            let target = place.target(c)
            let copies = Double(owner.copies)
            let unit = copies * 0.1 * map.receiverScales[target]
            let offset = (Double(owner.copy) + 0.5) / copies - 0.5
            let ideal = (weights[owner.sender * map.targetCount + target] / unit + offset)
              .rounded(.toNearestOrEven)
            clipped += abs(ideal) > 15 ? 1 : 0
            #expect(
              steps[k * place.columnCount + c] == Int8(min(max(ideal, -15), 15)), "seed \(seed)")
          }
        }
        try block.validate(against: spec)
      }
      #expect(result.clipped == clipped, "seed \(seed)")
      try checkMeaning(quantiser, weights, result, seed)
    }
  }

  private func checkMeaning(
    _ quantiser: Quantiser, _ weights: [Double], _ result: Quantiser.Result, _ seed: UInt64
  ) throws {
    let meant = try quantiser.weights(of: result.blocks)
    var rounded = [Float](repeating: 0, count: weights.count)
    try quantiser.round(weights.map { Float($0) }, into: &rounded)
    for (a, b) in zip(meant, rounded) { #expect(abs(a - Double(b)) < 1e-5, "seed \(seed)") }
    let exact = try quantiser.weights(of: quantiser.exact(weights))
    for (a, b) in zip(exact, weights) { #expect(abs(a - b) < 1e-12, "seed \(seed)") }
  }

  /// A sparse set of synapses gives what a full matrix with zeros elsewhere gives.
  @Test func synapsesAreTheMatrixWithoutItsGaps() throws {
    for seed in 0..<40 as Range<UInt64> {
      var random = SequentialRandom(seed: seed, stream: 16)
      let map = map(&random)
      let dense = (0..<map.sourceCount * map.targetCount).map { _ in
        random.uniform() < 0.5 ? 0 : random.normal()
      }
      let synapses = SynapseMatrix(
        dense: dense, senderCount: map.sourceCount, receiverCount: map.targetCount
      ).withoutZeros()
      let quantiser = try Quantiser(map, on: spec)
      let result = try quantiser.quantise(synapses.weights, of: synapses)
      #expect(try quantiser.quantise(dense) == result, "seed \(seed)")
      let floats = synapses.weights.map { Float($0) }
      #expect(try quantiser.quantise(floats, of: synapses) == result, "seed \(seed)")
      let back = try quantiser.weights(of: result.blocks, at: synapses)
      #expect(back.count == synapses.count, "seed \(seed)")
      let tooMany = synapses.weights + [0]
      #expect(throws: CompilerError.self) { try quantiser.quantise(tooMany, of: synapses) }
    }
  }

  @Test func brokenMapsAreRefused() throws {
    var random = SequentialRandom(seed: 7, stream: 15)
    let sound = map(&random)
    _ = try Quantiser(sound, on: spec)
    for damage in [
      { (map: inout ProjectionMap) in map.senderCopies[0] = 0 },
      { $0.senderCopies.append(1) }, { $0.senderCopies[0] = Int.max },
      { $0.receiverScales[0] = 0 }, { $0.receiverScales[0] = .nan },
      { $0.receiverScales.append(1) }, { $0.blocks[0].lines[0] = -1 },
      { $0.blocks[0].lines[0] = Int32($0.lineCount) }, { $0.blocks[0].lines.removeLast() },
      { $0.blocks[0].targets[0] = Int32($0.targetCount) }, { $0.blocks[0].targets[0] = -1 },
      { $0.blocks[0].targets.append(0) },
    ] {
      var damaged = sound
      damage(&damaged)
      #expect(throws: CompilerError.malformedMap(projection: "p")) {
        try Quantiser(damaged, on: spec)
      }
    }
  }

  /// A new weight set reaches image and chip alike, without another compilation.
  @Test func rebuiltImagesAreThoseCompiled() throws {
    let (first, _, spec) = try compile([40, 60, 5], seed: 1) {
      $0.projections = [
        .init("weights1", copies: 2, weightPerStep: 0.03), .init("weights2", weightPerStep: 0.1),
      ]
    }
    let (second, network, _) = try compile([40, 60, 5], seed: 2) {
      $0.projections = [
        .init("weights1", copies: 2, weightPerStep: 0.03), .init("weights2", weightPerStep: 0.1),
      ]
    }
    var image = first.image
    for (map, layer) in zip(image.io.projections, network.layers) {
      try image.apply(Quantiser(map, on: spec).quantise(layer.weights).blocks, on: spec)
    }
    #expect(image.cores.map(\.weights) == second.image.cores.map(\.weights))
  }
}
