import Dispatch
import Foundation

/// Threads that work on one thing together and wait for each other.
///
/// Each has a thread of its own: a pool may start fewer than asked for, and those that wait at a
/// barrier would wait for ever.
enum ThreadTeam {
  /// Runs `body` once for each number below `count`, at the same time; 0 on the calling thread.
  static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let others = DispatchGroup()
    for index in 1..<max(count, 1) {
      others.enter()
      let thread = Thread {
        body(index)
        others.leave()
      }
      thread.start()
    }
    body(0)
    others.wait()
  }
}
