import CZeroMQShim
import Foundation
import Synchronization

/// Watches the memory of this process, because libzmq has no bound for a message that never ends.
///
/// What grows without being in the server's own books must be inside libzmq. The guard says so, and
/// the loop closes the sockets that hold it.
final class MemoryGuard: @unchecked Sendable {
  /// Unexplained growth that raises the alarm, in bytes.
  static let allowance = 96 << 20
  /// Time between two looks, in microseconds.
  private static let lookEvery: UInt32 = 10_000

  /// Books below this are exact enough to learn from, in bytes.
  private static let smallBooks = 16 << 20

  private let books: @Sendable () -> Int
  private let wakeUp: WakeUp
  private let baseline: Atomic<Int>
  /// The same of memory that is in use.
  private let baselineInUse: Atomic<Int>
  private let hasAlarm = Atomic<Bool>(false)
  private let shouldStop = Atomic<Bool>(false)
  private let isOver = DispatchSemaphore(value: 0)
  private let pageBytes = sysconf(Int32(_SC_PAGESIZE))

  /// Begins to watch; an alarm signals the wake-up.
  ///
  /// `books` counts the bytes that the server knows that it holds, from any thread.
  init(_ wakeUp: WakeUp, books: @escaping @Sendable () -> Int) {
    (self.wakeUp, self.books) = (wakeUp, books)
    baseline = Atomic(0)
    baselineInUse = Atomic(0)
    accept()
    let thread = Thread { [self] in
      watch()
      isOver.signal()
    }
    thread.name = "synapus-memory"
    thread.start()
  }

  /// Bytes of this process's own memory beyond what it had at the start and what the books explain.
  var growth: Int { unexplained - baseline.load(ordering: .relaxed) }

  /// The same of memory in use, which is slower to know; nil where the C library does not tell.
  ///
  /// When many small things are freed, much stays resident that nobody uses.
  var growthInUse: Int? {
    unexplainedInUse.map { $0 - baselineInUse.load(ordering: .relaxed) }
  }

  /// Whether the alarm was raised since the last call.
  func takeAlarm() -> Bool { hasAlarm.exchange(false, ordering: .relaxed) }

  /// Accepts what is there now as the new normal, so that the alarm is not raised for ever.
  func accept() {
    baseline.store(unexplained, ordering: .relaxed)
    baselineInUse.store(unexplainedInUse ?? 0, ordering: .relaxed)
  }

  /// Accepts that much is resident, and nothing of what is in use.
  func acceptResident() { baseline.store(unexplained, ordering: .relaxed) }

  /// Ends the thread.
  func stop() {
    shouldStop.store(true, ordering: .relaxed)
    isOver.wait()
    isOver.signal()
  }

  private func watch() {
    while !shouldStop.load(ordering: .relaxed) {
      usleep(Self.lookEvery)
      let growth = growth
      // What was accepted once and is gone now must not hide the next flood.
      if growth < 0, books() < Self.smallBooks {
        baseline.wrappingAdd(growth / 64, ordering: .relaxed)
      }
      guard growth > Self.allowance, !hasAlarm.exchange(true, ordering: .relaxed) else { continue }
      wakeUp.signal()
    }
  }

  /// Resident memory that is not shared with a worker, without what the books explain.
  private var unexplained: Int { Self.privateBytes(pageBytes) - books() }

  private var unexplainedInUse: Int? {
    let bytes = synapus_memory_in_use()
    return bytes > 0 ? Int(clamping: bytes) - books() : nil
  }

  /// Resident bytes that are this process's own, from `/proc/self/statm`.
  static func privateBytes(_ pageBytes: Int = sysconf(Int32(_SC_PAGESIZE))) -> Int {
    let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      let fields = buffer.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
        .map { $0.reduce(0) { $0 &* 10 &+ Int($1) &- 48 } }
      return fields.count > 2 ? (fields[1] - fields[2]) * pageBytes : 0
    }
  }
}
