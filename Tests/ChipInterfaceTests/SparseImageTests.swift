import ChipInterface
import HardwareSpec
import Testing

@Suite("Sparse maps and delayed inputs in images")
struct SparseImageTests {
  private func version(_ bytes: [UInt8]) -> Int { Int(bytes[8]) }

  @Test func onlyImagesWithSuchPartsHaveTheNewVersion() throws {
    let spec = try smallChip()
    var versions: Set<Int> = []
    for seed in 0..<60 as Range<UInt64> {
      var generator = ImageGenerator(spec, seed: seed)
      var image = generator.image()
      versions.insert(version(try image.encoded(spec: spec)))
      generator.addSparseMaps(to: &image)
      let isSparse = !image.delayedInputs.isEmpty || image.io.projections.contains { !$0.isPlain }
      #expect((version(try image.encoded(spec: spec)) == 4) == isSparse, "seed \(seed)")
    }
    #expect(versions == [1, 2, 3])
  }

  @Test func sectionWithoutSuchPartsIsRefused() throws {
    let spec = try smallChip()
    var image = try sparseImage(spec)
    image.delayedInputs = []
    for index in image.io.projections.indices {
      image.io.projections[index].senderCopies = []
      image.io.projections[index].receiverScales = []
      image.io.projections[index].blocks = []
    }
    let bytes = try image.encoded(spec: spec)
    #expect(version(bytes) < 4)
    #expect(try ChipImage(decoding: bytes, spec: spec) == image)
  }

  @Test func validationNamesWhatDoesNotFit() throws {
    let spec = try smallChip()
    let good = try sparseImage(spec)
    let sparse = try #require(
      good.io.projections.firstIndex { !($0.blocks.first?.lines ?? []).isEmpty })
    let map = good.io.projections[sparse]
    func faults(_ change: (inout ChipImage) -> Void) -> [ImageFault] {
      var image = good
      change(&image)
      do {
        try image.validate(against: spec)
      } catch .invalidImage(let faults) { return faults } catch {}
      return []
    }
    let description = [ImageFault.description(what: "projection", name: map.name)]
    #expect(faults { _ in }.isEmpty)
    #expect(faults { $0.io.projections[sparse].senderCopies.append(1) } == description)
    #expect(
      faults { $0.io.projections[sparse].receiverScales = [1] + map.receiverScales } == description)
    #expect(faults { $0.io.projections[sparse].blocks[0].firstLine += 1 } == description)
    #expect(faults { $0.io.projections[sparse].blocks[0].targets.removeLast() } == description)
    #expect(
      faults { $0.io.projections[sparse].blocks[0].lines[0] = Int32(map.lineCount) } == description)
    #expect(
      faults { $0.delayedInputs[0].delayTicks = 0 } == [.order(what: "delayed input", index: 0)])
    #expect(
      faults { $0.delayedInputs[0].channel = -1 } == [.order(what: "delayed input", index: 0)])
    let doubled = faults { $0.delayedInputs.insert($0.delayedInputs[0], at: 0) }
    #expect(doubled == [.order(what: "delayed input", index: 1)])
  }

  @Test func scalesThatAreNoNumbersAreNotWritten() throws {
    let spec = try smallChip()
    var image = try sparseImage(spec)
    let index = try #require(image.io.projections.firstIndex { !$0.receiverScales.isEmpty })
    image.io.projections[index].receiverScales[0] = .infinity
    let name = image.io.projections[index].name
    let error = ImageFormatError.notFinite(what: "a scale of projection '\(name)'")
    #expect(throws: error) { try image.encoded(spec: spec) }
    #expect(throws: error) { try ChipImageText.write(image, spec: spec) }
  }

  @Test func linesBelongToSendersAndSynapsesAreCounted() throws {
    var map = ProjectionMap(
      name: "p", source: nil, target: "t", sourceCount: 4, targetCount: 3, copies: 2,
      weightPerStep: 1, blocks: [])
    #expect((0..<8).map { map.sender(ofLine: $0) } == [0, 0, 1, 1, 2, 2, 3, 3])
    #expect(map.synapseCount == 12)
    map.senderCopies = [1, 0, 3, 2]
    #expect((0..<6).map { map.sender(ofLine: $0) } == [0, 2, 2, 2, 3, 3])
    var block = ProjectionBlock(
      core: try smallChip().geometry.cores[0], firstPair: 0, pairCount: 4, firstColumn: 0,
      columnCount: 2,
      firstLine: 1, firstTarget: 2)
    (block.lines, block.targets) = ([1, 2, 3, 5], [2, 0])
    map.blocks = [block]
    // Sender 2 with its three copies; of sender 3 only the second copy lies here.
    #expect(map.synapseCount == 2)
  }
}
