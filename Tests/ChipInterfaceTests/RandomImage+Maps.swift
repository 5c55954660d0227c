import ChipInterface
import HardwareSpec

extension ImageGenerator {
  /// Makes maps sparse, and lets events of inputs come later too: what version 4 adds.
  mutating func addSparseMaps(to image: inout ChipImage) {
    for channel in image.inputRoutes.indices where Bool.random(using: &random) {
      let delays = Set((0..<2).map { _ in UInt16.random(in: 1...UInt16.max, using: &random) })
      image.delayedInputs += delays.sorted().map { delay in
        DelayedInput(channel: channel, delayTicks: delay, targets: image.inputRoutes[channel])
      }
    }
    for index in image.io.projections.indices where random.uniform() < 0.8 {
      makeSparse(&image.io.projections[index], in: image)
    }
  }

  private mutating func makeSparse(_ map: inout ProjectionMap, in image: ChipImage) {
    if Bool.random(using: &random) {
      map.senderCopies = (0..<map.sourceCount).map { _ in Int.random(in: 0...3, using: &random) }
    }
    if Bool.random(using: &random) {
      map.receiverScales = (0..<map.targetCount).map { _ in real() }
    }
    map.blocks = (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in
      block(of: map, core: map.blocks.first?.core)
    }
  }

  /// Some lines and some receivers, in any order.
  private mutating func block(of map: ProjectionMap, core: CoreOnChip?) -> ProjectionBlock? {
    guard let core else { return nil }
    let (pairs, columns) = (spec.geometry.rowPairsPerCore, map.targetCount)
    let lines = (0..<Int32(map.lineCount)).shuffled(using: &random).prefix(pairs)
    let targets = (0..<Int32(map.targetCount)).shuffled(using: &random).prefix(columns)
    guard let line = lines.first, let target = targets.first else { return nil }
    var block = ProjectionBlock(
      core: core, firstPair: 0, pairCount: lines.count, firstColumn: 0,
      columnCount: targets.count, firstLine: Int(line), firstTarget: Int(target))
    (block.lines, block.targets) = (Array(lines), Array(targets))
    return block
  }
}

/// The smallest of many images that have every part of version 4.
func sparseImage(_ spec: ChipSpec) throws -> ChipImage {
  var found: (image: ChipImage, bytes: Int)?
  for seed in 0..<1000 as Range<UInt64> {
    var generator = ImageGenerator(spec, seed: seed)
    var image = generator.image()
    generator.addSparseMaps(to: &image)
    let maps = image.io.projections
    if image.cores.count < 3, image.delayedInputs.contains(where: { !$0.targets.isEmpty }),
      maps.contains(where: { !$0.senderCopies.isEmpty }),
      maps.contains(where: { !$0.receiverScales.isEmpty }),
      maps.contains(where: { $0.blocks.contains { $0.lines.count > 1 && $0.targets.count > 1 } })
    {
      let bytes = try image.encoded(spec: spec).count
      if bytes < found?.bytes ?? .max { found = (image, bytes) }
    }
  }
  guard let found else { throw ImageFormatError.notAnImage }
  return found.image
}
