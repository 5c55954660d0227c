/// Is an array in numpy's format; column-major arrays are put in C order when read.
public struct NPYArray: Equatable, Sendable {
  /// The values, in the types that are read and written.
  public enum Values: Equatable, Sendable {
    /// `<f4`.
    case float32([Float])
    /// `<f8`.
    case float64([Double])
    /// `|u1`.
    case uint8([UInt8])
    /// `<i4`.
    case int32([Int32])
    /// `<i8`.
    case int64([Int64])
    /// `<u4`.
    case uint32([UInt32])
    /// `<u8`.
    case uint64([UInt64])
    /// `<U`, as many characters as the longest string has.
    case text([String])

    /// Number of values.
    public var count: Int {
      switch self {
      case .float32(let values): values.count
      case .float64(let values): values.count
      case .uint8(let values): values.count
      case .int32(let values): values.count
      case .int64(let values): values.count
      case .uint32(let values): values.count
      case .uint64(let values): values.count
      case .text(let values): values.count
      }
    }
  }

  /// Length of each axis; empty for a single value.
  public let shape: [Int]
  /// The values, last axis fastest.
  public let values: Values

  /// Gives values a shape, whose product must be their number.
  public init(shape: [Int], values: Values) {
    precondition(shape.reduce(1, *) == values.count)
    (self.shape, self.values) = (shape, values)
  }

  /// Makes a vector.
  public init(_ values: Values) { self.init(shape: [values.count], values: values) }
}

extension NPYArray {
  /// The bytes of an `.npy` file: magic, version 1.0, header padded to 64 bytes, values.
  var encoded: [UInt8] {
    let lengths = shape.map { "\($0)," }.joined(separator: " ")
    let dictionary = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(lengths)), }"
    let padding = 64 - (10 + dictionary.utf8.count + 1) % 64
    let header = Array(dictionary.utf8) + [UInt8](repeating: 0x20, count: padding % 64) + [0x0A]
    return Self.magic + [1, 0] + UInt16(header.count).littleEndianBytes + header + valueBytes
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  private var descriptor: String {
    switch values {
    case .float32: "<f4"
    case .float64: "<f8"
    case .uint8: "|u1"
    case .int32: "<i4"
    case .int64: "<i8"
    case .uint32: "<u4"
    case .uint64: "<u8"
    case .text(let strings): "<U\(Self.longest(strings))"
    }
  }

  private static func longest(_ strings: [String]) -> Int {
    max(strings.map(\.unicodeScalars.count).max() ?? 0, 1)
  }

  private var valueBytes: [UInt8] {
    switch values {
    case .float32(let values): Self.bytes(values)
    case .float64(let values): Self.bytes(values)
    case .uint8(let values): values
    case .int32(let values): Self.bytes(values)
    case .int64(let values): Self.bytes(values)
    case .uint32(let values): Self.bytes(values)
    case .uint64(let values): Self.bytes(values)
    case .text(let strings): Self.bytes(Self.scalars(strings))
    }
  }

  private static func scalars(_ strings: [String]) -> [UInt32] {
    let width = longest(strings)
    return strings.flatMap { string in
      let scalars = string.unicodeScalars.map(\.value)
      return scalars + [UInt32](repeating: 0, count: width - scalars.count)
    }
  }

  /// The values as this machine holds them: every machine that we build for is little-endian.
  private static func bytes<Element>(_ values: [Element]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }
}

extension FixedWidthInteger {
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
