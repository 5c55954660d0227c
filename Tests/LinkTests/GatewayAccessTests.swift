import Foundation
import Link
import TestSupport
import Testing

/// Who gets in, by real keys over real sockets.
@Suite struct GatewayAccessTests {
  @Test(arguments: ["ipc", "tcp"])
  func keysDecideWhoIsHeard(transport: String) throws {
    let keys = try TestKeys()
    let alice = try keys.add("alice")
    let stranger = try keys.stranger()
    let test = try GatewayServer(
      endpoint: transport == "tcp" ? "tcp://127.0.0.1:0" : "ipc://" + GatewayServer.freshPath()
    ) { $0.keys = keys.folder }
    let good = try GatewayClient(test.endpoint, security: alice.security)
    let hello = try good.ask("hello", ["versions": .list([.integer(2), .integer(2)])])
    #expect(try hello.header.text("user") == "alice")
    let other = try CurveKeyPair.random()
    let outsiders: [Socket.Security] = [
      .none, stranger.security, .client(alice.keys, serverKey: other.publicKey),
      .client(other, serverKey: alice.serverKey),
    ]
    for security in outsiders {
      let client = try GatewayClient(test.endpoint, security: security)
      client.send("ping")
      #expect(try client.next(milliseconds: 300) == nil)
      #expect(try good.ask("ping").type == "ping.ok")
    }
    #expect(!test.logged.with("access.denied").isEmpty)
  }
}
