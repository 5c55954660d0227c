import CZlib

/// Reads and writes zip archives, as far as numpy uses them.
///
/// Source: PKWARE, APPNOTE.TXT 6.3, sections 4.3.7 (local header), 4.3.12 (directory) and 4.3.16
/// (its end). Sizes are below 4 GiB.
enum ZipArchive {
  /// An entry of the directory.
  struct Member {
    let name: String
    let method: UInt16
    let checksum: UInt32
    let packedBytes, bytes, headerStart: Int
  }

  // MARK: - Writing

  /// The bytes of an archive whose members are stored without compression.
  static func stored(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var (archive, directory) = ([UInt8](), [UInt8]())
    for (name, bytes) in members {
      let fields = commonFields(name, bytes)
      let start = UInt32(archive.count)
      archive += localSignature.littleEndianBytes + fields + Array(name.utf8) + bytes
      // Made by version 2.0; no comment, first disk, no attributes.
      directory += directorySignature.littleEndianBytes + [20, 0] + fields
      directory += [UInt8](repeating: 0, count: 10) + start.littleEndianBytes + Array(name.utf8)
    }
    let count = UInt16(members.count).littleEndianBytes
    let place =
      UInt32(directory.count).littleEndianBytes + UInt32(archive.count).littleEndianBytes
    return archive + directory + endSignature.littleEndianBytes + [0, 0, 0, 0] + count + count
      + place + [0, 0]
  }

  private static let localSignature: UInt32 = 0x0403_4B50
  private static let directorySignature: UInt32 = 0x0201_4B50
  private static let endSignature: UInt32 = 0x0605_4B50

  /// What local header and directory have in common: version, flags, method, time (1980-01-01,
  /// so that equal arrays give equal files), check sum, sizes and length of the name.
  private static func commonFields(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let size = UInt32(bytes.count).littleEndianBytes
    return [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + checksum(bytes).littleEndianBytes + size + size
      + UInt16(name.utf8.count).littleEndianBytes + [0, 0]
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    UInt32(crc32_z(0, bytes, bytes.count))
  }

  // MARK: - Reading

  /// The members of an archive, from the directory at its end.
  static func members(of archive: [UInt8], file: String) throws(RecordingError) -> [Member] {
    guard let end = endOfDirectory(archive) else {
      throw .badZip(file: file, entry: "", fault: .noDirectory)
    }
    var position = Int(word(archive, end + 16) ?? 0)
    var members: [Member] = []
    for _ in 0..<(half(archive, end + 10) ?? 0) {
      guard let (member, next) = member(of: archive, at: position) else {
        throw .badZip(file: file, entry: "", fault: .outOfBounds)
      }
      members.append(member)
      position = next
    }
    guard members.reduce(0, { $0 + $1.bytes }) <= NPZFile.largestBytes else {
      throw .badZip(file: file, entry: "", fault: .tooLarge)
    }
    return members
  }

  /// Where the end record begins: it is followed by a comment of at most 65,535 bytes.
  private static func endOfDirectory(_ archive: [UInt8]) -> Int? {
    let last = archive.count - 22
    guard last >= 0 else { return nil }
    return stride(from: last, through: max(last - 65_535, 0), by: -1).first {
      word(archive, $0) == endSignature
    }
  }

  private static func member(of archive: [UInt8], at start: Int) -> (Member, next: Int)? {
    guard word(archive, start) == directorySignature, let method = half(archive, start + 10),
      let checksum = word(archive, start + 16), let packed = word(archive, start + 20),
      let bytes = word(archive, start + 24), let nameBytes = half(archive, start + 28),
      let extraBytes = half(archive, start + 30), let commentBytes = half(archive, start + 32),
      let header = word(archive, start + 42), start + 46 + Int(nameBytes) <= archive.count,
      let name = String(
        validating: archive[(start + 46)..<(start + 46 + Int(nameBytes))], as: UTF8.self)
    else { return nil }
    let member = Member(
      name: name, method: method, checksum: checksum, packedBytes: Int(packed),
      bytes: Int(bytes), headerStart: Int(header))
    return (member, start + 46 + Int(nameBytes) + Int(extraBytes) + Int(commentBytes))
  }

  /// The contents of a member, checked against length and check sum.
  static func unpack(
    _ member: Member, of archive: [UInt8], file: String
  ) throws(RecordingError) -> [UInt8] {
    guard word(archive, member.headerStart) == localSignature,
      let nameBytes = half(archive, member.headerStart + 26),
      let extraBytes = half(archive, member.headerStart + 28)
    else { throw .badZip(file: file, entry: member.name, fault: .outOfBounds) }
    let start = member.headerStart + 30 + Int(nameBytes) + Int(extraBytes)
    guard start + member.packedBytes <= archive.count else {
      throw .badZip(file: file, entry: member.name, fault: .outOfBounds)
    }
    let packed = archive[start..<start + member.packedBytes]
    let bytes: [UInt8]?
    switch member.method {
    case 0: bytes = Array(packed)
    case 8: bytes = inflated(packed, bytes: member.bytes)
    default: throw .badZip(file: file, entry: member.name, fault: .unknownMethod)
    }
    guard let bytes, bytes.count == member.bytes, checksum(bytes) == member.checksum else {
      throw .badZip(file: file, entry: member.name, fault: .badContents)
    }
    return bytes
  }

  /// Inflates a raw deflate stream to exactly `bytes` bytes, which the data must be able to give:
  /// deflate packs at most 1,032 bytes into one.
  private static func inflated(_ packed: ArraySlice<UInt8>, bytes: Int) -> [UInt8]? {
    guard bytes / 1032 <= packed.count else { return nil }
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, -MAX_WBITS, zlibVersion(), size) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: bytes + 1)
    let status = packed.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
        return inflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END, stream.total_out == bytes else { return nil }
    output.removeLast()
    return output
  }

  private static func half(_ bytes: [UInt8], _ position: Int) -> UInt16? {
    guard position >= 0, position + 2 <= bytes.count else { return nil }
    return UInt16(bytes[position]) | UInt16(bytes[position + 1]) << 8
  }

  private static func word(_ bytes: [UInt8], _ position: Int) -> UInt32? {
    guard let low = half(bytes, position), let high = half(bytes, position + 2) else { return nil }
    return UInt32(low) | UInt32(high) << 16
  }
}
