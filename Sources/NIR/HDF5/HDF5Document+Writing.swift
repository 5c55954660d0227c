import CHDF5
import CHDF5Shim

extension HDF5Document {
  /// Writes the file whole or not at all: it takes the place of an older one in a single step.
  package func write(to path: String) throws(HDF5Error) {
    let bytes = try encoded()
    do throws(AtomicFileError) {
      try writeAtomically(bytes, to: path)
    } catch {
      throw .cannotWrite(code: error.code)
    }
  }

  /// The bytes of the file.
  ///
  /// Equal documents give equal bytes (no times are stored).
  package func encoded() throws(HDF5Error) -> [UInt8] {
    synapus_hdf5_lock()
    defer { synapus_hdf5_unlock() }
    let file = try HDF5ImageFile()
    for object in objects { try file.add(object) }
    return try file.bytes()
  }
}

/// Is an HDF5 file that is being built in memory.
///
/// Used under the lock of libhdf5.
private struct HDF5ImageFile: ~Copyable {
  /// Arrays of fewer bytes are stored as they are: compressing them would lengthen the file.
  private static let smallestCompressedBytes = 1024
  /// The format has 32 bits for the bytes of a chunk.
  private static let largestChunkBytes = Int(UInt32.max)

  private let file: HDF5Handle

  init() throws(HDF5Error) {
    let access = try HDF5Handle(H5Pcreate(synapus_hdf5_file_access()), H5Pclose)
    // In memory, grown by 1 MiB at a time, never written to disk by libhdf5: a full disk is
    // met by `writeAtomically`, which can undo what it did.
    try check(H5Pset_fapl_core(access.id, 1 << 20, false))
    file = try HDF5Handle(
      H5Fcreate("synapus", synapus_hdf5_truncate(), synapus_hdf5_default(), access.id), H5Fclose)
  }

  func add(_ object: HDF5Document.Object) throws(HDF5Error) {
    switch object.content {
    case .refused(let refusal): throw .refused(object: object.path, refusal)
    case .array(let array):
      let dataset = try create(array, at: object.path)
      try HDF5Target(id: dataset.id, isAttribute: false).write(array.values)
      try add(object.attributes, to: dataset.id)
    case .group:
      let group = try HDF5Handle(open(object.path), H5Gclose)
      try add(object.attributes, to: group.id)
    }
  }

  private func open(_ path: String) -> hid_t {
    let plain = synapus_hdf5_default()
    return path == "/"
      ? H5Gopen2(file.id, path, plain) : H5Gcreate2(file.id, path, plain, plain, plain)
  }

  private func create(_ array: HDF5Array, at path: String) throws(HDF5Error) -> HDF5Handle {
    let type = try HDF5Handle(fileType: array.values)
    let space = try dataspace(array.shape)
    let creation = try HDF5Handle(H5Pcreate(synapus_hdf5_dataset_create()), H5Pclose)
    try check(H5Pset_obj_track_times(creation.id, false))
    let bytes = array.values.count * H5Tget_size(type.id)
    if !array.shape.isEmpty, array.values.isPlain,
      (Self.smallestCompressedBytes...Self.largestChunkBytes).contains(bytes)
    {
      try check(H5Pset_chunk(creation.id, Int32(array.shape.count), array.shape.map(hsize_t.init)))
      try check(H5Pset_deflate(creation.id, 4))
    }
    let plain = synapus_hdf5_default()
    return try HDF5Handle(
      H5Dcreate2(file.id, path, type.id, space.id, plain, creation.id, plain), H5Dclose)
  }

  private func add(
    _ attributes: [HDF5Document.Attribute], to object: hid_t
  ) throws(HDF5Error) {
    for attribute in attributes {
      guard case .array(let array) = attribute.content else { continue }
      let type = try HDF5Handle(fileType: array.values)
      let space = try dataspace(array.shape)
      let plain = synapus_hdf5_default()
      let handle = try HDF5Handle(
        H5Acreate2(object, attribute.name, type.id, space.id, plain, plain), H5Aclose)
      try HDF5Target(id: handle.id, isAttribute: true).write(array.values)
    }
  }

  private func dataspace(_ shape: [Int]) throws(HDF5Error) -> HDF5Handle {
    try HDF5Handle(
      H5Screate_simple(Int32(shape.count), shape.map(hsize_t.init), nil), H5Sclose)
  }

  func bytes() throws(HDF5Error) -> [UInt8] {
    try check(H5Fflush(file.id, H5F_SCOPE_GLOBAL))
    let count = H5Fget_file_image(file.id, nil, 0)
    guard count > 0 else { throw .cannotWrite(code: 0) }
    var bytes = [UInt8](repeating: 0, count: count)
    guard H5Fget_file_image(file.id, &bytes, count) == count else { throw .cannotWrite(code: 0) }
    return bytes
  }
}
