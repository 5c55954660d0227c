extension WireArray {
  /// Describes an array by the narrowest unsigned type that holds all its values.
  package static func narrow(_ name: String, _ values: [UInt32]) -> WireArray {
    let all = values.withUnsafeBufferPointer { values in
      var all: UInt32 = 0
      for value in values { all |= value }
      return all
    }
    if all <= UInt8.max { return WireArray(name, cut(values, to: UInt8.self)) }
    if all <= UInt16.max { return WireArray(name, cut(values, to: UInt16.self)) }
    return WireArray(name, values)
  }

  /// The low bits of the values; plain loops over memory, which compilers vectorise.
  private static func cut<Narrow: FixedWidthInteger>(
    _ values: [UInt32], to _: Narrow.Type
  ) -> [Narrow] {
    values.withUnsafeBufferPointer { values in
      [Narrow](unsafeUninitializedCapacity: values.count) { target, count in
        for i in values.indices { target[i] = Narrow(truncatingIfNeeded: values[i]) }
        count = values.count
      }
    }
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
