import Glibc
import Synchronization

/// Where the threads of a team wait for each other, twice a tick.
///
/// A tick lasts microseconds, so that waiting threads spin; they yield when it takes long, for
/// machines with fewer processors than threads.
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
    var spins = 0
    while round.load(ordering: .acquiring) == before {
      spins &+= 1
      if spins > 4000 { sched_yield() }
    }
  }
}
