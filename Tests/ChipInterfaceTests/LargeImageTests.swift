import ChipInterface
import Foundation
import HardwareSpec
import Testing

/// Images of a thousand cores, as the largest chips have them.
@Suite("Large images", .enabled(if: ProcessInfo.processInfo.environment["SYNAPUS_LONG"] != nil))
struct LargeImageTests {
  /// 1,000 cores of 256 neurons, each hearing 128 neurons of another core: 32.8 M synapses in 1,000
  /// projections, rows and columns in an order of their own.
  private func image(_ spec: ChipSpec) -> ChipImage {
    let geometry = spec.geometry
    let (columns, senders) = (geometry.circuitsPerCore, 128)
    let circuit = CircuitSettings(
      leak: 10, reset: 10, threshold: 30, membraneTime: 5, excitatoryTime: 5, inhibitoryTime: 5,
      excitatoryGain: 5, inhibitoryGain: 5, refractoryCount: 1, fires: true)
    var random = SequentialRandom(seed: 1, stream: 2)
    var cores: [CoreImage] = []
    var (populations, maps, routes): ([Population], [ProjectionMap], [SpikeRoute]) = ([], [], [])
    for (number, core) in geometry.cores.enumerated() {
      var image = CoreImage(
        core, circuits: Array(repeating: circuit, count: columns), on: geometry)
      for i in 0..<2 * senders * columns { image.weights[i] = UInt8(random.next() & 7) }
      cores.append(image)
      populations.append(
        Population(
          name: "p\(number)",
          ranges: [CircuitRange(core: core, firstColumn: 0, count: columns)]))
      var block = ProjectionBlock(
        core: core, firstPair: 0, pairCount: senders, firstColumn: 0, columnCount: columns,
        firstLine: 1, firstTarget: columns - 1)
      block.lines = (0..<Int32(senders)).map { 2 * $0 + 1 }
      block.targets = (0..<Int32(columns)).reversed()
      let source = (number + 37) % geometry.coreCount
      maps.append(
        ProjectionMap(
          name: "w\(number)", source: "p\(source)", target: "p\(number)", sourceCount: columns,
          targetCount: columns, copies: 1, weightPerStep: 0.1, blocks: [block]))
      for sender in 0..<senders {
        guard let pair = RowPairOnChip(core, pair: sender, on: geometry),
          let circuit = CircuitOnChip(
            geometry.cores[source], column: 2 * sender + 1, on: geometry)
        else { continue }
        routes.append(SpikeRoute(source: circuit, targets: [pair]))
      }
    }
    return ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores, inputRoutes: [],
      spikeRoutes: routes.sorted { $0.source < $1.source },
      io: ImageIO(
        network: "large", populations: populations, projections: maps, durationTicks: 100,
        dt: 1e-3, coding: "", readout: ReadoutRule(population: "p0", measure: .mostSpikes)))
  }

  @Test func aThousandCoresAreWrittenReadAndCompared() throws {
    let spec = try ChipLibrary.chip("synapus-1-mesh-40x25")
    let image = image(spec)
    let clock = ContinuousClock()
    func timed<T>(_ what: String, _ body: () throws -> T) rethrows -> T {
      let start = clock.now
      let result = try body()
      print("\(what): \(clock.now - start)")
      return result
    }
    try timed("validate") { try image.validate(against: spec) }
    let bytes = try timed("encode") { try image.encoded(spec: spec) }
    print("\(bytes.count) bytes")
    let again = try timed("decode") { try ChipImage(decoding: bytes, spec: spec) }
    #expect(again == image)
    var other = image
    other.cores[500].weights[1000] ^= 1
    let diff = timed("compare") { ImageDiff(image, other, on: spec) }
    #expect(diff.projections.map(\.count) == [1])
    let text = try timed("text") { try ChipImageText.write(image, spec: spec) }
    let parsed = try timed("parse") { try ChipImageText.parse(text, spec: spec) }
    #expect(parsed == image)
  }
}
