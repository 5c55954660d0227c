/// The outer layer of an image file: signature, version, a table of sections, their checksums.
struct ImageContainer {
  /// The kinds of sections, in the order in which a file holds them.
  enum Kind: String, CaseIterable {
    case chip = "chip"
    case core = "core"
    case routes = "rout"
    case parts = "part"
    case learning = "lern"
    case maps = "maps"
    case io = "io  "

    var name: String { rawValue.filter { $0 != " " } }
  }

  /// The signature, whose odd bytes betray a transfer as text.
  static let signature: [UInt8] = [0x89, 0x53, 0x59, 0x4E, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The newest format version; version 2 has a section of further parts before the last, version
  /// 3 one of learning rules after that, version 4 one of sparse maps after that.
  static let version: UInt16 = 4
  private static let fixedBytes = 16
  private static let entryBytes = 12

  private let bytes: [UInt8]
  private let ranges: [Range<Int>]
  private let checksums: [UInt32]

  /// The version that the file is written in.
  let version: Int

  /// How many sections of kind ``Kind/core`` there are.
  var coreCount: Int { ranges.count - Self.trailing(version).count - 1 }

  /// The sections after the cores, in order.
  private static func trailing(_ version: Int) -> [Kind] {
    [.routes] + (version >= 2 ? [.parts] : []) + (version >= 3 ? [.learning] : [])
      + (version >= 4 ? [.maps] : []) + [.io]
  }

  /// Reads signature, version and table, and proves that the sections fill the bytes exactly.
  init(_ bytes: [UInt8]) throws(ImageFormatError) {
    guard bytes.starts(with: Self.signature) else { throw .notAnImage }
    var reader = ImageSectionReader(bytes, Self.signature.count..<bytes.count, section: "header")
    let version = try reader.integer(UInt16.self)
    guard (1...Self.version).contains(version) else {
      throw .unknownVersion(found: Int(version), known: 1...Int(Self.version))
    }
    _ = try reader.integer(UInt16.self, "reserved number", in: 0...0)
    let count = try reader.count("sections", of: Self.entryBytes)
    let tableEnd = Self.fixedBytes + count * Self.entryBytes
    var crc = ImageSectionReader(bytes, tableEnd..<bytes.count, section: "header")
    guard try crc.integer(UInt32.self) == CRC32.checksum(bytes[..<tableEnd]) else {
      throw .corrupted(ImagePlace(section: "header", offset: tableEnd))
    }
    self.bytes = bytes
    self.version = Int(version)
    (ranges, checksums) = try Self.readTable(
      &reader, count, version: Int(version), start: tableEnd + 4, bytes.count)
  }

  private static func readTable(
    _ reader: inout ImageSectionReader, _ count: Int, version: Int, start: Int, _ total: Int
  ) throws(ImageFormatError) -> ([Range<Int>], [UInt32]) {
    var (ranges, checksums): ([Range<Int>], [UInt32]) = ([], [])
    var offset = start
    let positions = max(count, trailing(version).count + 1)
    for position in 0..<positions {
      let expected = kind(at: position, of: positions, version: version)
      let place = reader.place
      let found =
        position < count ? String(decoding: try reader.raw(4), as: UTF8.self) : "nothing"
      guard found == expected.rawValue else {
        throw .unexpectedSection(place, found: found, expected: "'\(expected.name)'")
      }
      let length = Int(try reader.integer(UInt32.self))
      checksums.append(try reader.integer(UInt32.self))
      guard length <= total - offset else {
        let place = ImagePlace(section: expected.name, offset: offset)
        throw .truncated(place, needed: length - (total - offset))
      }
      ranges.append(offset..<offset + length)
      offset += length
    }
    guard offset == total else {
      throw .trailingBytes(ImagePlace(section: "header", offset: offset), count: total - offset)
    }
    return (ranges, checksums)
  }

  private static func kind(at position: Int, of count: Int, version: Int) -> Kind {
    let trailing = trailing(version)
    let fromCores = position - (count - trailing.count)
    return position == 0 ? .chip : fromCores < 0 ? .core : trailing[fromCores]
  }

  /// Checks the checksum of one section and opens it; cores are counted from 0.
  func open(_ kind: Kind, core: Int = 0) throws(ImageFormatError) -> ImageSectionReader {
    let index =
      switch kind {
      case .chip: 0
      case .core: 1 + core
      default: coreCount + 1 + (Self.trailing(version).firstIndex(of: kind) ?? 0)
      }
    let range = ranges[index]
    guard CRC32.checksum(bytes[range]) == checksums[index] else {
      throw .corrupted(ImagePlace(section: kind.name, offset: range.lowerBound))
    }
    return ImageSectionReader(bytes, range, section: kind.name)
  }

  private static func version(of kinds: [Kind]) -> UInt16 {
    kinds.contains(.maps)
      ? 4 : kinds.contains(.learning) ? 3 : kinds.contains(.parts) ? 2 : 1
  }

  /// Puts sections behind a header and table.
  static func join(_ sections: [(Kind, [UInt8])]) throws(ImageFormatError) -> [UInt8] {
    var header = ImageSectionWriter()
    header.raw(signature)
    header.integer(version(of: sections.map(\.0)))
    header.integer(UInt16(0))
    try header.count(sections.count, "the number of sections")
    for (kind, bytes) in sections {
      header.raw(Array(kind.rawValue.utf8))
      try header.count(bytes.count, "the length of section '\(kind.name)'")
      header.integer(CRC32.checksum(bytes))
    }
    header.integer(CRC32.checksum(header.bytes))
    var file = header.bytes
    file.reserveCapacity(sections.reduce(file.count) { $0 + $1.1.count })
    for (_, bytes) in sections { file += bytes }
    return file
  }
}
