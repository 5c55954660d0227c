import CHDF5Shim

/// Holds lists of numbers, one after the other: list `i` is `offsets[i]..<offsets[i + 1]`.
struct NumberLists<Element> {
  let offsets: [Int]
  let values: [Element]

  var count: Int { offsets.count - 1 }
  func length(of list: Int) -> Int { offsets[list + 1] - offsets[list] }
}

/// Holds the three datasets of a spike file as they were stored.
struct SpikeFileContents {
  let times: NumberLists<Double>
  let units: NumberLists<Int64>
  let labels: [UInt8]

  /// What one file may hold, in bytes of values, objects and seconds of reading.
  private static let limits = SynapusHDF5Limits(
    bytes: 4 << 30, objects: 1000, depth: 4, seconds: 120)

  init(reading file: String) throws(DatasetError) {
    var listing = synapus_hdf5_list(file, "/spikes/times\n/spikes/units\n/labels", Self.limits)
    defer { synapus_hdf5_free(&listing) }
    switch listing.status {
    case SYNAPUS_HDF5_COMPLETE: break
    case SYNAPUS_HDF5_CANNOT_OPEN: throw .cannotOpen(file: file, code: listing.code)
    case SYNAPUS_HDF5_NOT_HDF5: throw .notHDF5(file: file)
    default: throw .damaged(file: file, object: "one of its datasets")
    }
    let entries = UnsafeBufferPointer(start: listing.entries, count: listing.count)
    let list = "one list a sample"
    times = try Self.lists(
      "/spikes/times", of: SYNAPUS_HDF5_FLOAT64_LIST, "\(list) of floats", entries, file)
    units = try Self.lists(
      "/spikes/units", of: SYNAPUS_HDF5_INT64_LIST, "\(list) of integers", entries, file)
    labels = try Self.labels(entries, file)
  }

  private typealias Entries = UnsafeBufferPointer<SynapusHDF5Entry>

  /// The dataset of a path, of one of the types and one axis.
  private static func entry(
    _ path: String, _ types: [SynapusHDF5Type], _ expected: String, _ entries: Entries,
    _ file: String
  ) throws(DatasetError) -> SynapusHDF5Entry {
    let found = entries.first { String(cString: $0.path) == path && $0.attribute == nil }
    if let found, found.kind == SYNAPUS_HDF5_REFUSED, found.refusal == SYNAPUS_HDF5_DAMAGED {
      throw .damaged(file: file, object: path)
    }
    guard let found, found.kind == SYNAPUS_HDF5_DATASET, found.rank == 1,
      types.contains(found.type)
    else { throw .notSHD(file: file, object: path, expected: expected) }
    return found
  }

  private static func lists<Element>(
    _ path: String, of type: SynapusHDF5Type, _ expected: String, _ entries: Entries,
    _ file: String
  ) throws(DatasetError) -> NumberLists<Element> {
    let entry = try entry(path, [type], expected, entries, file)
    let lengths = UnsafeBufferPointer(start: entry.lengths, count: Int(entry.count))
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int($1)) }
    let bytes = UnsafeRawBufferPointer(start: entry.bytes, count: Int(entry.byte_count))
    return NumberLists(offsets: offsets, values: Array(bytes.bindMemory(to: Element.self)))
  }

  private static func labels(_ entries: Entries, _ file: String) throws(DatasetError) -> [UInt8] {
    let expected = "one integer from 0 to 255 a sample"
    let types = [SYNAPUS_HDF5_UINT8, SYNAPUS_HDF5_INT64]
    let entry = try entry("/labels", types, expected, entries, file)
    let bytes = UnsafeRawBufferPointer(start: entry.bytes, count: Int(entry.byte_count))
    if entry.type == SYNAPUS_HDF5_UINT8 { return Array(bytes) }
    let labels = bytes.bindMemory(to: Int64.self).compactMap { UInt8(exactly: $0) }
    guard labels.count == Int(entry.count) else {
      throw .notSHD(file: file, object: "/labels", expected: expected)
    }
    return labels
  }
}
