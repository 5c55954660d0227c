import ChipInterface
import Foundation
import HardwareSpec
import Link
import Synchronization

/// Many clients that share one chip: who gets how much, who waits how long, and whether the server
/// still answers questions at once.
struct SharingBench {
  static let clients = 32
  private static let seconds = 10.0
  private static let samples = 100

  let endpoint: String

  struct Result {
    /// The largest deviation of a client's share from the mean, over the mean.
    var fairness: Double
    /// Seconds that the slowest mini-batch took, queue included.
    var longestWait: Double
    /// 99 % of the answers to `status` came within so many seconds.
    var statusP99: Double
  }

  /// What the clients tell.
  private final class Tally: Sendable {
    struct Content {
      var ready = 0, ended = 0
      var turns: [TurnTally]
      var failures: [String] = []
    }
    let content: Mutex<Content>
    let isCounting = Atomic<Bool>(false)
    let shouldStop = Atomic<Bool>(false)

    init(clients: Int) {
      content = Mutex(Content(turns: Array(repeating: TurnTally(), count: clients)))
    }
  }

  func run() throws -> Result {
    let tally = Tally(clients: Self.clients)
    for number in 0..<Self.clients {
      let thread = Thread { [endpoint] in
        do {
          try Self.work(endpoint, number, tally)
        } catch { tally.content.withLock { $0.failures.append("\(error)") } }
        tally.content.withLock { $0.ended += 1 }
      }
      thread.stackSize = 1 << 20
      thread.start()
    }
    defer {
      tally.shouldStop.store(true, ordering: .relaxed)
      while tally.content.withLock({ $0.ended }) < Self.clients { usleep(10_000) }
    }
    while tally.content.withLock({ $0.ready + $0.ended }) < Self.clients { usleep(10_000) }
    tally.isCounting.store(true, ordering: .relaxed)
    let p99 = try statusLatency(seconds: Self.seconds)
    tally.isCounting.store(false, ordering: .relaxed)
    let content = tally.content.withLock { $0 }
    if let failure = content.failures.first { throw Failure(.connection, failure) }
    let rates = content.turns.map { $0.rate(over: Self.seconds) }
    let mean = rates.reduce(0, +) / Double(Self.clients)
    let fairness = rates.map { abs($0 / max(mean, 1e-9) - 1) }.max() ?? 0
    let longest = content.turns.map(\.longestWait).max() ?? 0
    return Result(fairness: fairness, longestWait: longest, statusP99: p99)
  }

  private static func work(_ endpoint: String, _ number: Int, _ tally: Tally) throws {
    let chip = try RemoteChip(connecting: endpoint, timeout: 20, client: "bench \(number)")
    defer { chip.close() }
    let workload = try ImageWorkload(chip.info.spec, images: samples)
    try chip.load(workload.image)
    let experiment = workload.inference(chip.info.spec)
    _ = try chip.run(experiment)
    tally.content.withLock { $0.ready += 1 }
    let start = ResourceClock()
    while !tally.shouldStop.load(ordering: .relaxed) {
      let clock = ResourceClock()
      _ = try chip.run(experiment)
      guard tally.isCounting.load(ordering: .relaxed) else { continue }
      let (waited, now) = (clock.seconds, start.seconds)
      tally.content.withLock { $0.turns[number].note(waited: waited, at: now) }
    }
  }

  /// The 99th percentile of the time to an answer, asked 40 times a second.
  private func statusLatency(seconds: Double) throws -> Double {
    let query = try ServerQuery(endpoint)
    let clock = ResourceClock()
    var latencies: [Double] = []
    while clock.seconds < seconds {
      let asked = ResourceClock()
      _ = try query.status()
      latencies.append(asked.seconds)
      usleep(25_000)
    }
    return latencies.percentile(0.99)
  }
}

/// When a client's mini-batches ended, and how long each was waited for.
struct TurnTally: Sendable {
  private var ends: [(at: Double, waited: Double)] = []

  /// Notes a mini-batch.
  mutating func note(waited: Double, at now: Double) { ends.append((now, waited)) }

  /// The longest that one was waited for.
  var longestWait: Double { ends.map(\.waited).max() ?? 0 }

  /// Mini-batches a second over whole turns: from the first batch behind a long wait to the last
  /// such one, so that it does not matter how many turns a window happens to hold.
  func rate(over seconds: Double) -> Double {
    let starts = ends.indices.filter { ends[$0].waited > longestWait / 2 }
    guard let first = starts.first, let last = starts.last, last > first else {
      return Double(ends.count) / seconds
    }
    return Double(last - first) / (ends[last].at - ends[first].at)
  }
}
