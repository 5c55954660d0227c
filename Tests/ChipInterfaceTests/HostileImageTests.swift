import ChipInterface
import HardwareSpec
import Testing

@Suite("Images of ill will are refused")
struct HostileImageTests {
  private func small() throws -> (ChipImage, ChipSpec, [UInt8]) {
    let spec = try smallChip()
    let image = try fullImage(spec)
    return (image, spec, try image.encoded(spec: spec))
  }

  private func sparse() throws -> (ChipImage, ChipSpec, [UInt8]) {
    let spec = try smallChip()
    let image = try sparseImage(spec)
    return (image, spec, try image.encoded(spec: spec))
  }

  private func digital(_ name: String) throws -> (ChipImage, ChipSpec, [UInt8]) {
    let spec = try smallDigitalChip(name)
    var generator = ImageGenerator(spec, seed: 11)
    let image = generator.image()
    return (image, spec, try image.encoded(spec: spec))
  }

  /// Puts valid checksums on damaged bytes, so that the reader behind them is reached.
  private func resealed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    func number(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
    func put(_ value: UInt32, _ at: Int) {
      for i in 0..<4 { bytes[at + i] = UInt8(truncatingIfNeeded: value >> UInt32(8 * i)) }
    }
    guard bytes.count >= 16 else { return bytes }
    let count = number(12)
    guard count <= (bytes.count - 20) / 12 else { return bytes }
    var start = 20 + 12 * count
    for entry in 0..<count {
      let length = number(16 + 12 * entry + 4)
      guard length <= bytes.count - start else { break }
      put(CRC32.checksum(bytes[start..<start + length]), 16 + 12 * entry + 8)
      start += length
    }
    put(CRC32.checksum(bytes[..<(16 + 12 * count)]), 16 + 12 * count)
    return bytes
  }

