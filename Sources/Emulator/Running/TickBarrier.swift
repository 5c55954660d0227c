import Glibc
import Synchronization

/// Where the threads of a team wait for each other, twice a tick.
///
/// A tick lasts microseconds, too short for a thread to sleep. Threads that wait yield at once:
/// where processors share a core, or are virtual, one that spins slows down the one it waits for.
final class TickBarrier: Sendable {
  private let team: Int
  private let arrived = Atomic<Int>(0)
  private let round = Atomic<Int>(0)

  init(team: Int) { self.team = team }

  /// Returns when all threads of the team have come.
  func wait() {
    if team == 1 { return }
    let before = round.load(ordering: .acquiring)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == team {
      arrived.store(0, ordering: .relaxed)
      round.add(1, ordering: .releasing)
      return
    }
    while round.load(ordering: .acquiring) == before { sched_yield() }
  }
}
