import ChipInterface
import HardwareSpec
import TestSupport
import Testing

@Suite("Images are compared in the words of the network")
struct ImageDiffTests {
  private let spec: ChipSpec
  private let image: ChipImage

  init() throws {
    spec = try ChipLibrary.chip("synapus-1-mesh-2x2")
    image = try TestImage.make(for: spec)
  }

  private var columns: Int { spec.geometry.circuitsPerCore }

  /// Sets the weight from an input to a hidden neuron, or from a pair to a column.
  private func write(_ steps: Int, pair: Int, column: Int, _ image: inout ChipImage, core: Int = 0)
  {
    image.cores[core].weights[2 * pair * columns + column] = UInt8(max(steps, 0))
    image.cores[core].weights[(2 * pair + 1) * columns + column] = UInt8(max(-steps, 0))
  }

  private func lines(_ other: ChipImage, limit: Int = 10) -> [String] {
    ImageDiff(image, other, on: spec, limit: limit).lines
  }

  /// The test image with its neurons on core 3 in columns counted from 40 downwards, and its rows
  /// from pair 60 downwards.
  private func elsewhere() throws -> ChipImage {
    let geometry = spec.geometry
    var moved = image
    let core = geometry.cores[3]
    let idle = image.cores[0].circuits[0]
    var circuits = Array(repeating: idle, count: 41)
    let all = TestImage.hidden + TestImage.labels
    for column in 0..<all { circuits[40 - column] = image.cores[0].circuits[column] }
    moved.cores = [CoreImage(core, circuits: circuits, on: geometry)]
    for pair in 0..<TestImage.inputs + TestImage.hidden {
      for column in 0..<all {
        for sign in 0..<2 {
          moved.cores[0].weights[(2 * (60 - pair) + sign) * columns + 40 - column] =
            image.cores[0].weights[(2 * pair + sign) * columns + column]
        }
      }
    }
    moved.inputRoutes = try image.inputRoutes.map { try $0.map { try place($0, core) } }
    moved.spikeRoutes = try image.spikeRoutes.map { route in
      let source = try #require(
        CircuitOnChip(core, column: 40 - route.source.column, on: geometry))
      return SpikeRoute(source: source, targets: try route.targets.map { try place($0, core) })
    }.sorted { $0.source < $1.source }
    for (index, population) in image.io.populations.enumerated() {
      moved.io.populations[index].ranges = population.ranges.flatMap { range in
        (0..<range.count).map {
          CircuitRange(core: core, firstColumn: 40 - range.firstColumn - $0, count: 1)
        }
      }
    }
    for (index, map) in image.io.projections.enumerated() {
      moved.io.projections[index].blocks = map.blocks.map { reversed($0, core) }
    }
    return moved
  }

  private func place(_ pair: RowPairOnChip, _ core: CoreOnChip) throws -> RowPairOnChip {
    try #require(RowPairOnChip(core, pair: 60 - pair.pair, on: spec.geometry))
  }

  private func reversed(_ block: ProjectionBlock, _ core: CoreOnChip) -> ProjectionBlock {
    var turned = ProjectionBlock(
      core: core, firstPair: 60 - block.firstPair - block.pairCount + 1,
      pairCount: block.pairCount, firstColumn: 40 - block.firstColumn - block.columnCount + 1,
      columnCount: block.columnCount, firstLine: block.pairCount - 1,
      firstTarget: block.columnCount - 1)
    turned.lines = (0..<Int32(block.pairCount)).reversed()
    turned.targets = (0..<Int32(block.columnCount)).reversed()
    return turned
  }

  @Test func equalImagesDoNotDiffer() {
    #expect(ImageDiff(image, image, on: spec).isEmpty)
    #expect(lines(image) == [])
  }

  @Test func changedSynapsesAreNamedBySenderAndReceiver() throws {
    var (one, two) = (image, image)
    for (pair, column, before, after) in [(3, 7, 5, 7), (0, 11, -2, 2), (6, 0, 0, 1)] {
      write(before, pair: pair, column: column, &one)
      write(after, pair: pair, column: column, &two)
    }
    let diff = ImageDiff(one, two, on: spec)
    #expect(
      diff.lines == [
        "projection 'in': 3 synapses changed, largest by 4 steps",
        "  sender 0 -> neuron 11 of 'hidden': -2 steps (-0.2) -> 2 steps (0.2)",
        "  sender 3 -> neuron 7 of 'hidden': 5 steps (0.5) -> 7 steps (0.7)",
        "  sender 6 -> neuron 0 of 'hidden': 0 steps (0) -> 1 steps (0.1)",
      ])
    #expect(
      ImageDiff(one, two, on: spec, limit: 1).lines.last == "  and 2 more")
    let first = try #require(diff.projections.first)
    #expect((first.count, first.largestSteps, first.parts.count) == (3, 4, 3))
    #expect((first.parts[1].number, first.parts[1].receiver) == (3, 7))
  }

  @Test func anotherPlacementOfTheSameNetworkIsOnlyThat() throws {
    var moved = try elsewhere()
    try moved.validate(against: spec)
    let diff = ImageDiff(image, moved, on: spec)
    #expect(diff.network.isEmpty && diff.populations.isEmpty && diff.projections.isEmpty)
    #expect(diff.routes.isEmpty)
    #expect(
      diff.placement.prefix(4).map(\.description) == [
        "neurons of 'hidden': 12 of 12 moved", "neurons of 'label': 3 of 3 moved",
        "rows of 'in': 8 of 8 moved", "rows of 'out': 12 of 12 moved",
      ])
    // One synapse and one neuron of the moved network differ: they are found by their names.
    let before =
      Int(moved.cores[0].weights[2 * 57 * columns + 33])
      - Int(moved.cores[0].weights[(2 * 57 + 1) * columns + 33])
    write(before == 15 ? -1 : 15, pair: 57, column: 33, &moved)
    moved.cores[0].circuits[31].refractoryCount += 1
    let again = ImageDiff(image, moved, on: spec)
    #expect(again.projections.map(\.count) == [1])
    #expect(again.projections.first?.parts.first?.number == 3)
    #expect(again.projections.first?.parts.first?.receiver == 7)
    #expect(again.populations.map(\.aspect) == ["refractory time"])
    #expect(again.populations.first?.parts.first?.number == 9)
    #expect(again.lines.contains("  neuron 9: 2 ticks -> 3 ticks"))
  }

  @Test func parametersOfNeuronsHaveUnits() {
    var other = image
    let law = spec.neuron.potential
    for column in [4, 5] {
      other.cores[0].circuits[column].threshold = UInt16(law.nearestCode(for: 0.75))
    }
    let codes = (image.cores[0].circuits[4].threshold, other.cores[0].circuits[4].threshold)
    let found = lines(other)
    #expect(found.count == 3)
    #expect(found[0] == "population 'hidden': threshold of 2 neurons")
    #expect(
      found[1].hasPrefix("  neuron 4: 0.") && found[1].contains(" V (code \(codes.0)) -> 0.7"))
    #expect(found[1].hasSuffix(" V (code \(codes.1))"))
  }

  @Test func routesAreToldAsDelaysOfSenders() {
    var other = image
    other.spikeRoutes[5].delayTicks = 3
    other.inputRoutes[2] = []
    #expect(
      lines(other) == [
        "projection 'in': routes of 1 sender", "  sender 2: input 2 -> nothing",
        "projection 'out': routes of 1 sender", "  sender 5: hidden:5 -> hidden:5 after 3 ticks",
      ])
  }

  @Test func onlyWhatNoProjectionCoversIsToldByCoreAndRow() {
    var other = image
    write(9, pair: 100, column: 200, &other)
    write(1, pair: 0, column: 14, &other)
    other.cores[0].circuits.append(image.cores[0].circuits[0])
    #expect(
      lines(other) == [
        "core 0 circuits: 15 -> 16", "core 0 row 0: 1 weights differ, by up to 1 steps",
        "core 0 row 200: 1 weights differ, by up to 9 steps",
      ])
  }

  @Test func theSameWeightInOtherCopiesIsNoChangeOfTheSynapse() {
    var (one, two) = (image, image)
    for index in [0, 1] {
      var map = image.io.projections[0]
      map.sourceCount = 4
      map.copies = 2
      if index == 0 { one.io.projections[0] = map } else { two.io.projections[0] = map }
    }
    (one.inputRoutes, two.inputRoutes) = ([[], [], [], []], [[], [], [], []])
    for (copies, sum) in [([4, 5], 9), ([6, 3], 9)] {
      for (copy, steps) in copies.enumerated() {
        if copies[0] == 4 {
          write(steps, pair: 2 + copy, column: 3, &one)
        } else {
          write(steps, pair: 2 + copy, column: 3, &two)
        }
      }
      #expect(copies.reduce(0, +) == sum)
    }
    #expect(
      ImageDiff(one, two, on: spec).lines
        == ["projection 'in': 1 synapse of equal weight stored in other copies or rows"])
  }

  @Test func missingPartsAreNamed() {
    var other = image
    other.io.projections.removeLast()
    other.io.durationTicks = 61
    let found = lines(other)
    #expect(found.contains("duration: 60 -> 61"))
    #expect(found.contains("projection 'out': only in the first image"))
  }
}
