import Foundation
import Link
import TestSupport
import Testing

/// A server's journal in a process that may be killed at any call: `tools/fault-tests/journal_steps.py`
/// runs these two, the first below a disk that fails; otherwise they do nothing.
///
/// `SYNAPUS_JOURNAL_PROBE` is `write:FOLDER`, or `verify:FOLDER` for all folders in that one.
@Suite struct JournalProbe {
  private static let order = ProcessInfo.processInfo.environment["SYNAPUS_JOURNAL_PROBE"] ?? ""

  private static func argument(_ verb: String) -> String? {
    order.hasPrefix(verb + ":") ? String(order.dropFirst(verb.count + 1)) : nil
  }

  /// Transactions whose states all differ, as a server writes them.
  private static let transactions: [[JournalEntry]] = [
    [.opened(session: "aa", user: "alice", client: "train")],
    [.epochs(chip: "0", below: 64)],
    [
      JournalSample.image("aa", "0", seed: 1),
      .answered(session: "aa", id: "r1", fingerprint: 1, header: [1]),
    ],
    [.checkpoint(session: "aa", chip: "0", number: 1, state: JournalSample.bytes(9000, seed: 2))],
    [.opened(session: "bb", user: "bob", client: ""), JournalSample.image("bb", "0", seed: 1)],
    [.checkpoint(session: "aa", chip: "0", number: 2, state: JournalSample.bytes(9000, seed: 3))],
    [.epochs(chip: "0", below: 128)],
    [.ended(session: "bb")],
    [JournalSample.image("aa", "0", seed: 4)],
    [.checkpoint(session: "aa", chip: "0", number: 5, state: JournalSample.bytes(9000, seed: 5))],
    [.answered(session: "aa", id: "r2", fingerprint: 2, header: [2])],
  ]
  /// Before this one the journal is closed and opened again.
  private static let reopening = 6

  private static func note(_ line: String, _ folder: String) throws {
    let descriptor = open(folder + "/acks", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    defer { close(descriptor) }
    let bytes = Array((line + "\n").utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw MissingValue(description: "the acknowledgement was not written")
    }
  }

  @Test(.enabled(if: argument("write") != nil)) func writes() throws {
    let folder = try required(Self.argument("write"), "folder")
    var store: JournalStore?
    for (i, transaction) in Self.transactions.enumerated() {
      if i == Self.reopening {
        store?.close()
        store = nil
      }
      if store == nil { store = try? JournalStore(folder: folder + "/state", logPages: 16) }
      try Self.note("begin \(i)", folder)
      let isWritten = (try store?.write(transaction)) != nil
      try Self.note("\(isWritten ? "done" : "failed") \(i)", folder)
    }
    store?.close()
  }

  @Test(.enabled(if: argument("verify") != nil)) func verifies() throws {
    let parent = try required(Self.argument("verify"), "folder")
    for name in try FileManager.default.contentsOfDirectory(atPath: parent).sorted() {
      do {
        try Self.verify(parent + "/" + name)
      } catch { Issue.record("\(name): \(error)") }
    }
  }

  /// All that was acknowledged is there; of the rest at most the last that was begun, whole.
  private static func verify(_ folder: String) throws {
    let text = try? String(contentsOfFile: folder + "/acks", encoding: .utf8)
    let lines = (text ?? "").split(separator: "\n").map { $0.split(separator: " ") }
    func numbers(_ verb: String) -> [Int] {
      lines.filter { $0.first.map { $0 == verb } ?? false }.compactMap {
        $0.last.flatMap { Int($0) }
      }
    }
    let done = numbers("done")
    // A commit that failed may be found whole as long as no other one came after it.
    let open = numbers("begin").filter { $0 > done.last ?? -1 }
    let store = try JournalStore(folder: folder + "/state")
    defer { store.close() }
    var best: [String] = []
    for chosen in [done] + open.map({ done + [$0] }) {
      let model = JournalModel(chosen.flatMap { transactions[$0] })
      best = try model.differences(from: store)
      if best.isEmpty { return }
    }
    throw MissingValue(description: "right state after \(done), begun \(open): \(best)")
  }
}
