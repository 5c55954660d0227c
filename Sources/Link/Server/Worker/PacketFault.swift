import CZeroMQ

/// Why a packet could not be sent or understood.
enum PacketFault: Error, Equatable, CustomStringConvertible {
  /// It ends before what it announces.
  case short
  /// It has bytes after its end, or is of no known kind.
  case unknown(kind: Int)
  /// A number in it is out of its range.
  case outOfRange(what: String, found: Int)
  /// It names shared memory that was never introduced.
  case noBuffer(number: Int)
  /// Its part of shared memory, or the memory itself, is not what it says.
  case badBuffer(number: Int)
  /// There is no more shared memory to be had.
  case noMemory(bytes: Int, bound: Int)
  /// A system call failed.
  case system(call: String, Int32)

  var description: String {
    switch self {
    case .short: return "a packet ends before what it announces"
    case .unknown(let kind): return "a packet is of the unknown kind \(kind)"
    case .outOfRange(let what, let found): return "a packet has \(what) \(found)"
    case .noBuffer(let number): return "a packet names shared memory \(number), which is unknown"
    case .badBuffer(let number): return "shared memory \(number) is not what its packet says"
    case .noMemory(let bytes, let bound):
      return "\(bytes) bytes of shared memory do not fit the \(bound) that there may be, because"
        + " results of earlier runs are still kept; acknowledge them"
    case .system(let call, let code):
      return "\(call) failed: \(String(cString: zmq_strerror(code)))"
    }
  }
}
