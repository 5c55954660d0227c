/// How a run is shared out among threads: many samples side by side, or one sample's cores.
struct WorkPlan: Equatable {
  /// Samples of a group, which run in lockstep.
  let lockstep: Int
  /// Runners that work on groups of their own at the same time.
  let runners: Int
  /// Threads of each runner, which share its cores.
  let team: Int
  /// Groups of samples.
  let groups: Int

  /// The fewest cores for which a thread of a team is worth its waiting at barriers.
  private static let coresPerThread = 4

  /// Shares out a run; one `inOrder` has its samples one after the other, for they learn.
  init(samples: Int, cores: Int, threads: Int, inOrder: Bool = false) {
    lockstep = inOrder ? 1 : max(1, min(GroupRunner.lockstep, samples))
    groups = (samples + lockstep - 1) / lockstep
    runners = inOrder ? 1 : max(1, min(threads, groups))
    team = runners == 1 ? max(1, min(threads, cores / Self.coresPerThread)) : 1
  }
}
