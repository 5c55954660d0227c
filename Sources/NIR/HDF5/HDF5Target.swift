import CHDF5
import CHDF5Shim

/// Throws where a call of libhdf5 failed.
func check(_ status: herr_t) throws(HDF5Error) {
  guard status >= 0 else { throw .cannotWrite(code: 0) }
}

/// Owns one id of libhdf5 and closes it.
///
/// Used under the lock of libhdf5.
struct HDF5Handle: ~Copyable {
  let id: hid_t
  private let close: (hid_t) -> herr_t

  /// Takes over an id that a call of libhdf5 returned; negative ones are its way to fail.
  init(_ id: hid_t, _ close: @escaping (hid_t) -> herr_t) throws(HDF5Error) {
    guard id >= 0 else { throw .cannotWrite(code: 0) }
    (self.id, self.close) = (id, close)
  }

  deinit { _ = close(id) }
}

extension HDF5Handle {
  /// Makes the type in which values are stored: little-endian, strings of any length in UTF-8.
  init(fileType values: HDF5Values) throws(HDF5Error) {
    switch values {
    case .float32: try self.init(H5Tcopy(synapus_hdf5_file_float()), H5Tclose)
    case .float64: try self.init(H5Tcopy(synapus_hdf5_file_double()), H5Tclose)
    case .uint8: try self.init(H5Tcopy(synapus_hdf5_file_uint8()), H5Tclose)
    case .int64: try self.init(H5Tcopy(synapus_hdf5_file_int64()), H5Tclose)
    case .strings: try self.init(variableStringType(), H5Tclose)
    case .float64Lists: try self.init(H5Tvlen_create(synapus_hdf5_file_double()), H5Tclose)
    case .int64Lists: try self.init(H5Tvlen_create(synapus_hdf5_file_int64()), H5Tclose)
    }
  }
}

private func variableStringType() -> hid_t {
  let type = H5Tcopy(synapus_hdf5_c_string())
  H5Tset_size(type, synapus_hdf5_variable_size())
  H5Tset_cset(type, H5T_CSET_UTF8)
  return type
}

extension HDF5Values {
  /// Whether all elements have one size: only those gain from chunks and compression.
  var isPlain: Bool {
    switch self {
    case .float32, .float64, .uint8, .int64: true
    case .strings, .float64Lists, .int64Lists: false
    }
  }
}

/// Is a dataset or an attribute into which values are written.
struct HDF5Target {
  let id: hid_t
  let isAttribute: Bool

  func write(_ values: HDF5Values) throws(HDF5Error) {
    switch values {
    case .float32(let values): try write(values, as: synapus_hdf5_native_float())
    case .float64(let values): try write(values, as: synapus_hdf5_native_double())
    case .uint8(let values): try write(values, as: synapus_hdf5_native_uint8())
    case .int64(let values): try write(values, as: synapus_hdf5_native_int64())
    case .strings(let strings): try write(strings)
    case .float64Lists(let lists): try write(lists, of: synapus_hdf5_native_double())
    case .int64Lists(let lists): try write(lists, of: synapus_hdf5_native_int64())
    }
  }

  private func write<Element>(_ values: [Element], as type: hid_t) throws(HDF5Error) {
    try check(values.withUnsafeBytes { write($0.baseAddress, as: type) })
  }

  private func write(_ bytes: UnsafeRawPointer?, as type: hid_t) -> herr_t {
    guard let bytes else { return 0 }
    let all = synapus_hdf5_all()
    return isAttribute
      ? H5Awrite(id, type, bytes) : H5Dwrite(id, type, all, all, synapus_hdf5_default(), bytes)
  }

  /// Writes strings through pointers into one block that holds them all, closed by zeros.
  private func write(_ strings: [String]) throws(HDF5Error) {
    let type = try HDF5Handle(variableStringType(), H5Tclose)
    let block = strings.reduce(into: [UInt8]()) { $0 += Array($1.utf8) + [0] }
    let starts = strings.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.utf8.count + 1) }
    let status = block.withUnsafeBytes { bytes in
      let pointers = starts.dropLast().map { bytes.baseAddress?.advanced(by: $0) }
      return pointers.withUnsafeBytes { write($0.baseAddress, as: type.id) }
    }
    try check(status)
  }

  private func write<Element>(
    _ lists: HDF5Lists<Element>, of element: hid_t
  ) throws(HDF5Error) {
    let type = try HDF5Handle(H5Tvlen_create(element), H5Tclose)
    let status = lists.elements.withUnsafeBytes { bytes in
      let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
      let stride = MemoryLayout<Element>.stride
      let pointers = zip(lists.offsets, lists.offsets.dropFirst()).map {
        hvl_t(len: $1 - $0, p: base?.advanced(by: $0 * stride))
      }
      return pointers.withUnsafeBytes { write($0.baseAddress, as: type.id) }
    }
    try check(status)
  }
}
