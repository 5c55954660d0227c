/// Floats on a cache line boundary, so that no vector of the kernels straddles two lines.
final class AlignedFloats {
  let values: UnsafeMutableBufferPointer<Float>

  /// Makes zeros.
  init(count: Int) {
    let bytes = max(count, 16) * MemoryLayout<Float>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    let floats = memory.initializeMemory(as: Float.self, repeating: 0, count: max(count, 16))
    values = UnsafeMutableBufferPointer(start: floats, count: count)
  }

  deinit { values.baseAddress?.deallocate() }

  /// The first float; there is room for 16 even when the count is smaller.
  var pointer: UnsafeMutablePointer<Float> {
    guard let base = values.baseAddress else { preconditionFailure("memory without address") }
    return base
  }

  func fill(_ value: Float) { values.update(repeating: value) }

  /// Floats of a row of `count`, padded to whole vectors.
  static func stride(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}
