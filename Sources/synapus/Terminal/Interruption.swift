import ChipInterface
import Dispatch
import Foundation
import Synchronization

/// What Ctrl-C and `kill` do: the first asks the command to end, the second ends it at once.
enum Interruption {
  private struct State {
    var isWatched = false
    var isLeft = false
    var count = 0
    var handlers: [@Sendable () -> Void] = []
  }

  private static let state = Mutex(State())
  private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

  /// Set by the first signal; long commands hand it to the chip.
  static let cancellation = Cancellation()

  /// Installs the handlers, once, before anything else runs.
  static func install() {
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { received(number) }
      source.resume()
      sources.append(source)
    }
  }

  /// Promises that the command looks at ``cancellation``; `handler` runs on the first signal.
  ///
  /// A command that promises nothing is ended by the first signal.
  static func watch(_ handler: @escaping @Sendable () -> Void = {}) {
    let isLate = state.withLock { state in
      state.isWatched = true
      state.handlers.append(handler)
      return state.count > 0
    }
    if isLate { handler() }
  }

  /// Leaves signals to the parent process, which ends this one when it needs it no longer.
  static func leaveToParent() { state.withLock { $0.isLeft = true } }

  private static func received(_ number: Int32) {
    if state.withLock({ $0.isLeft }) { return }
    cancellation.cancel()
    let (handlers, endsNow) = state.withLock { state in
      state.count += 1
      return (state.count == 1 ? state.handlers : [], !state.isWatched || state.count > 1)
    }
    if endsNow {
      TemporaryFiles.removeAll()
      _exit(128 + number)
    }
    Console.say("ending; once more ends at once")
    for handler in handlers { handler() }
  }
}
