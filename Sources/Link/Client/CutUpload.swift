import ChipInterface

/// A payload that is larger than a frame, cut into pieces that go before the request.
struct CutUpload {
  /// The name that stands for the payload in the request.
  let name: String
  private let whole: Frame
  private let pieceBytes: Int

  /// Pieces that may be under way.
  static let mostUnderWay = 8

  /// Cuts a payload into pieces of so many bytes at most.
  init(_ payload: Payload, name: String, pieceBytes: Int) {
    // Arrays end at multiples of eight bytes, and so must pieces.
    (self.name, whole, self.pieceBytes) = (name, payload.frame, max(8, pieceBytes & ~7))
  }

  /// How many pieces there are.
  var count: Int { (whole.count + pieceBytes - 1) / pieceBytes }

  /// The fields and the payload of a piece.
  func piece(_ number: Int) -> (fields: JSONObject, payload: Payload) {
    let start = number * pieceBytes
    let range = start..<min(start + pieceBytes, whole.count)
    return (
      [
        "upload": .text(name), "offset": .integer(start), "total": .integer(whole.count),
      ], Payload(bytes: Frame(range, of: whole), name: "data")
    )
  }
}

extension Payload {
  /// A frame as a payload of one array of bytes; its size is a multiple of eight.
  init(bytes frame: Frame, name: String) {
    self.init(
      frame: frame,
      json: .object([
        "bytes": .integer(frame.count), "crc32c": .integer(Int(frame.checksum)),
        "arrays": .list([
          .object([
            "name": .text(name), "dtype": .text(ElementType.u8.rawValue),
            "shape": .list([.integer(frame.count)]),
          ])
        ]),
      ]))
  }

  /// The payload's entry in the header of a request, when it was uploaded under a name.
  func entry(uploaded name: String) -> JSONValue {
    guard case .object(var object) = json else { return json }
    object["upload"] = .text(name)
    return .object(object)
  }
}
