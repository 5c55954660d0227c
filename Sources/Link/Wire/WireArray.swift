/// The element types of arrays in payload frames; all little-endian.
package enum ElementType: String, CaseIterable, Sendable {
  case u8, i8, u16, i32, u32, i64, u64, f64

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .u8, .i8: return 1
    case .u16: return 2
    case .i32, .u32: return 4
    case .i64, .u64, .f64: return 8
    }
  }
}

/// A Swift number that travels as one of the ``ElementType``s.
package protocol WireElement: BitwiseCopyable, Sendable {
  /// How it travels.
  static var elementType: ElementType { get }
}

extension UInt8: WireElement { package static var elementType: ElementType { .u8 } }
extension Int8: WireElement { package static var elementType: ElementType { .i8 } }
extension UInt16: WireElement { package static var elementType: ElementType { .u16 } }
extension Int32: WireElement { package static var elementType: ElementType { .i32 } }
extension UInt32: WireElement { package static var elementType: ElementType { .u32 } }
extension Int: WireElement { package static var elementType: ElementType { .i64 } }
extension UInt64: WireElement { package static var elementType: ElementType { .u64 } }
extension Double: WireElement { package static var elementType: ElementType { .f64 } }

/// An array to send, with its name and shape.
package struct WireArray: Sendable {
  package let name: String
  let type: ElementType
  let shape: [Int]
  let count: Int
  private let lend: @Sendable ((UnsafeRawBufferPointer) -> Void) -> Void

  /// Describes an array; its elements are copied once, into the frame.
  package init<Element: WireElement>(_ name: String, _ values: [Element], shape: [Int]? = nil) {
    (self.name, type, count) = (name, Element.elementType, values.count)
    self.shape = shape ?? [values.count]
    lend = { body in values.withUnsafeBytes { body($0) } }
  }

  /// Bytes of the array in its frame: padded with zeros to a multiple of 8.
  var paddedSize: Int { (count * type.size + 7) & ~7 }

  /// Writes elements and padding, and gives the checksum of all bytes so far.
  func write(to target: UnsafeMutableRawBufferPointer, after sum: UInt32) -> UInt32 {
    var sum = sum
    lend { sum = CRC32C.copy($0, to: target, after: sum) }
    let padding = UnsafeMutableRawBufferPointer(rebasing: target[(count * type.size)...])
    for i in padding.indices { padding[i] = 0 }
    return CRC32C.checksum(UnsafeRawBufferPointer(padding), after: sum)
  }

  var json: JSONValue {
    .object([
      "name": .text(name), "dtype": .text(type.rawValue),
      "shape": .list(shape.map { .integer($0) }),
    ])
  }
}

/// Arrays put one after the other into one payload frame.
package struct Payload: Sendable {
  package let frame: Frame
  /// The frame's entry in the header.
  package let json: JSONValue

  /// Packs arrays into a frame and takes its checksum.
  package init(_ arrays: [WireArray]) {
    var json = JSONValue.null
    frame = Frame(count: Self.size(of: arrays)) { json = Self.pack(arrays, into: $0) }
    self.json = json
  }

  /// Takes a frame that was packed elsewhere, and its entry.
  package init(frame: Frame, json: JSONValue) { (self.frame, self.json) = (frame, json) }

  /// Bytes that arrays fill.
  static func size(of arrays: [WireArray]) -> Int { arrays.reduce(0) { $0 + $1.paddedSize } }

  /// Packs arrays into memory that they fill, and gives the frame's entry in the header.
  static func pack(_ arrays: [WireArray], into memory: UnsafeMutableRawBufferPointer) -> JSONValue {
    var (offset, sum) = (0, UInt32(0))
    for array in arrays {
      let end = offset + array.paddedSize
      sum = array.write(
        to: UnsafeMutableRawBufferPointer(rebasing: memory[offset..<end]), after: sum)
      offset = end
    }
    return .object([
      "bytes": .integer(offset), "crc32c": .integer(Int(sum)),
      "arrays": .list(arrays.map(\.json)),
    ])
  }
}
