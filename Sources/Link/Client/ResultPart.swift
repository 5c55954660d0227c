/// A part of a result: arrays that lie in one frame, or across several.
struct ResultPart {
  let frames: [Frame]
  let arrays: [ArrayEntry]
  let bytes: Int
  /// The samples that it is of, where it is of samples.
  let samples: Range<Int>?

  /// A part that came in chunks, as the last of them describes it.
  init(_ last: JSONObject, frames: [Frame], bytes: Int) throws(WireError) {
    (self.frames, self.bytes) = (frames, bytes)
    arrays = try PayloadPart.arrays(last, bytes)
    samples = try Self.samples(last)
  }

  /// The part that came with an answer.
  init(_ part: PayloadPart, _ header: JSONObject) throws(WireError) {
    (frames, arrays, bytes) = (part.pieces, part.arrays, part.bytes)
    samples = try Self.samples(header)
  }

  private static func samples(_ header: JSONObject) throws(WireError) -> Range<Int>? {
    guard header["samples"] != nil else { return nil }
    guard case .list(let numbers)? = header["samples"], numbers.count == 2,
      case .integer(let first) = numbers[0], case .integer(let count) = numbers[1],
      (0...1 << 40).contains(first), (0...1 << 40).contains(count)
    else {
      throw WireError(
        .badHeader, "the field 'samples' must be [first, count]", field: "samples")
    }
    return first..<first + count
  }

  /// The entry of an array; nil when the part has none of that name.
  func entry(_ name: String) -> ArrayEntry? { arrays.first { $0.name == name } }

  /// Copies a stretch of the part's bytes.
  func copy(_ range: Range<Int>, to target: UnsafeMutableRawBufferPointer) {
    var start = 0
    for frame in frames {
      let both = range.clamped(to: start..<start + frame.count)
      if !both.isEmpty {
        frame.withBytes { bytes in
          let source = UnsafeRawBufferPointer(
            rebasing: bytes[both.lowerBound - start..<both.upperBound - start])
          UnsafeMutableRawBufferPointer(rebasing: target[(both.lowerBound - range.lowerBound)...])
            .copyMemory(from: source)
        }
      }
      start += frame.count
    }
  }
}

extension [ResultPart] {
  /// The arrays of a name from all parts, joined; by one copy from the frames.
  func array<Value: WireElement>(
    _ name: String, _: Value.Type = Value.self
  ) throws(WireError) -> [Value] {
    var entries: [ArrayEntry] = []
    for part in self {
      guard let entry = part.entry(name) else {
        throw WireError(.badPayload, "the array '\(name)' is missing", field: name)
      }
      guard entry.type == Value.elementType else {
        throw WireError(
          .badPayload, "the array '\(name)' must hold \(Value.elementType.rawValue)",
          field: name)
      }
      entries.append(entry)
    }
    let total = entries.reduce(0) { $0 + $1.count }
    return [Value](unsafeUninitializedCapacity: total) { target, count in
      let bytes = UnsafeMutableRawBufferPointer(target)
      for (part, entry) in zip(self, entries) {
        let start = count * MemoryLayout<Value>.size
        part.copy(entry.range, to: .init(rebasing: bytes[start..<start + entry.range.count]))
        count += entry.count
      }
    }
  }

  /// Whether all parts have an array of that name.
  func have(_ name: String) -> Bool { !isEmpty && allSatisfy { $0.entry(name) != nil } }
}
