import Foundation

/// Asks the C libraries that are loaded for their versions, by symbol.
///
/// The modules own these libraries; the doctor only wants to know what the loader found.
enum SystemLibrary {
  /// The version of libhdf5, or nil when there is none.
  static var hdf5: String? {
    typealias Version =
      @convention(c) (
        UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>
      ) -> Int32
    let names = ["libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5.so"]
    for name in names {
      guard let version = symbol("H5get_libversion", in: name, as: Version.self) else { continue }
      var (major, minor, patch): (UInt32, UInt32, UInt32) = (0, 0, 0)
      return version(&major, &minor, &patch) >= 0 ? "\(major).\(minor).\(patch)" : nil
    }
    return nil
  }

  /// The version of zlib, or nil when there is none.
  static var zlib: String? {
    typealias Version = @convention(c) () -> UnsafePointer<CChar>
    return symbol("zlibVersion", in: "libz.so.1", as: Version.self).map { String(cString: $0()) }
  }

  /// A word for METIS, which cannot tell its version, or nil when there is none.
  static var metis: String? {
    typealias Defaults = @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
    let defaults = symbol("METIS_SetDefaultOptions", in: "libmetis.so.5", as: Defaults.self)
    return defaults.map { _ in "5" }
  }

  /// A function of the running program, or else of a library that the loader can find.
  private static func symbol<Function>(
    _ name: String, in library: String, as: Function.Type
  ) -> Function? {
    for handle in [dlopen(nil, RTLD_NOW), dlopen(library, RTLD_NOW)] {
      if let handle, let address = dlsym(handle, name) {
        return unsafeBitCast(address, to: Function.self)
      }
    }
    return nil
  }
}
