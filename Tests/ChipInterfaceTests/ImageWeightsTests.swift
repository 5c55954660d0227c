import ChipInterface
import HardwareSpec
import Testing

@Suite("Weights are written to and read from images, and images compared")
struct ImageWeightsTests {
  private func image() throws -> (ChipImage, ChipSpec) {
    let spec = try smallChip()
    return (try fullImage(spec), spec)
  }

  private func block(_ core: CoreOnChip, _ values: WeightBlock.Values) -> WeightBlock {
    WeightBlock(
      core: core, firstPair: 1, pairCount: 2, firstColumn: 3, columnCount: 2, values: values)
  }

  @Test func signedStepsGoToTheRowOfTheirSign() throws {
    var (image, spec) = try image()
    let core = image.cores[0].core
    try image.apply([block(core, .steps([5, -7, 0, 15]))], on: spec)
    let weights = image.cores[0].weights
    #expect(Array(weights[2 * 16 + 3...2 * 16 + 4]) == [5, 0])
    #expect(Array(weights[3 * 16 + 3...3 * 16 + 4]) == [0, 7])
    #expect(Array(weights[4 * 16 + 3...4 * 16 + 4]) == [0, 15])
    #expect(Array(weights[5 * 16 + 3...5 * 16 + 4]) == [0, 0])
    let map = ProjectionMap(
      name: "p", source: nil, target: "t", sourceCount: 2, targetCount: 2, copies: 1,
      weightPerStep: 1,
      blocks: [
        ProjectionBlock(
          core: core, firstPair: 1, pairCount: 2, firstColumn: 3, columnCount: 2, firstLine: 0,
          firstTarget: 0)
      ])
    #expect(
      try image.weightBlocks(of: map, on: spec) == [block(core, .steps([5, -7, 0, 15]))])
  }

  @Test func oneBadBlockChangesNothing() throws {
    var (image, spec) = try image()
    let (before, core) = (image, image.cores[0].core)
    let good = block(core, .steps([1, 2, 3, 4]))
    #expect(throws: ChipError.weightOutOfRange(core: core.index, weight: 16, largest: 15)) {
      try image.apply([good, block(core, .steps([1, 16, 3, 4]))], on: spec)
    }
    #expect(throws: ChipError.weightCount(core: core.index, found: 3, expected: 4)) {
      try image.apply([good, block(core, .steps([1, 2, 3]))], on: spec)
    }
    #expect(throws: ChipError.exactWeightsRefused) {
      try image.apply([good, block(core, .exact([1, 2, 3, 4]))], on: spec)
    }
    #expect(image == before)
  }

  @Test func everyRandomPairOfUnlikeImagesDiffers() throws {
    let spec = try smallChip()
    for seed in 0..<50 as Range<UInt64> {
      var (one, two) = (ImageGenerator(spec, seed: seed), ImageGenerator(spec, seed: seed + 1))
      let (a, b) = (one.image(), two.image())
      #expect(ImageDiff(a, b, on: spec).isEmpty == (a == b), "seed \(seed)")
    }
  }
}
