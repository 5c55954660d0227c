import Link

/// What kind of world a seed makes: who is there, and how much goes wrong.
struct Scenario {
  var chips: [String]
  var users: [User]
  var isDurable: Bool
  var features: [String]
  var limits = ServerLimits()
  /// Honest clients and hostile ones.
  var honest, hostile: Int
  /// Pieces of work that an honest client wants done.
  var goal: Int
  /// How long things go wrong, in milliseconds; then the world heals.
  var troubleMilliseconds: Int
  /// Chances for a message to be lost or doubled, and its longest delay in milliseconds.
  var drop, duplicate: Double
  var delay: Int
  /// Chances for a transaction to fail, and for a read; longest time of either.
  var diskFault: Double
  var diskDelay: Int
  /// Chance for a worker to end instead of doing a step.
  var crash: Double
  /// Chances, a second: the server is killed; is stopped; the operator breaks leases.
  var kill, stop, breakLease: Double
  /// Chances, a second, for a client: it is stopped for a while; goes for ever; connects anew.
  var freeze, vanish, reconnect: Double

  init(_ dice: inout Dice) {
    chips = dice.chance(0.3) ? ["0", "east"] : ["0"]
    users = [
      User("ann", .runner), User("bob", .calibrator), User("cy", .runner, chips: ["0"]),
      User("vi", .viewer), .init("root", .admin),
    ]
    isDurable = !dice.chance(0.1)
    features = (dice.chance(0.4) ? ["compile"] : []) + (dice.chance(0.4) ? ["calibrate"] : [])
    (honest, hostile) = (dice.integer(1...5), dice.chance(0.4) ? dice.integer(1...2) : 0)
    goal = dice.integer(3...9)
    troubleMilliseconds = dice.integer(2_000...9_000)
    // Half of the worlds have little trouble of each kind, so that faults are seen alone too.
    func rate(_ most: Double) -> Double {
      dice.chance(0.5) ? 0 : most * Double(dice.integer(1...100)) / 100
    }
    (drop, duplicate, delay) = (rate(0.15), rate(0.15), dice.pick([1, 5, 20, 300]))
    (diskFault, diskDelay) = (rate(0.1), dice.pick([1, 10, 100, 1_000]))
    (crash, kill, stop, breakLease) = (rate(0.04), rate(0.3), rate(0.1), rate(0.2))
    (freeze, vanish, reconnect) = (rate(0.15), rate(0.05), rate(0.3))
    limits.frameBytes = dice.pick([64, 256, 4_096])
    (limits.uploadBytes, limits.resultBytes) = (
      dice.pick([200, 4_096]), dice.pick([2_000, 50_000])
    )
    limits.uploadTotalBytes = dice.pick([2 * limits.uploadBytes, 1 << 40])
    limits.resultTotalBytes = dice.pick([12_000, 1 << 40])
    (limits.queue, limits.credit) = (dice.integer(1...4), dice.integer(1...8))
    (limits.sessionsPerUser, limits.sessions) = (dice.integer(2...4), dice.integer(4...10))
    (limits.sessionIdleSeconds, limits.leaseMilliseconds) = (dice.integer(2...8), 3_000)
    limits.runTicks = 8 << 20
  }

  /// From now on nothing goes wrong.
  mutating func heal() {
    (drop, duplicate, delay) = (0, 0, min(delay, 20))
    (diskFault, diskDelay) = (0, min(diskDelay, 10))
    (crash, kill, stop, breakLease) = (0, 0, 0, 0)
    (freeze, vanish, reconnect) = (0, 0, 0)
  }
}
