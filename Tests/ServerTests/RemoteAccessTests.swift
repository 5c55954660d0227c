import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// A chip behind a server with keys, over tcp: who may use it, and that nothing else changes.
@Suite struct RemoteAccessTests {
  let spec: ChipSpec
  private let folder = RemoteServer.freshPath() + "-keys"
  private let settings = EmulationSettings(chipSeed: 3, trialSeed: 4, mismatch: 0.2)

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    try KeyFolder(folder).makeServer()
  }

  /// Makes a user, and answers with what they are handed.
  private func key(_ name: String, role: String = "runner") throws -> ClientKey {
    let secret = "\(folder)/\(name).key_secret"
    try KeyFolder(folder).makeUser(name, role: role, secret: secret)
    return try ClientKey(file: secret)
  }

  /// Serves as long as the body runs; the keys go with it.
  private func serving(_ body: (RemoteServer) throws -> Void) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(
      try RemoteServer(tcp: true, keys: folder) { [spec, settings] in
        try EmulatedChip(spec, settings)
      })
  }

  private func connect(_ server: RemoteServer, _ key: ClientKey?) throws -> RemoteChip {
    try RemoteChip(
      connecting: server.endpoint,
      .with { ($0.key, $0.timeout, $0.patience) = (key, 2, 2) })
  }

  @Test func theRightKeyGivesTheSameBits() throws {
    let alice = try key("alice")
    try serving { server in
      let remote = try connect(server, alice)
      let local = try EmulatedChip(spec, settings)
      for chip in [local, remote] as [any Chip] {
        try chip.load(TestImage.make(for: spec))
        try chip.write([TestImage.block(for: spec, seed: 6)])
      }
      // Larger than a frame each way.
      let batch = TestImage.experiment(for: spec, samples: 300)
      #expect(try remote.run(batch) == local.run(batch))
      #expect(remote.serverBuild == "test")
    }
  }

  @Test func strangersAreNotAnswered() throws {
    let former = try key("former")
    try KeyFolder(folder).removeUser("former")
    let other = RemoteServer.freshPath() + "-others"
    defer { try? FileManager.default.removeItem(atPath: other) }
    try KeyFolder(other).makeServer()
    try KeyFolder(other).makeUser("alice", role: "admin", secret: other + "/alice.key_secret")
    // A key that was taken away, one for another server, and none.
    for stranger in [former, try ClientKey(file: other + "/alice.key_secret"), nil] {
      try serving { server in
        do {
          _ = try connect(server, stranger)
          Issue.record("somebody without a key was let in")
        } catch ChipError.connection(let endpoint, _) {
          #expect(endpoint == server.endpoint)
        }
      }
      try KeyFolder(folder).makeServer()
    }
  }

  @Test func aViewerLooksAndChangesNothing() throws {
    let (viewer, alice) = (try key("vera", role: "viewer"), try key("alice"))
    try serving { server in
      let owner = try connect(server, alice)
      try owner.load(TestImage.make(for: spec))
      let batch = TestImage.experiment(for: spec, samples: 3)
      let before = try owner.run(batch)
      do {
        _ = try connect(server, viewer)
        Issue.record("a viewer has a session")
      } catch ChipError.remote(let code, let detail) {
        #expect(code == "not_permitted")
        #expect(detail.contains("vera") && detail.contains("session.open"))
      }
      let query = try ServerQuery(server.endpoint, key: viewer)
      #expect(try query.status().contains("alice"))
      #expect(try query.hello().contains("\"role\":\"viewer\""))
      for order in [{ _ = try query.breakLeases(chip: nil) }, { try query.resetChip(nil) }] {
        do {
          try order()
          Issue.record("a viewer gave an order")
        } catch ChipError.remote(let code, _) { #expect(code == "not_permitted") }
      }
      #expect(try owner.run(batch) == before)
    }
  }
}
