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
  let parts: [PayloadPart]

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

// MARK: Reading the payload

extension Message {
  /// Proves the checksums of all payload frames.
  package func verifyChecksums() throws(WireError) {
    for part in parts where part.frame.checksum != part.checksum {
      throw WireError(.badPayload, "the checksum of a payload frame is wrong", field: "crc32c")
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

  /// The shape of an array; three zeros when there is none.
  func shape(of name: String) -> [Int] { entry(name)?.0.shape ?? [0, 0, 0] }

  private func entry(_ name: String) -> (ArrayEntry, Frame)? {
    for part in parts {
      if let entry = part.arrays.first(where: { $0.name == name }) { return (entry, part.frame) }
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

/// One payload frame and what its header entry says of it.
struct PayloadPart: Sendable {
  let frame: Frame
  let checksum: UInt32
  let arrays: [ArrayEntry]

  /// Pairs the header's `payload` list with the frames.
  static func parts(_ header: JSONObject, _ frames: [Frame]) throws(WireError) -> [PayloadPart] {
    var entries: [JSONValue] = []
    switch header["payload"] {
    case .list(let list)?: entries = list
    case nil: break
    default: throw WireError(.badHeader, "payload must be a list", field: "payload")
    }
    guard entries.count == frames.count else {
      throw WireError(
        .badPayload, "the header describes \(entries.count) payload frames", field: "payload",
        limit: entries.count, actual: frames.count)
    }
    var parts: [PayloadPart] = []
    for (entry, frame) in zip(entries, frames) { parts.append(try PayloadPart(entry, frame)) }
    return parts
  }

  private init(_ json: JSONValue, _ frame: Frame) throws(WireError) {
    guard case .object(let object) = json else {
      throw WireError(.badHeader, "each payload must be an object", field: "payload")
    }
    let bytes = try object.integer("bytes", 0...Int.max)
    guard bytes == frame.count else {
      throw WireError(
        .badPayload, "a payload frame has another size than its header says", field: "bytes",
        limit: bytes, actual: frame.count)
    }
    self.frame = frame
    checksum = UInt32(try object.integer("crc32c", 0...Int(UInt32.max)))
    guard case .list(let list)? = object["arrays"], list.count <= 16 else {
      throw WireError(.badHeader, "arrays must be a list of up to 16", field: "arrays", limit: 16)
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
    self.arrays = arrays
  }
}