  @Test func everyFlippedBitIsRefused() throws {
    let (_, spec, bytes) = try small()
    var accepted: [Int] = []
    for position in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[position] ^= 1 << UInt8(bit)
        if (try? ChipImage(decoding: damaged, spec: spec)) != nil { accepted.append(position) }
      }
    }
    #expect(accepted.isEmpty)
  }

  @Test func everyTruncationAndEveryExtraByteIsRefused() throws {
    let (_, spec, bytes) = try small()
    for length in bytes.indices {
      #expect(throws: ImageFormatError.self) {
        try ChipImage(decoding: Array(bytes[..<length]), spec: spec)
      }
    }
    #expect(
      throws: ImageFormatError.trailingBytes(
        ImagePlace(section: "header", offset: bytes.count), count: 1)
    ) { try ChipImage(decoding: bytes + [0], spec: spec) }
  }

  /// Behind valid checksums any byte may have any value: refused, or an image that is valid.
  @Test(arguments: ["analog", "sparse", "loihi", "truenorth"])
  func damageBehindValidChecksumsNeverTraps(kind: String) throws {
    let (image, spec, bytes) =
      switch kind {
      case "analog": try small()
      case "sparse": try sparse()
      default: try digital(kind)
      }
    var (refused, other) = (0, 0)
    for position in bytes.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF, bytes[position] ^ 1, bytes[position] &+ 1] {
        var damaged = bytes
        damaged[position] = value
        guard let decoded = try? ChipImage(decoding: resealed(damaged), spec: spec) else {
          refused += 1
          continue
        }
        try decoded.validate(against: spec)
        if decoded != image { other += 1 }
        #expect(try decoded.encoded(spec: spec) == resealed(damaged))
      }
    }
    #expect(refused > bytes.count / 4 && other > bytes.count / 4)
  }

  @Test(arguments: [false, true]) func randomBytesNeverTrap(isSparse: Bool) throws {
    let (_, spec, bytes) = try isSparse ? sparse() : small()
    var random = SequentialRandom(seed: 5, stream: 2)
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        damaged[Int.random(in: 10..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      _ = try? ChipImage(decoding: resealed(damaged), spec: spec)
    }
  }

  @Test func sectionsOutOfOrderAreNamed() throws {
    let (_, spec, bytes) = try small()
    var renamed = bytes
    renamed.replaceSubrange(28..<32, with: Array("cure".utf8))
    #expect(
      throws: ImageFormatError.unexpectedSection(
        ImagePlace(section: "header", offset: 28), found: "cure", expected: "'core'")
    ) { try ChipImage(decoding: resealed(renamed), spec: spec) }
    var doubled = bytes
    doubled.replaceSubrange(28..<32, with: Array("chip".utf8))
    #expect(
      throws: ImageFormatError.unexpectedSection(
        ImagePlace(section: "header", offset: 28), found: "chip", expected: "'core'")
    ) { try ChipImage(decoding: resealed(doubled), spec: spec) }
  }

  @Test func hugeCountsAreRefusedBeforeAnythingIsAllocated() throws {
    let (_, spec, bytes) = try small()
    var many = bytes
    many.replaceSubrange(12..<16, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(
      throws: ImageFormatError.outOfRange(
        ImagePlace(section: "header", offset: 12), what: "sections", found: Int(UInt32.max),
        allowed: 0...(bytes.count - 16) / 12)
    ) { try ChipImage(decoding: many, spec: spec) }
  }

  @Test func otherFilesVersionsAndChipsAreNamed() throws {
    let (_, spec, bytes) = try small()
    #expect(throws: ImageFormatError.notAnImage) {
      try ChipImage(decoding: Array("hello".utf8), spec: spec)
    }
    var newer = bytes
    newer[8] = 5
    #expect(throws: ImageFormatError.unknownVersion(found: 5, known: 1...4)) {
      try ChipImage(decoding: newer, spec: spec)
    }
    let other = try ChipLibrary.chip("bss2-like")
    let expected = ImageFormatError.imageOfAnotherChip(
      image: spec.name, imageHash: spec.hash, chip: other.name, chipHash: other.hash)
    #expect(throws: expected) { try ChipImage(decoding: bytes, spec: other) }
    var damaged = bytes
    damaged[bytes.count - 1] ^= 1
    #expect(throws: expected) { try ChipImage(decoding: damaged, spec: other) }
    let (image, _, _) = try small()
    #expect(throws: expected) { try image.encoded(spec: other) }
    let text = try ChipImageText.write(image, spec: spec)
    #expect(throws: expected) { try ChipImageText.parse(text, spec: other) }
  }

  @Test func invalidImagesAreNotWritten() throws {
    var (image, spec, _) = try small()
    image.io.dt = .nan
    #expect(throws: ImageFormatError.notFinite(what: "dt")) { try image.encoded(spec: spec) }
    #expect(throws: ImageFormatError.notFinite(what: "dt")) {
      try ChipImageText.write(image, spec: spec)
    }
    image.io.dt = 1
    image.cores[0].weights[3] = 200
    #expect(throws: ImageFormatError.self) { try image.encoded(spec: spec) }
  }

  @Test(arguments: [false, true])
  func everyLostOrDamagedLineOfTextIsRefusedByNumberOrHarmless(isSparse: Bool) throws {
    let (image, spec, _) = try isSparse ? sparse() : small()
    let text = try ChipImageText.write(image, spec: spec)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var refused = 0
    for index in lines.indices.dropLast() {
      for damage in ["", "?", lines[index] + " 1", String(lines[index].dropLast()), "core 99999"] {
        var damaged = lines
        damaged[index] = damage
        do {
          _ = try ChipImageText.parse(damaged.joined(separator: "\n"), spec: spec)
        } catch .line(let number, _, _) {
          refused += 1
          #expect(number >= index + 1, "line \(index + 1): \(damage)")
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 3 * lines.count)
    #expect(throws: ImageFormatError.line(1, expected: "'synapus-image'", found: "'hello'")) {
      try ChipImageText.parse("hello", spec: spec)
    }
  }

  @Test func messagesAreOneSentence() {
    let place = ImagePlace(section: "io", offset: 812)
    let error = ImageFormatError.outOfRange(place, what: "copies", found: 0, allowed: 1...65_536)
    #expect(error.description == "section 'io' at byte 812 has copies 0; 1 to 65536 is allowed")
  }
}
