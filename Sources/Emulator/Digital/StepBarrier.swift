import CEmulatorKernels
import Glibc
import Synchronization

/// Where the threads of a team wait for each other, once a step.
///
/// A step lasts some microseconds and threads come at nearly the same time: one that waits looks
/// again a few times before it lets others have its processor. Not more often: on a busy machine
/// the thread that it waits for may be among those others.
final class StepBarrier: Sendable {
  private let team: Int
  private let arrived = Atomic<Int>(0)
  private let round = Atomic<Int>(0)
  /// Looks before a thread yields; each takes some ten nanoseconds.
  private static let looks = 16

  init(team: Int) { self.team = team }

  /// Returns when all threads of the team have come.
  @inline(__always)
  func wait() {
    if team > 1 { waitForOthers() }
  }

  private func waitForOthers() {
    let before = round.load(ordering: .acquiring)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == team {
      arrived.store(0, ordering: .relaxed)
      round.add(1, ordering: .releasing)
      return
    }
    var looks = 0
    while round.load(ordering: .acquiring) == before {
      looks += 1
      if looks < Self.looks { synapus_pause() } else { sched_yield() }
    }
  }
}
