/// A message as received: its header is checked, its payload described but not yet read.
///
/// On the wire: `["SYN1", header JSON, payload 0...8 frames]`.
package struct Message: Sendable {
  /// The first frame of every message; the digit is the version of the framing.
  package static let magic = Frame(Array("SYN1".utf8))
  /// The most frames of a message: magic, header, eight of payload.
  package static let mostFrames = 10
  /// The largest header, in bytes.
  package static let largestHeader = 65_536
  /// The longest request id, in bytes.
  package static let longestID = 64

  /// What is asked or answered.
  package let type: String
  /// The client's name for its request.
  package let id: String
  /// The whole header.
  package let header: JSONObject
  /// Tells messages with different headers apart: 64-bit FNV-1a of the header's bytes.
  package let fingerprint: UInt64
  var parts: [PayloadPart]

  /// Checks the frames of a message; `payloadLimit` bounds the bytes of its payload.
  ///
  /// The failure carries the request id where it could still be read.
  package init(frames: [Frame], excess: Int, payloadLimit: Int) throws(MalformedMessage) {
    let header: JSONObject
    do {
      header = try Self.header(frames, excess, payloadLimit)
    } catch { throw MalformedMessage(error: error, id: nil) }
    let id = try? header.text("id", atMost: Self.longestID)
    do {
      self.header = header
      type = try header.text("type", atMost: 64)
      self.id = try header.text("id", atMost: Self.longestID)
      fingerprint = frames[1].withBytes(Self.fingerprint)
      parts = try PayloadPart.parts(header, Array(frames.dropFirst(2)))
    } catch { throw MalformedMessage(error: error, id: id) }
  }

  private static func header(
    _ frames: [Frame], _ excess: Int, _ payloadLimit: Int
  ) throws(WireError) -> JSONObject {
    guard (2...mostFrames).contains(frames.count + excess) else {
      throw WireError(
        .badFrame, "a message has 2 to \(mostFrames) frames", limit: mostFrames,
        actual: frames.count + excess)
    }
    guard frames[0].count == magic.count, frames[0].bytes == magic.bytes else {
      throw WireError(.badFrame, "the first frame must be SYN1")
    }
    guard frames[1].count <= largestHeader else {
      throw WireError(
        .tooLarge, "the header is too large", limit: largestHeader, actual: frames[1].count)
    }
    let payload = frames.dropFirst(2).reduce(0) { $0 + $1.count }
    guard payload <= payloadLimit else {
      throw WireError(
        .tooLarge, "the payload is too large; send smaller batches", limit: payloadLimit,
        actual: payload)
    }
    guard case .object(let object) = try JSONReader.parse(frames[1].bytes) else {
      throw WireError(.badHeader, "the header must be a JSON object")
    }
    return object
  }

  private static func fingerprint(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Frames of a message to send.
  package static func frames(header: JSONObject, payload: Payload?) -> [Frame] {
    var header = header
    if let payload { header["payload"] = .list([payload.json]) }
    let text = Frame(JSONValue.object(header).json)
    return [magic, text] + (payload.map { [$0.frame] } ?? [])
  }
}

/// Why a message could not be understood, and whose it was.
package struct MalformedMessage: Error, Equatable {
  /// What is wrong.
  package let error: WireError
  /// The request id, where it could be read.
  package let id: String?
}

// MARK: Uploads

extension Message {
  /// The uploads that stand for parts of the payload and are not attached yet, with their sizes.
  package var missingUploads: [(name: String, bytes: Int)] {
    parts.compactMap { part in
      part.pieces.isEmpty ? part.upload.map { ($0, part.bytes) } : nil
    }
  }

  /// Puts the pieces of an upload, in order, where the header names it.
  package mutating func attach(upload name: String, pieces: [Frame]) {
    for i in parts.indices where parts[i].upload == name { parts[i].pieces = pieces }
  }
}

// MARK: Reading the payload

extension Message {
  /// Proves the checksums of all parts of the payload.
  package func verifyChecksums() throws(WireError) {
    for part in parts {
      let sum = part.pieces.reduce(UInt32(0)) { sum, piece in
        piece.withBytes { CRC32C.checksum($0, after: sum) }
      }
      guard sum == part.checksum else {
        throw WireError(.badPayload, "the checksum of a payload frame is wrong", field: "crc32c")
      }
    }
  }

  /// Whether the payload has an array of that name.
  package func hasArray(_ name: String) -> Bool { entry(name) != nil }

  /// Reads an array; `shape` gives the sizes that are known beforehand, nil for those that are not.
  package func array<Element: WireElement>(
    _ name: String, _: Element.Type = Element.self, shape expected: [Int?] = [nil]
  ) throws(WireError) -> [Element] {
    guard let (entry, frame) = entry(name) else {
      throw WireError(.badPayload, "the array '\(name)' is missing", field: name)
    }
    guard entry.type == Element.elementType else {
      throw WireError(
        .badPayload, "the array '\(name)' must hold \(Element.elementType.rawValue)", field: name)
    }
    guard entry.shape.count == expected.count,
      zip(entry.shape, expected).allSatisfy({ $1 == nil || $0 == $1 })
    else {
      let shape = expected.map { $0.map(\.description) ?? "n" }.joined(separator: ", ")
      throw WireError(.badPayload, "the array '\(name)' must have shape [\(shape)]", field: name)
    }
    return frame.withBytes { bytes in
      [Element](unsafeUninitializedCapacity: entry.count) { target, count in
        UnsafeMutableRawBufferPointer(target).copyMemory(from: .init(rebasing: bytes[entry.range]))
        count = entry.count
      }
    }
  }

  /// Reads an array of u32, which may have come as u8 or u16.
  package func widenedArray(_ name: String, count: Int? = nil) throws(WireError) -> [UInt32] {
    guard let (entry, frame) = entry(name), entry.type != .u32, NarrowArray.takes(entry.type),
      entry.shape.count == 1, count == nil || entry.count == count
    else { return try array(name, UInt32.self, shape: [count]) }
    return frame.withBytes { bytes in
      [UInt32](unsafeUninitializedCapacity: entry.count) { target, count in
        if let start = target.baseAddress {
          NarrowArray.widen(.init(rebasing: bytes[entry.range]), of: entry.type, to: start)
        }
        count = entry.count
      }
    }
  }

  /// The shape of an array; three zeros when there is none.
  func shape(of name: String) -> [Int] { entry(name)?.0.shape ?? [0, 0, 0] }

  private func entry(_ name: String) -> (ArrayEntry, Frame)? {
    for part in parts {
      // Parts in several pieces are joined before arrays are read: the worker gets them whole.
      guard part.pieces.count == 1, let entry = part.arrays.first(where: { $0.name == name })
      else { continue }
      return (entry, part.pieces[0])
    }
    return nil
  }
}

/// One array inside a payload frame.
struct ArrayEntry: Sendable {
  let name: String
  let type: ElementType
  let shape: [Int]
  let count: Int
  let range: Range<Int>

  /// Reads the entry of an array that begins at `offset` of a frame of `limit` bytes.
  init(_ json: JSONValue, at offset: Int, limit: Int) throws(WireError) {
    guard case .object(let object) = json else {
      throw WireError(.badHeader, "each array must be an object", field: "payload.arrays")
    }
    name = try object.text("name", atMost: 64)
    guard let type = ElementType(rawValue: try object.text("dtype", atMost: 8)) else {
      throw WireError(
        .badHeader,
        "dtype must be one of \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))",
        field: name)
    }
    self.type = type
    (shape, count) = try Self.shape(object, name)
    let (size, overflow) = count.multipliedReportingOverflow(by: type.size)
    guard !overflow, size <= limit - offset else {
      throw WireError(
        .badPayload, "the array '\(name)' is larger than its frame", field: name, limit: limit)
    }
    range = offset..<offset + size
  }

  private static func shape(
    _ object: JSONObject, _ name: String
  ) throws(WireError) -> ([Int], Int) {
    guard case .list(let sizes)? = object["shape"], (1...4).contains(sizes.count) else {
      throw WireError(.badHeader, "shape must be a list of 1 to 4 sizes", field: name)
    }
    var shape: [Int] = []
    var count = 1
    for size in sizes {
      guard case .integer(let size) = size, size >= 0,
        case let (product, overflow) = count.multipliedReportingOverflow(by: size), !overflow
      else { throw WireError(.badHeader, "shape has an impossible size", field: name) }
      shape.append(size)
      count = product
    }
    return (shape, count)
  }
}

/// One part of the payload and what its header entry says of it.
struct PayloadPart: Sendable {
  /// The upload that stands for it, or nil: a frame of the message.
  let upload: String?
  /// Its bytes: one frame, or the pieces of an upload; none as long as the upload is missing.
  var pieces: [Frame]
  let bytes: Int
  let checksum: UInt32
  let arrays: [ArrayEntry]

  /// The most arrays of a part.
  private static let mostArrays = 64

  /// Pairs the header's `payload` list with the frames.
  static func parts(_ header: JSONObject, _ frames: [Frame]) throws(WireError) -> [PayloadPart] {
    var entries: [JSONValue] = []
    switch header["payload"] {
    case .list(let list)?: entries = list
    case nil: break
    default: throw WireError(.badHeader, "payload must be a list", field: "payload")
    }
    guard entries.count <= Message.mostFrames else {
      throw WireError(
        .badHeader, "payload must be a list of up to \(Message.mostFrames)", field: "payload",
        limit: Message.mostFrames, actual: entries.count)
    }
    var parts: [PayloadPart] = []
    var rest = frames[...]
    for entry in entries { parts.append(try PayloadPart(entry, from: &rest)) }
    guard rest.isEmpty else { throw frameFault(parts, frames) }
    return parts
  }

  private static func frameFault(_ parts: [PayloadPart], _ frames: [Frame]) -> WireError {
    let described = parts.count { $0.upload == nil }
    return WireError(
      .badPayload, "the header describes \(described) payload frames", field: "payload",
      limit: described, actual: frames.count)
  }

  private init(_ json: JSONValue, from frames: inout ArraySlice<Frame>) throws(WireError) {
    guard case .object(let object) = json else {
      throw WireError(.badHeader, "each payload must be an object", field: "payload")
    }
    bytes = try object.integer("bytes", 0...Int(UInt32.max))
    checksum = UInt32(try object.integer("crc32c", 0...Int(UInt32.max)))
    upload = try object.optionalText("upload", atMost: 64)
    if upload != nil {
      pieces = []
    } else if let frame = frames.popFirst() {
      pieces = [frame]
    } else {
      throw WireError(
        .badPayload, "the header describes more payload frames than there are", field: "payload")
    }
    if let frame = pieces.first, frame.count != bytes {
      throw WireError(
        .badPayload, "a payload frame has another size than its header says", field: "bytes",
        limit: bytes, actual: frame.count)
    }
    arrays = try Self.arrays(object, bytes)
  }

  /// Reads the arrays that fill a part of so many bytes.
  static func arrays(
    _ object: JSONObject, _ bytes: Int
  ) throws(WireError) -> [ArrayEntry] {
    guard case .list(let list)? = object["arrays"], list.count <= mostArrays else {
      throw WireError(
        .badHeader, "arrays must be a list of up to \(mostArrays)", field: "arrays",
        limit: mostArrays)
    }
    var arrays: [ArrayEntry] = []
    var offset = 0
    for entry in list {
      let array = try ArrayEntry(entry, at: offset, limit: bytes)
      arrays.append(array)
      offset = (array.range.upperBound + 7) & ~7
    }
    guard offset == bytes else {
      throw WireError(
        .badPayload, "the arrays of a payload frame do not fill it", field: "arrays",
        limit: bytes, actual: offset)
    }
    return arrays
  }
}
