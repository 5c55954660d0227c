/// The outer layer of a file of several images: signature, lengths, what joins the images, a
/// checksum over these, and the images, each with checksums of its own.
struct SequenceContainer {
  /// The signature: that of an image but for its fourth byte.
  static let signature: [UInt8] = [0x89, 0x53, 0x59, 0x53, 0x0D, 0x0A, 0x1A, 0x0A]
  static let version: UInt16 = 1

  private let bytes: [UInt8]
  private let description: Range<Int>
  private let images: [Range<Int>]

  /// How many images there are.
  var count: Int { images.count }

  init(_ bytes: [UInt8]) throws(ImageFormatError) {
    guard bytes.starts(with: Self.signature) else { throw .notAnImage }
    var reader = ImageSectionReader(bytes, Self.signature.count..<bytes.count, section: "header")
    let version = Int(try reader.integer(UInt16.self))
    guard version == Int(Self.version) else {
      throw .unknownVersion(found: version, known: 1...Int(Self.version))
    }
    _ = try reader.integer(UInt16.self, "reserved number", in: 0...0)
    var lengths: [Int] = []
    for _ in 0..<(try reader.count("images", of: 4)) {
      lengths.append(Int(try reader.integer(UInt32.self)))
    }
    let length = try reader.count("the length of the description", of: 1)
    let start = reader.place.offset
    _ = try reader.raw(length)
    let end = reader.place
    guard try reader.integer(UInt32.self) == CRC32.checksum(bytes[..<end.offset]) else {
      throw .corrupted(end)
    }
    (self.bytes, description) = (bytes, start..<end.offset)
    images = try Self.ranges(lengths, from: reader.place.offset, of: bytes.count)
  }

  private static func ranges(
    _ lengths: [Int], from start: Int, of total: Int
  ) throws(ImageFormatError) -> [Range<Int>] {
    var (offset, ranges): (Int, [Range<Int>]) = (start, [])
    for length in lengths {
      guard length <= total - offset else {
        let place = ImagePlace(section: "image", offset: offset)
        throw .truncated(place, needed: length - (total - offset))
      }
      ranges.append(offset..<offset + length)
      offset += length
    }
    guard offset == total else {
      throw .trailingBytes(ImagePlace(section: "image", offset: offset), count: total - offset)
    }
    return ranges
  }

  /// What joins the images.
  func openDescription() -> ImageSectionReader {
    ImageSectionReader(bytes, description, section: "sequence")
  }

  /// The bytes of one image.
  func image(_ number: Int) -> [UInt8] { Array(bytes[images[number]]) }

  /// Puts images behind a header.
  static func join(
    _ description: [UInt8], _ images: [[UInt8]]
  ) throws(ImageFormatError) -> [UInt8] {
    var header = ImageSectionWriter()
    header.raw(signature)
    header.integer(version)
    header.integer(UInt16(0))
    try header.count(images.count, "the number of images")
    for image in images { try header.count(image.count, "the length of an image") }
    try header.count(description.count, "the length of the description")
    header.raw(description)
    header.integer(CRC32.checksum(header.bytes))
    var file = header.bytes
    file.reserveCapacity(images.reduce(file.count) { $0 + $1.count })
    for image in images { file += image }
    return file
  }
}
