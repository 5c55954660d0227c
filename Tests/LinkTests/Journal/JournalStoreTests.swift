import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

@Suite struct JournalStoreTests {
  let folder: StateFolder

  init() throws { folder = try StateFolder() }

  @Test func aNewJournalIsEmptyAndForItsOwnerOnly() throws {
    let path = folder.path + "/state"
    let store = try JournalStore(folder: path)
    try store.write(JournalSample.entries)
    for name in ["", "/journal.sqlite", "/journal.sqlite-wal", "/journal.lock"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: path + name)
      let rights = try #require(attributes[.posixPermissions] as? Int)
      #expect(rights == (name.isEmpty ? 0o700 : 0o600), "\(name)")
    }
    store.close()
    #expect(!FileManager.default.fileExists(atPath: path + "/journal.sqlite.new"))
  }

  @Test func everythingComesBackAfterClosing() throws {
    let model = JournalModel(JournalSample.entries)
    for round in 0..<3 {
      let store = try folder.open()
      if round == 0 {
        #expect(try store.recovered() == RecoveredState())
        try store.write(JournalSample.entries)
      }
      #expect(try model.differences(from: store) == [])
      let calibration = try #require(try store.calibration(chip: "0"))
      #expect(calibration == ("alice", JournalSample.bytes(700, seed: 6)))
      #expect(try store.calibration(chip: "1") == nil)
      #expect(try store.image(session: "aa", chip: "2") == nil)
      #expect(try store.image(session: "cc", chip: "0") == nil)
      store.close()
    }
  }

  @Test func equalImagesAreKeptOnceAndGoWithTheLast() throws {
    let store = try folder.open()
    let sessions = (0..<10).map { "s\($0)" }
    try store.write(sessions.map { .opened(session: $0, user: "u", client: "") })
    let empty = try store.usedBytes()
    for session in sessions {
      try store.write([JournalSample.image(session, "0", seed: 1, count: 1 << 20)])
    }
    #expect(try store.usedBytes() - empty < 5 << 18)
    for session in sessions.dropLast() { try store.write([.ended(session: session)]) }
    #expect(try store.image(session: "s9", chip: "0")?.bytes.count == 1 << 20)
    try store.write([.ended(session: "s9")])
    #expect(try store.usedBytes() - empty <= 0)
    store.close()
  }

  @Test func onlyTheNewestCheckpointStays() throws {
    let store = try folder.open()
    try store.write([
      .opened(session: "a", user: "u", client: ""), JournalSample.image("a", "0", seed: 1),
    ])
    let before = try store.usedBytes()
    for number in 1...20 {
      let state = JournalSample.bytes(200_000, seed: UInt64(number))
      try store.write([.checkpoint(session: "a", chip: "0", number: number, state: state)])
      #expect(try store.image(session: "a", chip: "0")?.state == state)
    }
    #expect(try store.usedBytes() - before < 300_000)
    try store.write([JournalSample.image("a", "0", seed: 2)])
    #expect(try store.image(session: "a", chip: "0")?.state == nil)
    #expect(try store.recovered().sessions[0].images["0"]?.checkpoint == 0)
    #expect(try store.usedBytes() <= before)
    store.close()
  }

  @Test func answersAndCalibrationsAreBounded() throws {
    let store = try folder.open()
    try store.write([.opened(session: "a", user: "u", client: "")])
    for start in stride(from: 0, to: 3000, by: 500) {
      try store.write(
        (start..<start + 500).map {
          .answered(session: "a", id: "r\($0)", fingerprint: UInt64($0), header: [1])
        })
    }
    try store.write([.answered(session: "a", id: "r2000", fingerprint: 7, header: [2])])
    let answers = try store.recovered().sessions[0].answered
    #expect(answers.count == 1024)
    #expect(
      answers.first?.id == "r1976"
        && answers.last
          == .init(
            id: "r2000", fingerprint: 7, header: [2])
    )
    let before = try store.usedBytes()
    for i in 0..<100 {
      let table = JournalSample.bytes(10_000, seed: UInt64(i))
      try store.write([.calibration(chip: "0", user: "u\(i)", table: table)])
    }
    #expect(try store.calibration(chip: "0")?.user == "u99")
    #expect(try store.usedBytes() - before < 17 * 14_000)
    store.close()
  }

  @Test func aTransactionIsWholeOrNothing() throws {
    let store = try folder.open()
    try store.write(JournalSample.entries)
    let model = JournalModel(JournalSample.entries)
    let good: [JournalEntry] = [.ended(session: "bb"), .epochs(chip: "0", below: 999)]
    for bad: JournalEntry in [
      JournalSample.image("zz", "0", seed: 9),
      .checkpoint(session: "aa", chip: "7", number: 1, state: [1]),
      .checkpoint(session: "zz", chip: "0", number: 1, state: [1]),
      .answered(session: "zz", id: "1", fingerprint: 1, header: []),
    ] {
      #expect(throws: JournalFault.self) { try store.write(good + [bad]) }
      #expect(try model.differences(from: store) == [])
    }
    // Together with others only the bad one fails.
    let faults = store.write([
      [.epochs(chip: "0", below: 70)], good + [JournalSample.image("zz", "0", seed: 9)],
      [.epochs(chip: "1", below: 170)],
    ])
    #expect(faults.map { $0 == nil } == [true, false, true])
    #expect(try store.recovered().epochs == ["0": 70, "1": 170])
    store.close()
  }

  @Test func theQuotaIsKeptAndNamed() throws {
    let quota = 1 << 20
    let store = try folder.open(quota: quota)
    try store.write([.opened(session: "a", user: "u", client: "")])
    try store.write([JournalSample.image("a", "0", seed: 1, count: 600_000)])
    #expect(throws: JournalFault.beyondQuota(quota)) {
      try store.write([JournalSample.image("a", "1", seed: 2, count: 600_000)])
    }
    #expect(JournalFault.beyondQuota(quota).description.contains("\(quota)"))
    let held = try #require(try store.image(session: "a", chip: "0"))
    #expect(held.bytes == JournalSample.bytes(600_000, seed: 1))
    #expect(try store.recovered().sessions[0].images.count == 1)
    try store.write([JournalSample.image("a", "1", seed: 2, count: 300_000)])
    #expect(store.bytes < 3 * quota)
    store.close()
  }

  /// Random transactions, some of them bad, and restarts: as the plain model says.
  @Test(arguments: 1...4) func randomTransactions(seed: Int) throws {
    var random = SequentialRandom(seed: UInt64(seed), stream: 40)
    var (store, model) = (try folder.open(), JournalModel())
    for step in 0..<120 {
      let entries = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        Self.entry(model, step, &random)
      }
      var next = model
      for entry in entries { next.write(entry) }
      let isGood = (try? store.write(entries)) != nil
      if isGood { model = next }
      if step % 20 == 19 {
        store.close()
        store = try folder.open()
        #expect(try model.differences(from: store) == [], "seed \(seed), step \(step)")
      }
    }
    store.close()
  }

  private static func entry(
    _ model: JournalModel, _ step: Int, _ random: inout SequentialRandom
  ) -> JournalEntry {
    let known = model.state.sessions.map(\.digest)
    let session = known.randomElement(using: &random) ?? "none"
    let chip = "\(Int.random(in: 0...1, using: &random))"
    let seed = UInt64.random(in: 0...5, using: &random)
    switch Int.random(in: 0...9, using: &random) {
    case 0, 1:
      return .opened(session: "s\(step)-\(random.next())", user: "u\(seed)", client: "c")
    case 2: return .ended(session: session)
    case 3, 4:
      return JournalSample.image(
        session, chip, seed: seed, every: seed < 4 ? Int(seed) : nil)
    case 5, 6:
      return .checkpoint(
        session: session, chip: chip, number: step,
        state: JournalSample.bytes(Int(seed) * 3000, seed: seed))
    case 7, 8:
      return .answered(
        session: session, id: "r\(seed)", fingerprint: random.next(),
        header: JournalSample.bytes(100, seed: seed))
    default: return .epochs(chip: chip, below: step)
    }
  }
}
