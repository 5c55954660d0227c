import ChipInterface
import Foundation
import Link

/// A thousand connections to a server that say one thing and then nothing.
struct IdleBench {
  private static let connections = 1000
  /// libzmq gives a context up to 1023 sockets.
  private static let perContext = 250

  let server: ServerProcess

  /// The resident memory of the server's process while they are open, in MiB.
  func run() throws -> Double {
    var sockets: [Socket] = []
    var context = try Context()
    for number in 0..<Self.connections {
      if number % Self.perContext == 0 { context = try Context() }
      let socket = try Socket(.dealer, context, largestFrame: 1 << 17)
      try socket.connect(server.endpoint)
      _ = socket.send(
        Message.frames(header: ["type": .text("ping"), "id": .text("\(number)")], payload: nil))
      sockets.append(socket)
    }
    let answered = sockets.count { Socket.poll([$0], milliseconds: 5000)[0] }
    guard answered == Self.connections else {
      throw Failure(
        .connection, "the server answered \(answered) of \(Self.connections) connections",
        try: "ulimit -n 4096")
    }
    return try Self.residentMiB(server.processIdentifier)
  }

  private static func residentMiB(_ process: Int32) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let kibibytes = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) }
    return (kibibytes ?? 0) / 1024
  }
}
