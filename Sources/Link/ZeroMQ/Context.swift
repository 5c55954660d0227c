import CZeroMQ

/// The libzmq that this program runs with.
public enum LinkLibrary {
  /// The oldest without known holes (CVE-2020-15166 and others).
  public static let oldestVersion = "4.3.4"

  /// The version that was loaded.
  public static var version: String {
    let (major, minor, patch) = numbers
    return "\(major).\(minor).\(patch)"
  }

  /// Whether it was built with CURVE, which keys need.
  public static var hasCurve: Bool { zmq_has("curve") == 1 }

  /// Whether it can be used.
  public static var isNewEnough: Bool { numbers >= (4, 3, 4) }

  private static var numbers: (Int32, Int32, Int32) {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    zmq_version(&major, &minor, &patch)
    return (major, minor, patch)
  }
}

/// A libzmq context: the I/O thread that its sockets share.
package final class Context: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer

  /// Starts a context, unless the library is too old.
  package init() throws(LinkError) {
    guard LinkLibrary.isNewEnough else {
      throw .libraryTooOld(found: LinkLibrary.version, needed: LinkLibrary.oldestVersion)
    }
    guard let pointer = zmq_ctx_new() else { throw .system(call: "zmq_ctx_new", zmq_errno()) }
    self.pointer = pointer
  }

  // All sockets hold their context, so none is open here and this cannot block.
  deinit { zmq_ctx_term(pointer) }
}
