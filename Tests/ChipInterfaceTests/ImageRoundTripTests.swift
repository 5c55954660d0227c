import ChipInterface
import Foundation
import HardwareSpec
import Testing

@Suite("Images and their text keep everything")
struct ImageRoundTripTests {
  @Test func binaryGivesBackTheImage() throws {
    try forEachRandomImage(0..<200) { image, spec, seed in
      let bytes = try image.encoded(spec: spec)
      let again = try ChipImage(decoding: bytes, spec: spec)
      #expect(again == image, "seed \(seed)")
      #expect(try again.encoded(spec: spec) == bytes, "seed \(seed)")
      #expect(try ChipImage(decoding: Data(bytes), spec: spec) == image, "seed \(seed)")
    }
  }

  @Test func textGivesBackTheBytesAndTheText() throws {
    try forEachRandomImage(0..<200) { image, spec, seed in
      let bytes = try image.encoded(spec: spec)
      let text = try ChipImageText.write(ChipImage(decoding: bytes, spec: spec), spec: spec)
      let parsed = try ChipImageText.parse(text, spec: spec)
      #expect(try parsed.encoded(spec: spec) == bytes, "seed \(seed)")
      let again = try ChipImage(decoding: parsed.encoded(spec: spec), spec: spec)
      #expect(try ChipImageText.write(again, spec: spec) == text, "seed \(seed)")
    }
  }

  @Test(arguments: ChipLibrary.names) func fullChipsPass(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    var generator = ImageGenerator(spec, seed: 7)
    let image = generator.image()
    let bytes = try image.encoded(spec: spec)
    #expect(try ChipImage(decoding: bytes, spec: spec) == image)
    let text = try ChipImageText.write(image, spec: spec)
    #expect(try ChipImageText.parse(text, spec: spec) == image)
  }

  @Test func headerNamesTheChip() throws {
    let spec = try smallChip()
    var generator = ImageGenerator(spec, seed: 1)
    let header = try ChipImageHeader(decoding: generator.image().encoded(spec: spec))
    #expect(header.chipName == spec.name)
    #expect(header.specHash == spec.hash)
  }

  @Test func equalImagesHaveEqualHashes() throws {
    let spec = try smallChip()
    var (one, two) = (ImageGenerator(spec, seed: 3), ImageGenerator(spec, seed: 3))
    let (a, b) = (one.image(), two.image())
    #expect(try a.contentHash(spec: spec) == b.contentHash(spec: spec))
    #expect(try a.contentHash(spec: spec).count == 64)
    var changed = a
    changed.io.network += "x"
    #expect(try changed.contentHash(spec: spec) != a.contentHash(spec: spec))
  }

  @Test func checksumIsTheStandardOne() {
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.checksum([UInt8]()) == 0)
  }

  @Test func commentsAndEmptyLinesArePassedOver() throws {
    let spec = try smallChip()
    var generator = ImageGenerator(spec, seed: 4)
    let image = generator.image()
    let text = try ChipImageText.write(image, spec: spec)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let airy = lines.map { "\($0)\r" }.joined(separator: "\n\n  # a comment\n")
    #expect(try ChipImageText.parse(airy, spec: spec) == image)
  }
}
