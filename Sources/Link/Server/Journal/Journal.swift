import Foundation

/// The journal of a server, on a thread of its own: what must survive is written by transactions
/// in the order in which they were given, and read back when a server starts.
///
/// Results are taken by ``takeEvents()`` when the wake-up was signalled. Transactions that wait
/// together share one commit. ``close()`` must be called once.
package final class Journal: @unchecked Sendable {
  /// What waits at most for the disk; more is refused.
  private static let (mostOrders, mostBytes) = (4096, 1 << 30)
  /// What is committed at once at most.
  private static let (mostTogether, bytesTogether) = (64, 8 << 20)

  private enum Order {
    case write(ticket: Int, [JournalEntry])
    case fetch(ticket: Int, session: String, chip: String)

    var bytes: Int {
      if case .write(_, let entries) = self { return entries.reduce(0) { $0 + $1.bytes } }
      return 0
    }
  }

  private let store: JournalStore?
  private let wakeUp: WakeUp
  private let condition = NSCondition()
  // All of these under the condition.
  private var orders: [Order] = []
  private var waitingBytes = 0
  private var events: [ServerEvent] = []
  private var isClosing = false
  private var isOver: Bool
  private var counted = JournalFigures()

  /// Opens the journal of a state folder, or makes one; without a folder nothing is kept, and
  /// everything is answered at once.
  package init(
    folder: String?, wakeUp: WakeUp, quota: Int = 4 << 30
  ) throws(JournalFault) {
    store = try Self.open(folder, quota)
    self.wakeUp = wakeUp
    isOver = folder == nil
    guard folder != nil else { return }
    let thread = Thread { [self] in work() }
    thread.name = "synapus-journal"
    thread.start()
  }

  private static func open(
    _ folder: String?, _ quota: Int
  ) throws(JournalFault) -> JournalStore? {
    guard let folder else { return nil }
    return try JournalStore(folder: folder, quota: quota)
  }

  // MARK: For the server's thread

  /// What the journal holds; for the start.
  package func recovered() throws(JournalFault) -> RecoveredState {
    guard let store else { return RecoveredState() }
    return try store.recovered()
  }

  /// Writes entries in one transaction; `journaled` tells when it is on disk, or why it is not.
  package func write(ticket: Int, _ entries: [JournalEntry]) {
    add(.write(ticket: ticket, entries)) { .journaled(ticket: ticket, $0) }
  }

  /// Reads an image with its newest checkpoint; `fetched` brings it.
  package func fetch(ticket: Int, session: String, chip: String) {
    add(.fetch(ticket: ticket, session: session, chip: chip)) { _ in
      .fetched(ticket: ticket, nil)
    }
  }

  /// What has been done since the last call.
  package func takeEvents() -> [ServerEvent] {
    condition.withLock {
      defer { events = [] }
      return events
    }
  }

  /// Counts since the start, for the metrics.
  package var figures: JournalFigures {
    var figures = condition.withLock {
      var figures = counted
      figures.waiting = orders.count
      return figures
    }
    figures.bytes = store?.bytes ?? 0
    return figures
  }

  /// Finishes what waits, and lets go of the folder.
  package func close() {
    condition.withLock {
      isClosing = true
      condition.broadcast()
      while !isOver { condition.wait() }
    }
    store?.close()
  }

  private func add(_ order: Order, refused: (JournalFault?) -> ServerEvent) {
    let answered = condition.withLock {
      guard store != nil else {
        events.append(refused(nil))
        return true
      }
      if let fault = refusal(order) {
        counted.count(fault)
        events.append(refused(fault))
        return true
      }
      orders.append(order)
      waitingBytes += order.bytes
      condition.signal()
      return false
    }
    if answered { wakeUp.signal() }
  }

  private func refusal(_ order: Order) -> JournalFault? {
    guard !isClosing else { return .failed("the journal is closed") }
    guard orders.count < Self.mostOrders, waitingBytes + order.bytes <= Self.mostBytes else {
      return .failed(
        "the disk is too slow: \(orders.count) transactions with \(waitingBytes) bytes wait")
    }
    return nil
  }

  // MARK: For the journal's own thread

  private func work() {
    while let batch = nextBatch() {
      let done = perform(batch)
      condition.withLock { events += done }
      wakeUp.signal()
    }
    condition.withLock {
      isOver = true
      condition.broadcast()
    }
  }

  /// The next orders: one to fetch, or writes that may share a commit; nil at the end.
  private func nextBatch() -> [Order]? {
    condition.withLock {
      while orders.isEmpty, !isClosing { condition.wait() }
      guard !orders.isEmpty else { return nil }
      var (count, bytes) = (0, 0)
      for order in orders.prefix(Self.mostTogether) {
        guard case .write = order, count == 0 || bytes + order.bytes <= Self.bytesTogether else {
          break
        }
        (count, bytes) = (count + 1, bytes + order.bytes)
      }
      let batch = Array(orders.prefix(max(1, count)))
      orders.removeFirst(batch.count)
      waitingBytes -= batch.reduce(0) { $0 + $1.bytes }
      return batch
    }
  }

  private func perform(_ batch: [Order]) -> [ServerEvent] {
    guard let store else { return [] }
    if case .fetch(let ticket, let session, let chip)? = batch.first {
      return [.fetched(ticket: ticket, fetch(session, chip, store))]
    }
    var (tickets, transactions): ([Int], [[JournalEntry]]) = ([], [])
    for case .write(let ticket, let entries) in batch {
      tickets.append(ticket)
      transactions.append(entries)
    }
    let faults = store.write(transactions)
    condition.withLock {
      for fault in faults { counted.count(fault) }
    }
    return zip(tickets, faults).map { .journaled(ticket: $0, $1) }
  }

  private func fetch(_ session: String, _ chip: String, _ store: JournalStore) -> StoredImage? {
    do throws(JournalFault) {
      return try store.image(session: session, chip: chip)
    } catch {
      condition.withLock { counted.count(error) }
      return nil
    }
  }
}

/// Counts of a journal since it was opened.
package struct JournalFigures: Equatable, Sendable {
  /// Transactions that are on disk, and orders that failed.
  package var (commits, faults) = (0, 0)
  /// Orders that wait.
  package var waiting = 0
  /// Bytes of the file and its log.
  package var bytes = 0
  /// Why the last one failed.
  package var lastFault: JournalFault?

  mutating func count(_ fault: JournalFault?) {
    guard let fault else {
      commits += 1
      return
    }
    faults += 1
    lastFault = fault
  }
}
