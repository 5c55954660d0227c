import Foundation
import Link
import TestSupport
import Testing

/// What a server tells of itself: metrics over HTTP and in messages, log and audit.
@Suite struct GatewayMetricsTests {
  private func ask(_ request: String, _ test: GatewayServer) throws -> String {
    let place = try #require(test.server.metricsEndpoint)
    let peer = try #require(RawPeer(place))
    peer.send(Array(request.utf8))
    return String(decoding: peer.readToEnd(), as: UTF8.self)
  }

  @Test func metricsAreServedOverHTTP() throws {
    let test = try GatewayServer { $0.metrics = "tcp://127.0.0.1:0" }
    #expect(try GatewayClient(test.endpoint).code("ping") == "ok")
    for _ in 0..<20 {
      let page = try ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", test)
      let halves = page.split(separator: "\r\n\r\n", maxSplits: 1)
      #expect(halves.count == 2)
      #expect(halves[0].hasPrefix("HTTP/1.1 200 OK\r\n"))
      let length = halves[0].split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
      #expect(length == "Content-Length: \(halves[1].utf8.count)")
      let lines = halves[1].split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(lines.count > 5)
      #expect(lines.allSatisfy { Double($0.split(separator: " ").last ?? "") != nil })
      #expect(halves[1].contains("synapus_gateway_denied_connections_total 0\n"))
    }
  }

  @Test(arguments: [
    ("POST /metrics HTTP/1.1\r\n\r\n", "405"), ("GET / HTTP/1.1\r\n\r\n", "404"),
    ("GET /metrics\r\n\r\n", "400"), ("\r\n\r\n", "400"),
    ("GET /metrics SMTP\r\n\r\n", "400"),
  ])
  func otherRequestsAreRefused(request: String, status: String) throws {
    let test = try GatewayServer { $0.metrics = "tcp://127.0.0.1:0" }
    #expect(try ask(request, test).hasPrefix("HTTP/1.1 \(status) "))
  }

  @Test func longRequestsAndManyVisitorsAreClosed() throws {
    let test = try GatewayServer { $0.metrics = "tcp://127.0.0.1:0" }
    #expect(try ask(String(repeating: "x", count: 100_000), test).isEmpty)
    let place = try #require(test.server.metricsEndpoint)
    let silent = (0..<40).compactMap { _ in RawPeer(place) }
    #expect(silent.count == 40)
    // The last ones were too many and are closed.
    #expect(silent.last?.readToEnd().isEmpty == true)
    #expect(try GatewayClient(test.endpoint).code("ping") == "ok")
  }

  @Test func metricsAreForThisMachineOnly() throws {
    for endpoint in ["tcp://0.0.0.0:0", "tcp://192.0.2.1:0", "ipc:///tmp/x", ""] {
      #expect(throws: LinkError.settings(.metricsEndpoint(endpoint))) {
        _ = try GatewayServer { $0.metrics = endpoint }
      }
    }
  }

  @Test func whatChangesSomethingIsAudited() throws {
    let audit = GatewayServer.freshPath() + ".audit"
    defer { try? FileManager.default.removeItem(atPath: audit) }
    let test = try GatewayServer { $0.audit = audit }
    let client = try GatewayClient(test.endpoint)
    let session = try client.open("auditor")
    _ = try client.acquire(session)
    #expect(try client.code("session.close", session: session) == "ok")
    test.server.stop()
    let lines = try String(contentsOfFile: audit, encoding: .utf8).split(separator: "\n")
    #expect(lines.count >= 2)
    #expect(lines.allSatisfy { $0.hasPrefix("{\"time\":\"") && $0.hasSuffix("}") })
    #expect(lines.contains { $0.contains("\"user\":\"local\"") })
    #expect(!lines.contains { $0.contains(session) })
    let mode = try FileManager.default.attributesOfItem(atPath: audit)[.posixPermissions]
    #expect((mode as? NSNumber)?.intValue == 0o600)
  }

  @Test func queriesNeedNoSession() throws {
    let test = try GatewayServer()
    let query = try ServerQuery(test.endpoint)
    #expect(try query.hello().contains("\"server_session\""))
    #expect(try query.metrics().contains("synapus_gateway_"))
    #expect(try query.breakLeases(chip: "0") == 0)
    #expect(throws: (any Error).self) { try query.resetChip("none") }
    #expect(throws: (any Error).self) {
      try ServerQuery("ipc://" + GatewayServer.freshPath(), timeout: 0.1).status()
    }
  }
}
