import CHDF5Shim

/// Bounds what reading one file may take.
package struct HDF5Limits: Equatable, Sendable {
  /// Bytes of values, all objects of the file together.
  package var bytes: Int
  /// Groups, datasets and attributes.
  package var objects: Int
  /// Groups inside groups.
  package var depth: Int
  /// Seconds of processor time.
  package var seconds: Int

  /// Bounds bytes of values, objects, nested groups and seconds of processor time.
  package init(bytes: Int = 1 << 30, objects: Int = 100_000, depth: Int = 16, seconds: Int = 20) {
    self.bytes = max(bytes, 1)
    self.objects = min(max(objects, 1), 1 << 24)
    self.depth = min(max(depth, 1), 64)
    self.seconds = min(max(seconds, 1), 3600)
  }
}

extension HDF5Document {
  /// Reads the objects at the `wanted` paths, with all above and below them (nil: all objects).
  ///
  /// An object that cannot be read stands in the document as refused; a file that cannot be read
  /// to its end is an error. libhdf5 works in a child process: hostile files cannot hurt this one.
  package init(
    reading file: String, wanted: [String]? = nil, limits: HDF5Limits = HDF5Limits()
  ) throws(HDF5Error) {
    let bounds = SynapusHDF5Limits(
      bytes: UInt64(limits.bytes), objects: UInt32(limits.objects),
      depth: UInt32(limits.depth), seconds: UInt32(limits.seconds))
    var listing = synapus_hdf5_list(file, wanted?.joined(separator: "\n"), bounds)
    defer { synapus_hdf5_free(&listing) }
    switch listing.status {
    case SYNAPUS_HDF5_COMPLETE: break
    case SYNAPUS_HDF5_CANNOT_OPEN: throw .cannotOpen(code: listing.code)
    case SYNAPUS_HDF5_NOT_HDF5: throw .notHDF5
    default: throw .damaged(object: Self.lastPath(of: listing))
    }
    self.init(objects: [])
    for entry in UnsafeBufferPointer(start: listing.entries, count: listing.count) {
      try add(entry)
    }
  }

  private static func lastPath(of listing: SynapusHDF5Listing) -> String {
    withUnsafeBytes(of: listing.last_path) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private mutating func add(_ entry: SynapusHDF5Entry) throws(HDF5Error) {
    guard let path = String(validatingCString: entry.path) else {
      throw .refused(object: String(cString: entry.path), .badText)
    }
    guard let name = entry.attribute else {
      return place(Self.content(of: entry), at: path)
    }
    addAttribute(String(cString: name), Self.content(of: entry), to: path)
  }

  private mutating func place(_ content: Content, at path: String) {
    switch content {
    case .group: addGroup(path)
    case .array(let array): add(path, array)
    case .refused(let refusal): refuse(path, refusal)
    }
  }

  private static func content(of entry: SynapusHDF5Entry) -> Content {
    switch entry.kind {
    case SYNAPUS_HDF5_GROUP: return .group
    case SYNAPUS_HDF5_REFUSED: return .refused(HDF5Refusal(entry.refusal))
    default:
      guard let values = values(of: entry) else { return .refused(.badText) }
      let shape = withUnsafeBytes(of: entry.shape) { dimensions in
        dimensions.bindMemory(to: UInt64.self).prefix(Int(entry.rank)).map(Int.init)
      }
      return .array(HDF5Array(shape: shape, values: values))
    }
  }

  /// The values of an entry; nil for text that is not UTF-8.
  private static func values(of entry: SynapusHDF5Entry) -> HDF5Values? {
    switch entry.type {
    case SYNAPUS_HDF5_FLOAT32: .float32(elements(of: entry))
    case SYNAPUS_HDF5_FLOAT64: .float64(elements(of: entry))
    case SYNAPUS_HDF5_UINT8: .uint8(elements(of: entry))
    case SYNAPUS_HDF5_INT64: .int64(elements(of: entry))
    case SYNAPUS_HDF5_FLOAT64_LIST:
      .float64Lists(HDF5Lists(offsets: offsets(of: entry), elements: elements(of: entry)))
    case SYNAPUS_HDF5_INT64_LIST:
      .int64Lists(HDF5Lists(offsets: offsets(of: entry), elements: elements(of: entry)))
    default: strings(of: entry).map(HDF5Values.strings)
    }
  }

  private static func bytes(of entry: SynapusHDF5Entry) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: entry.bytes, count: Int(entry.byte_count))
  }

  private static func elements<Element>(of entry: SynapusHDF5Entry) -> [Element] {
    let bytes = bytes(of: entry)
    return [Element](
      unsafeUninitializedCapacity: bytes.count / MemoryLayout<Element>.stride
    ) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
      count = bytes.count / MemoryLayout<Element>.stride
    }
  }

  private static func offsets(of entry: SynapusHDF5Entry) -> [Int] {
    let lengths = UnsafeBufferPointer(start: entry.lengths, count: Int(entry.count))
    return lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int($1)) }
  }

  private static func strings(of entry: SynapusHDF5Entry) -> [String]? {
    let (bytes, offsets) = (bytes(of: entry), offsets(of: entry))
    let strings = zip(offsets, offsets.dropFirst()).compactMap {
      String(validating: bytes[$0..<$1], as: UTF8.self)
    }
    return strings.count == Int(entry.count) ? strings : nil
  }
}
