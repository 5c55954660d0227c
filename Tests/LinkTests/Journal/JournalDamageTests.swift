import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// Files that are damaged, cut, foreign, or in use: refused in one sentence and left as they are,
/// or read right; never a wrong image.
@Suite struct JournalDamageTests {
  let folder: StateFolder
  let model = JournalModel(JournalSample.entries)

  init() throws {
    folder = try StateFolder()
    let store = try folder.open()
    try store.write(JournalSample.entries)
    store.close()
  }

  /// Opens what is in the folder and reads everything: what is wrong with what it gives.
  private func harm(_ what: String, writing: Bool, _ refused: inout Int) throws -> String? {
    let before = folder.bytes()
    do {
      let store = try folder.open()
      defer { store.close() }
      guard try store.recovered() == model.state else { return "\(what): another state" }
      for (session, chips) in model.images {
        for (chip, image) in chips {
          guard let found = try? store.image(session: session, chip: chip) else { continue }
          if found != image { return "\(what): another image" }
        }
      }
      if writing { try? store.write([.ended(session: "aa")]) }
    } catch let fault as JournalFault {
      refused += 1
      guard folder.bytes() == before else { return "\(what): changed though refused" }
      guard !fault.description.isEmpty, fault != .full else { return "\(what): \(fault)" }
    }
    return nil
  }

  @Test func changedBytesOfEveryPage() throws {
    let good = folder.bytes()
    var random = SequentialRandom(seed: 11, stream: 41)
    let page = 4096
    var places = Array(0..<100)
    for start in stride(from: 0, to: good.count, by: page) {
      places += (0..<12).map { start + $0 }
      places += (0..<8).map { _ in start + Int.random(in: 0..<page, using: &random) }
      // Rows are put at the end of a page first.
      places += (0..<12).map { _ in start + page - Int.random(in: 1...120, using: &random) }
    }
    var refused = 0
    for place in places {
      try folder.write(good)
      let mask = UInt8.random(in: 1...255, using: &random)
      try folder.change(at: place, to: good[place] ^ mask)
      let what = "byte \(place) ^ \(mask)"
      #expect(try harm(what, writing: place % 16 == 0, &refused) == nil)
    }
    #expect(refused > places.count / 5 && refused < places.count)
  }

  @Test func filesThatWereCut() throws {
    let good = folder.bytes()
    for count in Array(stride(from: 0, to: good.count, by: 1777)) + [1, 99, 100, good.count - 1] {
      try folder.write(Array(good[..<count]))
      #expect(throws: JournalFault.self, "\(count) bytes") { try folder.open() }
      #expect(folder.bytes().count == count)
    }
  }

  @Test func filesOfOthers() throws {
    for bytes in [Array("not a database".utf8), Array(repeating: 0, count: 8192)] {
      try folder.write(bytes)
      #expect(throws: JournalFault.self) { try folder.open() }
      #expect(folder.bytes() == bytes)
    }
  }

  // MARK: Versions

  @Test func aVersionFromTheFutureIsRefused() throws {
    var future = JournalSchema.current
    future.steps.append(["ALTER TABLE session ADD COLUMN note TEXT"])
    let store = try folder.open(schema: future)
    #expect(try model.differences(from: store) == [])
    store.close()
    let before = folder.bytes()
    do {
      _ = try folder.open()
      Issue.record("opened")
    } catch {
      let now = future.steps.count
      #expect("\(error)".contains("version \(now)") && "\(error)".contains("\(now - 1)"))
    }
    #expect(folder.bytes() == before)
    let again = try folder.open(schema: future)
    #expect(try model.differences(from: again) == [])
    again.close()
  }

  /// Version 1 did not keep how often an image is checkpointed.
  @Test func aVersionOneJournalIsBroughtUp() throws {
    let folder = try StateFolder()
    var old = JournalSchema.current
    old.steps = Array(old.steps[..<2]) + [["ALTER TABLE image DROP COLUMN every"]]
    let current = try folder.open()
    try current.write(JournalSample.small)
    current.close()
    try folder.open(schema: old).close()
    // The version stands at byte 60 of the file, big-endian.
    try folder.change(at: 63, to: 1)
    for _ in 0..<2 {
      let store = try folder.open()
      #expect(try JournalModel(JournalSample.small).differences(from: store) == [])
      store.close()
      #expect(folder.bytes()[63] == UInt8(JournalSchema.current.steps.count))
    }
    let store = try folder.open()
    try store.write([JournalSample.image("bb", "0", seed: 8, every: 7)])
    let images = try store.recovered().sessions.first { $0.digest == "bb" }?.images
    #expect(images?["0"]?.checkpointEvery == 7)
    store.close()
  }

