import CZeroMQ

/// A libzmq context: the I/O thread that its sockets share.
package final class Context: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer

  /// Starts a context, unless the library is older than 4.3.4 (CVE-2020-15166 and others).
  package init() throws(LinkError) {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    zmq_version(&major, &minor, &patch)
    guard (major, minor, patch) >= (4, 3, 4) else {
      throw .libraryTooOld(found: "\(major).\(minor).\(patch)", needed: "4.3.4")
    }
    guard let pointer = zmq_ctx_new() else { throw .system(call: "zmq_ctx_new", zmq_errno()) }
    self.pointer = pointer
  }

  // All sockets hold their context, so none is open here and this cannot block.
  deinit { zmq_ctx_term(pointer) }
}
