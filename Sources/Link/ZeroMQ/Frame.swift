import CZeroMQ
import Synchronization

/// One frame of a message: bytes in libzmq's own memory, immutable once made.
///
/// Bulk goes from an array into a frame, and from a frame into an array, by one copy each.
package final class Frame: @unchecked Sendable {
  private let message: UnsafeMutablePointer<zmq_msg_t>
  /// Bytes that are this frame's own, as far as the books go.
  private let owned: Int

  private static let held = Atomic<Int>(0)

  /// Bytes of all frames of this process that do not borrow their memory.
  package static var bytesHeld: Int { held.load(ordering: .relaxed) }

  /// Makes a frame of so many bytes; `fill` must write all of them.
  package init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    message = .allocate(capacity: 1)
    // Without memory for the frame libzmq leaves it unusable; an empty one is always possible.
    let size = zmq_msg_init_size(message, count) == 0 ? count : 0
    precondition(size == count, "no memory for a frame of \(count) bytes")
    owned = size
    Self.held.wrappingAdd(size, ordering: .relaxed)
    fill(UnsafeMutableRawBufferPointer(start: zmq_msg_data(message), count: size))
  }

  /// Makes a frame of memory that somebody else owns, until `release` is called; from any thread.
  package init(
    borrowing memory: UnsafeMutableRawBufferPointer, release: @escaping @Sendable () -> Void
  ) {
    message = .allocate(capacity: 1)
    let owner = Unmanaged.passRetained(Lender(release)).toOpaque()
    let status = zmq_msg_init_data(
      message, memory.baseAddress, memory.count,
      { _, owner in if let owner { Unmanaged<Lender>.fromOpaque(owner).release() } }, owner)
    precondition(status == 0, "no memory for the description of a frame")
    owned = 0
  }

  /// Makes a frame of a stretch of another one, which it keeps alive.
  package convenience init(_ range: Range<Int>, of whole: Frame) {
    let start = zmq_msg_data(whole.message)?.advanced(by: range.lowerBound)
    self.init(borrowing: .init(start: start, count: range.count)) { _ = whole }
  }

  /// Makes a frame that holds a copy of the bytes.
  package convenience init(_ bytes: some Collection<UInt8>) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// Takes the next frame of a message that is being received; nil when there is none.
  init?(receivingFrom socket: UnsafeMutableRawPointer, flags: Int32) {
    message = .allocate(capacity: 1)
    zmq_msg_init(message)
    let size = zmq_msg_recv(message, socket, flags)
    owned = Int(max(0, size))
    Self.held.wrappingAdd(owned, ordering: .relaxed)
    guard size >= 0 else { return nil }
  }

  deinit {
    Self.held.wrappingSubtract(owned, ordering: .relaxed)
    zmq_msg_close(message)
    message.deallocate()
  }

  /// Bytes of the frame.
  package var count: Int { zmq_msg_size(message) }

  /// Whether another frame of the same message follows.
  var isFollowed: Bool { zmq_msg_more(message) != 0 }

  /// Who sent the message that this frame began, as the authentication has named them; nil: nobody
  /// was asked.
  package var userID: String? {
    zmq_msg_gets(message, "User-Id").map { String(cString: $0) }
  }

  /// Lends the bytes.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: zmq_msg_data(message), count: count))
  }

  /// A copy of the bytes.
  package var bytes: [UInt8] { withBytes { Array($0) } }

  /// CRC-32C of the bytes.
  package var checksum: UInt32 { withBytes { CRC32C.checksum($0) } }

  /// Sends the frame; large content is shared with libzmq, not copied.
  func send(to socket: UnsafeMutableRawPointer, flags: Int32) -> Bool {
    var shared = zmq_msg_t()
    zmq_msg_init(&shared)
    zmq_msg_copy(&shared, message)
    guard zmq_msg_send(&shared, socket, flags) >= 0 else {
      zmq_msg_close(&shared)
      return false
    }
    return true
  }
}

/// Calls back when the last frame of borrowed memory has gone.
private final class Lender: Sendable {
  private let release: @Sendable () -> Void

  init(_ release: @escaping @Sendable () -> Void) { self.release = release }

  deinit { release() }
}
