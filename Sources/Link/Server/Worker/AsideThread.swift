import ChipInterface
import Foundation

/// Does what cannot be interrupted on a thread of its own, so that its caller can be.
///
/// What was cancelled goes on unheard until it ends; the next one waits for that.
final class AsideThread {
  private final class Outcome<Value>: @unchecked Sendable {
    private let condition = NSCondition()
    private var result: Result<Value, any Error>?

    func put(_ value: Result<Value, any Error>) {
      condition.withLock {
        result = value
        condition.broadcast()
      }
    }

    /// The result, within so many seconds.
    func take(within seconds: Double) -> Result<Value, any Error>? {
      condition.withLock {
        if result == nil { _ = condition.wait(until: Date(timeIntervalSinceNow: seconds)) }
        return result
      }
    }
  }

  /// What only one thread has at a time.
  private struct Lent<Value>: @unchecked Sendable {
    let value: Value
  }

  private var isFree: () -> Bool = { true }

  /// Gives what the body gives, or throws when that is cancelled.
  func run<Value>(
    _ cancellation: Cancellation, _ body: @escaping () throws -> Value
  ) throws -> Value {
    while !isFree() {
      if cancellation.isCancelled { throw WorkerRefusal.cancelled }
    }
    let outcome = Outcome<Value>()
    let lent = Lent(value: body)
    let thread = Thread { outcome.put(Result { try lent.value() }) }
    thread.stackSize = 8 << 20
    thread.name = "synapus-compile"
    thread.start()
    isFree = { outcome.take(within: 0.02) != nil }
    var result: Result<Value, any Error>?
    while result == nil, !cancellation.isCancelled { result = outcome.take(within: 0.02) }
    guard let result, !cancellation.isCancelled else { throw WorkerRefusal.cancelled }
    return try result.get()
  }
}
