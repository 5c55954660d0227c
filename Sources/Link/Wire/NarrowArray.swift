extension WireArray {
  /// Describes an array by the narrowest unsigned type that holds all its values.
  package static func narrow(_ name: String, _ values: [UInt32]) -> WireArray {
    let all = values.reduce(0, |)
    if all <= UInt8.max { return WireArray(name, values.map(UInt8.init(truncatingIfNeeded:))) }
    if all <= UInt16.max { return WireArray(name, values.map(UInt16.init(truncatingIfNeeded:))) }
    return WireArray(name, values)
  }
}

/// Reads u32 arrays that may have travelled as u8 or u16.
enum NarrowArray {
  /// Appends the values of an array of the given type, whose bytes may be unaligned.
  static func widen(
    _ bytes: UnsafeRawBufferPointer, of type: ElementType, to target: UnsafeMutablePointer<UInt32>
  ) {
    switch type {
    case .u8: for i in 0..<bytes.count { target[i] = UInt32(bytes[i]) }
    case .u16:
      for i in 0..<bytes.count / 2 {
        target[i] = UInt32(bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
      }
    default:
      UnsafeMutableRawPointer(target).copyMemory(
        from: bytes.baseAddress ?? UnsafeRawPointer(target), byteCount: bytes.count)
    }
  }

  /// Whether an array of that type can be widened.
  static func takes(_ type: ElementType) -> Bool { [.u8, .u16, .u32].contains(type) }
}
