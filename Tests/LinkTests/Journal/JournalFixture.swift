import Foundation
import HardwareSpec
import Link
import TestSupport

/// A folder that goes with its test.
final class StateFolder: Sendable {
  let path: String
  var file: String { path + "/journal.sqlite" }

  /// Makes a folder, in memory where the system has a place for that.
  init(inMemory: Bool = false) throws {
    let shared = "/dev/shm"
    let isThere = inMemory && FileManager.default.isWritableFile(atPath: shared)
    let parent = isThere ? shared : NSTemporaryDirectory()
    var template = Array((parent + "/synapus-journal-XXXXXX").utf8CString)
    path = try required(
      template.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
      }, "folder for the test")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func open(quota: Int = 4 << 30, schema: JournalSchema = .current) throws -> JournalStore {
    try JournalStore(folder: path, quota: quota, schema: schema)
  }

  /// The bytes of the journal or a file beside it; empty when it is not there.
  func bytes(_ suffix: String = "") -> [UInt8] {
    FileManager.default.contents(atPath: file + suffix).map { [UInt8]($0) } ?? []
  }

  func write(_ bytes: [UInt8], _ suffix: String = "") throws {
    try Data(bytes).write(to: URL(fileURLWithPath: file + suffix))
  }

  /// Overwrites bytes in place.
  func change(at offset: Int, to byte: UInt8, _ suffix: String = "") throws {
    let handle = try required(FileHandle(forUpdatingAtPath: file + suffix), "file")
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: Data([byte]))
  }
}

/// Journals of known content.
enum JournalSample {
  /// A journal of few pages.
  static let small: [JournalEntry] = [
    .opened(session: "aa", user: "alice", client: "train"),
    .opened(session: "bb", user: "bob", client: ""),
    image("aa", "0", seed: 1, count: 700), image("bb", "0", seed: 1, count: 700),
    .checkpoint(session: "aa", chip: "0", number: 3, state: bytes(900, seed: 3)),
    .answered(session: "aa", id: "r1", fingerprint: .max, header: bytes(80, seed: 5)),
    .epochs(chip: "0", below: 64), .calibration(chip: "0", user: "u", table: bytes(70, seed: 6)),
  ]

  static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SequentialRandom(seed: seed, stream: 5)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  static func image(
    _ session: String, _ chip: String, seed: UInt64, count: Int = 5000, every: Int? = nil
  ) -> JournalEntry {
    let bytes = bytes(count, seed: seed)
    return .image(
      session: session, chip: chip, hash: ContentHash.hexadecimal(of: bytes), every: every,
      bytes: bytes)
  }

  /// One transaction for everything that a journal can hold.
  static let entries: [JournalEntry] = [
    .opened(session: "aa", user: "alice", client: "train"),
    .opened(session: "bb", user: "bob", client: ""),
    image("aa", "0", seed: 1, every: 3), image("aa", "1", seed: 2), image("bb", "0", seed: 1),
    .checkpoint(session: "aa", chip: "0", number: 3, state: bytes(9000, seed: 3)),
    .checkpoint(session: "bb", chip: "0", number: 1, state: bytes(0, seed: 4)),
    .answered(session: "aa", id: "r1", fingerprint: .max, header: bytes(80, seed: 5)),
    .answered(session: "aa", id: "r2", fingerprint: 0, header: []),
    .epochs(chip: "0", below: 64), .epochs(chip: "1", below: 128),
    .calibration(chip: "0", user: "alice", table: bytes(700, seed: 6)),
  ]
}

/// What a journal must hold after a list of entries, worked out in the plainest way.
struct JournalModel: Equatable {
  var state = RecoveredState()
  var images: [String: [String: StoredImage]] = [:]

  mutating func write(_ entry: JournalEntry) {
    func place(_ session: String) -> Int? {
      state.sessions.firstIndex { $0.digest == session }
    }
    switch entry {
    case .opened(let session, let user, let client):
      state.sessions.append(.init(digest: session, user: user, client: client))
    case .ended(let session):
      state.sessions.removeAll { $0.digest == session }
      images[session] = nil
    case .image(let session, let chip, let hash, let every, let bytes):
      guard let place = place(session) else { return }
      state.sessions[place].images[chip] = .init(
        hash: hash, checkpoint: 0, checkpointEvery: every)
      images[session, default: [:]][chip] = .init(hash: hash, bytes: bytes, state: nil)
    case .checkpoint(let session, let chip, let number, let bytes):
      guard let place = place(session) else { return }
      state.sessions[place].images[chip]?.checkpoint = number
      images[session]?[chip]?.state = bytes
    case .answered(let session, let id, let fingerprint, let header):
      guard let place = place(session) else { return }
      var answers = state.sessions[place].answered.filter { $0.id != id }
      answers.append(.init(id: id, fingerprint: fingerprint, header: header))
      state.sessions[place].answered = Array(answers.suffix(1024))
    case .epochs(let chip, let below): state.epochs[chip] = below
    case .calibration: break
    }
  }

  /// What differs in a journal; empty when nothing does.
  func differences(from store: JournalStore) throws -> [String] {
    var found: [String] = []
    if try store.recovered() != state { found.append("recovered state") }
    for (session, chips) in images {
      for (chip, image) in chips where try store.image(session: session, chip: chip) != image {
        found.append("image of \(session) on \(chip)")
      }
    }
    return found
  }

  init(_ entries: [JournalEntry] = []) { for entry in entries { write(entry) } }
}
