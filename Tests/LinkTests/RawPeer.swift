import Foundation

/// A TCP connection to a loopback port that sends whatever bytes it is told to.
final class RawPeer {
  private let descriptor: Int32

  /// Connects to `tcp://127.0.0.1:PORT`.
  init?(_ endpoint: String) {
    guard let port = endpoint.split(separator: ":").last.flatMap({ UInt16($0) }) else { return nil }
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
    }
    guard isConnected else {
      close(descriptor)
      return nil
    }
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(
        descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  deinit { close(descriptor) }

  /// Sends bytes; false when the other side has gone.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// What comes until the other side closes, or ten seconds pass without anything.
  func readToEnd(atMost most: Int = 1 << 20) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer: [UInt8] = Array(repeating: 0, count: 65_536)
    while bytes.count < most {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  /// Shakes hands as a DEALER without security (ZMTP 3.0).
  func greet() {
    var greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 3, 0]
    greeting += Array("NULL".utf8) + Array(repeating: 0, count: 64 - greeting.count - 4)
    func property(_ name: String, _ value: String) -> [UInt8] {
      [UInt8(name.utf8.count)] + name.utf8 + [0, 0, 0, UInt8(value.utf8.count)] + value.utf8
    }
    let ready = [5] + Array("READY".utf8) + property("Socket-Type", "DEALER")
    send(greeting + [4, UInt8(ready.count)] + ready)
  }

  /// A frame of ZMTP, with the mark that another one follows.
  static func frameThatIsFollowed(_ bytes: [UInt8]) -> [UInt8] {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (56 - 8 * $0)) }
    return [3] + length + bytes
  }
}
