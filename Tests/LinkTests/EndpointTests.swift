import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

@Suite struct EndpointTests {
  private func failure(_ endpoint: String, keys: String? = nil) throws -> LinkError? {
    do {
      let test = try GatewayServer(endpoint: endpoint) { $0.keys = keys }
      test.server.stop()
      return nil
    } catch let error as LinkError { return error }
  }

  @Test(arguments: [
    "", "ipc://", "ipc://x", "tcp://", "tcp://127.0.0.1", "tcp://:1", "udp://x",
    "tcp://127.0.0.1:65536", "tcp://127.0.0.1:http", "inproc://x", "127.0.0.1:5",
  ])
  func malformed(endpoint: String) throws {
    #expect(try failure(endpoint) == .malformedEndpoint(endpoint))
  }

  @Test(arguments: [
    "tcp://*:0", "tcp://0.0.0.0:0", "tcp://192.168.1.1:0", "tcp://[::]:0",
    "tcp://example.org:0", "tcp://127.0.0.1.example.org:0", "tcp://eth0:0",
  ])
  func beyondThisMachine(endpoint: String) throws {
    #expect(try failure(endpoint) == .notLoopback(endpoint: endpoint))
  }

  @Test(arguments: ["tcp://*:0", "tcp://0.0.0.0:0", "tcp://[::]:0"])
  func allAddressesCannotBeToldToClients(endpoint: String) throws {
    let keys = try TestKeys()
    #expect(try failure(endpoint, keys: keys.folder) == .anyAddress(endpoint: endpoint))
  }

  /// An address of a documentation network passes the check, and the system does not have it.
  @Test func keysAllowOtherAddresses() throws {
    let keys = try TestKeys()
    guard case .system? = try failure("tcp://192.0.2.1:0", keys: keys.folder) else {
      Issue.record("the system should have refused the address")
      return
    }
  }

  @Test(arguments: ["tcp://127.0.0.1:0", "tcp://localhost:*", "tcp://127.1.2.3:0"])
  func loopback(endpoint: String) throws {
    #expect(try failure(endpoint) == nil)
  }

  @Test func longPaths() throws {
    let path = "/tmp/" + String(repeating: "x", count: 99)
    #expect(
      try failure("ipc://" + path) == .pathTooLong(path: path, bytes: 104, longest: 103))
  }

  @Test func aFileThatIsNoSocketStays() throws {
    let path = GatewayServer.freshPath()
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try failure("ipc://" + path) == .notASocket(path: path))
    #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
  }

  @Test func aLiveServerIsNotPushedAside() throws {
    let test = try GatewayServer()
    #expect(try failure(test.endpoint) == .endpointInUse(test.endpoint))
    let tcp = try GatewayServer(endpoint: "tcp://127.0.0.1:0")
    #expect(try failure(tcp.endpoint) == .endpointInUse(tcp.endpoint))
    #expect(try GatewayClient(test.endpoint).ask("ping").type == "ping.ok")
  }

  @Test func theFileOfADeadServerIsReplaced() throws {
    let path = GatewayServer.freshPath()
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    #expect(bound == 0)
    close(descriptor)
    #expect(FileManager.default.fileExists(atPath: path))
    let test = try GatewayServer(endpoint: "ipc://" + path)
    #expect(try GatewayClient(test.endpoint).ask("ping").type == "ping.ok")
  }

  @Test func socketFilesAreForTheirOwnerAndGoWithTheServer() throws {
    let path = GatewayServer.freshPath()
    do {
      let test = try GatewayServer(endpoint: "ipc://" + path)
      for file in [path, path + ".run", path + ".evt"] {
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o600)
      }
      test.server.stop()
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    let again = try GatewayServer(endpoint: "ipc://" + path)
    #expect(try GatewayClient(again.endpoint).ask("ping").type == "ping.ok")
  }
}
