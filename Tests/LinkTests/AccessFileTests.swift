import ChipInterface
import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

@Suite struct AccessFileTests {
  private func set(_ mode: Int, _ path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  private func fault(_ body: () throws -> Void) -> KeyFault? {
    do {
      try body()
      return nil
    } catch LinkError.keys(_, let fault) { return fault } catch { return nil }
  }

  @Test func aFreshFolderLetsItsUsersIn() throws {
    let keys = try TestKeys()
    let alice = try keys.add("alice", role: "runner", chips: ["0", "1"])
    let bob = try keys.add("bob", role: "admin")
    let list = try AccessList(keys.folder)
    let id = try #require(list.userID(publicKey: alice.keys.publicKey))
    #expect(list.user(id: id) == User("alice", .runner, chips: ["0", "1"]))
    #expect(list.userID(publicKey: bob.keys.publicKey).flatMap(list.user(id:))?.role == .admin)
    #expect(list.userID(publicKey: try keys.stranger().keys.publicKey) == nil)
    #expect(list.serverKeys.publicKey == alice.serverKey)
    #expect(
      try KeyFolder(keys.folder).holders().map(\.name) == ["alice", "bob"])
  }

  @Test func secretsAreFoundToBeReadableByOthers() throws {
    for mode in [0o640, 0o604, 0o644] {
      let keys = try TestKeys()
      try set(mode, keys.folder + "/server.key_secret")
      #expect(
        fault { _ = try AccessList(keys.folder) } == .readableByOthers(mode: UInt32(mode)))
      _ = try keys.add("alice")
      try set(mode, keys.secret("alice"))
      #expect(
        fault { _ = try ClientKey(file: keys.secret("alice")) }
          == .readableByOthers(mode: UInt32(mode)))
    }
  }

  @Test(arguments: ["", "/users", "/server.key_secret", "/users/alice.key"])
  func whatOthersMayWriteIsRefused(place: String) throws {
    let keys = try TestKeys()
    try keys.add("alice")
    try set(0o722, keys.folder + place)
    #expect(fault { _ = try AccessList(keys.folder) } == .writableByOthers(mode: 0o722))
    try set(0o700, keys.folder + place)
    #expect(fault { _ = try AccessList(keys.folder) } == nil)
  }

  @Test func theSentenceNamesFileAndMode() throws {
    let keys = try TestKeys()
    try set(0o644, keys.folder + "/server.key_secret")
    do {
      _ = try AccessList(keys.folder)
      Issue.record("it was accepted")
    } catch {
      #expect(error.description.contains(keys.folder + "/server.key_secret"))
      #expect(error.description.contains("0644") && error.description.contains("0600"))
    }
  }

  @Test func linksAndPipesAreNoKeyFiles() throws {
    let keys = try TestKeys()
    try keys.add("alice")
    let file = keys.folder + "/users/alice.key"
    try FileManager.default.moveItem(atPath: file, toPath: file + ".away")
    #expect(symlink(file + ".away", file) == 0)
    #expect(fault { _ = try AccessList(keys.folder) } != nil)
    unlink(file)
    #expect(mkfifo(file, 0o600) == 0)
    #expect(fault { _ = try AccessList(keys.folder) } == .wrongKind(expected: "file"))
  }

  @Test func nothingIsOverwritten() throws {
    let keys = try TestKeys()
    #expect(fault { try KeyFolder(keys.folder).makeServer() } == .exists)
    try keys.add("alice")
    #expect(fault { try keys.add("alice") } == .exists)
    for name in ["", ".", "..", "a/b", "a b", "ä", String(repeating: "x", count: 65), "server"] {
      #expect(fault { try keys.add(name) } != nil, "\(name)")
    }
    #expect(fault { try keys.add("carol", role: "king") } != nil)
    #expect(fault { try keys.add("carol", chips: ["a,b"]) } == nil)
    #expect(fault { try keys.add("dave", chips: ["a b"]) } != nil)
  }

  @Test func usersComeAndGoWhileTheListIsInUse() throws {
    let keys = try TestKeys()
    let alice = try keys.add("alice")
    let list = try AccessList(keys.folder)
    let id = try #require(list.userID(publicKey: alice.keys.publicKey))
    let bob = try keys.add("bob")
    #expect(list.userID(publicKey: bob.keys.publicKey) == nil)
    #expect(list.refresh().isEmpty)
    #expect(list.userID(publicKey: bob.keys.publicKey) != nil)
    #expect(list.losses == 0)
    try KeyFolder(keys.folder).removeUser("alice")
    #expect(list.refresh().isEmpty)
    #expect(list.user(id: id) == nil)
    #expect(list.losses == 1)
    // A fresh key under the same name does not revive connections of the old one.
    try FileManager.default.removeItem(atPath: keys.secret("alice"))
    try keys.add("alice")
    #expect(list.refresh().isEmpty)
    #expect(list.user(id: id) == nil)
  }

  @Test func aSpoiltFileShutsOutItsUserAlone() throws {
    let keys = try TestKeys()
    let (alice, bob) = (try keys.add("alice"), try keys.add("bob"))
    let list = try AccessList(keys.folder)
    try Data("curve\n".utf8).write(to: URL(fileURLWithPath: keys.folder + "/users/alice.key"))
    #expect(list.refresh().count == 1)
    #expect(list.userID(publicKey: alice.keys.publicKey) == nil)
    #expect(list.userID(publicKey: bob.keys.publicKey) != nil)
  }

  @Test func oneKeyIsOneUser() throws {
    let keys = try TestKeys()
    try keys.add("alice")
    let (old, new) = (keys.folder + "/users/alice.key", keys.folder + "/users/bob.key")
    let text = try String(contentsOfFile: old, encoding: .utf8)
    try text.replacingOccurrences(of: "alice", with: "bob")
      .write(toFile: new, atomically: true, encoding: .utf8)
    #expect(fault { _ = try AccessList(keys.folder) } == .sameKey(as: "alice"))
  }

  /// As `zmq.auth` writes it, and CZMQ.
  @Test func certificatesOfOtherToolsAreRead() throws {
    let keys = try TestKeys()
    let pair = try CurveKeyPair.random()
    let python =
      "#   ****  Generated on 2026-01-02 03:04:05 by pyzmq  ****\n\n"
      + "metadata\ncurve\n    public-key = \"\(pair.publicKey)\"\n"
    let czmq =
      "#   ZeroMQ CURVE Public Certificate\r\n\r\nmetadata\r\n    role = \"admin\"  # of all\r\n"
      + "    email = 'x@example.org'\r\ncurve\r\n    public-key = \"\(pair.publicKey)\"\r\n"
    for (text, role) in [(python, Role.viewer), (czmq, .admin)] {
      let path = keys.folder + "/users/carol.key"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let list = try AccessList(keys.folder)
      let id = try #require(list.userID(publicKey: pair.publicKey))
      #expect(list.user(id: id) == User("carol", role))
    }
  }

  @Test(arguments: [
    "", "curve", "curve\n  public-key = \"x\"", "    public-key = \"x\"", "curve\n    public-key",
    "curve\n    public-key = x y", "curve\n    = x", "curve\n    public-key = \"",
    "metadata\n    role = \"king\"\n", "metadata\n    chips = \"a,,b\"\n",
    "metadata\n    name = \"../x\"\n", "\u{0}", "cu rve", "curve\n\tpublic-key = x",
  ])
  func malformed(start: String) throws {
    let keys = try TestKeys()
    let path = keys.folder + "/users/carol.key"
    try Data(start.utf8).write(to: URL(fileURLWithPath: path))
    #expect(fault { _ = try AccessList(keys.folder) } != nil)
  }

  @Test func hostileBytesAreRefusedWithoutATrap() throws {
    let keys = try TestKeys()
    try keys.add("alice")
    let path = keys.secret("alice")
    let good = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    var refused = 0
    for seed in 0..<400 {
      var random = CounterRandomStream(seed: UInt64(seed))
      var bytes = good
      for _ in 0..<random.below(8) + 1 { random.mutate(&bytes) }
      unlink(path)
      _ = FileManager.default.createFile(
        atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
      do {
        let key = try ClientKey(file: path)
        #expect(key.keys.publicKey.utf8.count == 40, "seed \(seed)")
      } catch { refused += 1 }
    }
    #expect(refused > 100)
  }

  @Test func hugeFilesAreNotRead() throws {
    let keys = try TestKeys()
    let path = keys.folder + "/users/big.key"
    _ = FileManager.default.createFile(
      atPath: path, contents: Data(repeating: 35, count: 20_000),
      attributes: [.posixPermissions: 0o600])
    #expect(fault { _ = try AccessList(keys.folder) } == .tooLarge(limit: 16_384))
  }

  @Test func keysAreCheckedAsZ85() throws {
    let pair = try CurveKeyPair.random()
    #expect(Z85.isKey(pair.publicKey) && Z85.isKey(pair.secretKey))
    #expect(CurveKeyPair(secretKey: pair.secretKey) == pair)
    #expect(Z85.key(Array(repeating: 0, count: 32)) == String(repeating: "0", count: 40))
    #expect(
      Z85.key(Array(repeating: 255, count: 32)) == String(repeating: "%nSc0", count: 8))
    for text in ["", "x", String(repeating: "~", count: 40), String(repeating: "#", count: 40)] {
      #expect(!Z85.isKey(text))
    }
    #expect(Z85.key([1, 2, 3]) == nil)
  }
}

/// Draws for a test from a seed.
struct CounterRandomStream {
  private let random: CounterRandom
  private var next = 0

  init(seed: UInt64) { random = CounterRandom(seed: seed, stream: 77) }

  mutating func below(_ bound: Int) -> Int {
    next += 1
    return min(bound - 1, Int(random.uniform(next, 0, 0) * Double(bound)))
  }

  /// Changes, removes, doubles or inserts bytes somewhere.
  mutating func mutate(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = below(bytes.count)
    switch below(5) {
    case 0: bytes[place] = UInt8(below(256))
    case 1: bytes.remove(at: place)
    case 2: bytes.insert(UInt8(below(256)), at: place)
    case 3: bytes.removeSubrange(place..<min(bytes.count, place + below(40) + 1))
    default:
      bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + below(40) + 1)], at: place)
    }
  }
}