  @Test func otherTablesAreRefused() throws {
    var other = JournalSchema.current
    other.steps[0].append("CREATE TABLE extra (id INTEGER PRIMARY KEY)")
    #expect(throws: JournalFault.self) { try folder.open(schema: other) }
  }

  // MARK: The folder

  @Test func aSecondServerIsRefused() throws {
    let store = try folder.open()
    do {
      _ = try folder.open()
      Issue.record("opened")
    } catch { #expect("\(error)".contains("another server uses")) }
    try store.write([.ended(session: "bb")])
    store.close()
  }

  @Test func foldersOpenToOthersAreRefused() throws {
    chmod(folder.path, 0o755)
    do {
      _ = try folder.open()
      Issue.record("opened")
    } catch { #expect("\(error)".contains("chmod 700")) }
    #expect(throws: JournalFault.self) { try JournalStore(folder: folder.file) }
    #expect(throws: JournalFault.self) { try JournalStore(folder: folder.path + "/no/such") }
  }

  @Test func aDraftThatWasLeftIsNoJournal() throws {
    let fresh = try StateFolder()
    try fresh.write([1, 2, 3], ".new")
    let store = try fresh.open()
    #expect(try store.recovered() == RecoveredState())
    store.close()
    #expect(fresh.bytes(".new").isEmpty)
  }

  // MARK: The log of a server that was killed

  /// The files as a killed server leaves them, with one commit for each entry.
  private func killed() throws -> (killed: StateFolder, log: [UInt8]) {
    let (whole, copy) = (try StateFolder(), try StateFolder())
    let store = try whole.open()
    for entry in JournalSample.entries { try store.write([entry]) }
    try copy.write(whole.bytes())
    try copy.write(whole.bytes("-wal"), "-wal")
    store.close()
    return (copy, copy.bytes("-wal"))
  }

  @Test func theLogOfAKilledServerIsRead() throws {
    let copy = try killed().killed
    let store = try copy.open()
    #expect(try model.differences(from: store) == [])
    store.close()
    #expect(copy.bytes("-wal").isEmpty)
  }

  /// A log cut anywhere gives the transactions that are whole, as after a power cut.
  @Test func logsThatWereCut() throws {
    let (copy, log) = try killed()
    let file = copy.bytes()
    let states = (0...JournalSample.entries.count).map {
      JournalModel(Array(JournalSample.entries[..<$0])).state
    }
    var reached: [Int] = []
    for count in [1, 16] + Array(stride(from: 32, to: log.count, by: 2100)) {
      try copy.write(file)
      try copy.write(Array(log[..<count]), "-wal")
      let store = try copy.open()
      let state = try store.recovered()
      store.close()
      reached.append(try required(states.firstIndex(of: state), "whole transaction at \(count)"))
    }
    #expect(reached == reached.sorted() && (reached.last ?? 0) > 8)
  }

  /// Damage before the last transaction is told, and never loses what came after it.
  @Test func changedBytesOfTheLog() throws {
    let (copy, log) = try killed()
    let (file, frame) = (copy.bytes(), 24 + 4096)
    var random = SequentialRandom(seed: 12, stream: 42)
    let lastFrames = 32 + ((log.count - 32) / frame - 6) * frame
    let last = JournalModel(JournalSample.entries.dropLast()).state
    for start in [0] + stride(from: 32, to: log.count, by: frame) {
      for place in [start, start + 5, start + 9, start + 17, start + 24 + 2000]
      where place < log.count {
        try copy.write(file)
        var damaged = log
        damaged[place] ^= UInt8.random(in: 1...255, using: &random)
        try copy.write(damaged, "-wal")
        do {
          let store = try copy.open()
          let state = try store.recovered()
          store.close()
          let isFine = state == model.state || (state == last && place >= lastFrames)
          #expect(isFine, "byte \(place) of \(log.count)")
        } catch { #expect(copy.bytes() == file && copy.bytes("-wal") == damaged) }
      }
    }
  }

  @Test func aLogWithoutItsFileIsRefused() throws {
    let copy = try killed().killed
    try FileManager.default.removeItem(atPath: copy.file)
    #expect(throws: JournalFault.self) { try copy.open() }
  }
}
