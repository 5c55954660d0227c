import Synchronization

/// What the server knows that it holds in memory.
///
/// Beside frames that is bytes on their way to the journal and from it. The loop writes, the memory
/// guard reads.
final class MemoryBooks: Sendable {
  private let underWay = Atomic<Int>(0)
  private let tickets = Mutex<[Int: Int]>([:])

  /// Bytes that explain the memory of this process.
  var bytes: Int { Frame.bytesHeld + underWay.load(ordering: .relaxed) }

  /// Notes a transaction that was given to the journal; SQLite needs as much again.
  func note(_ ticket: Int, _ entries: [JournalEntry]) {
    enter(ticket, 3 * entries.reduce(0) { $0 + $1.bytes })
  }

  /// Notes that a transaction is over, or that an image was read.
  func settle(_ event: ServerEvent) {
    switch event {
    case .journaled(let ticket, _), .fetched(let ticket, _):
      guard let bytes = tickets.withLock({ $0.removeValue(forKey: ticket) }) else { return }
      underWay.wrappingSubtract(bytes, ordering: .relaxed)
    default: return
    }
  }

  /// Notes that an image is being read, of a size that nobody knows yet.
  func noteFetch(_ ticket: Int, largest: Int) { enter(ticket, largest) }

  private func enter(_ ticket: Int, _ bytes: Int) {
    guard bytes > 0 else { return }
    tickets.withLock { $0[ticket] = bytes }
    underWay.wrappingAdd(bytes, ordering: .relaxed)
  }
}
