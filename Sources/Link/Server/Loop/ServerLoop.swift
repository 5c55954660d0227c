import Foundation

/// The one thread that owns the server's sockets: it feeds the state, and does what it says.
///
/// A turn takes a bounded number of messages of each kind, so that control is never kept waiting by
/// bulk, by workers or by slow readers.
final class ServerLoop: @unchecked Sendable {
  /// What the loop works with, made before its thread starts.
  struct Parts {
    var sockets: ServerSockets
    var metrics: MetricsPage?
    var access: AccessList?
    var authentication: (any Authenticating)?
    var workers: WorkerPool
    var journal: Journal
    var memory: MemoryGuard?
    var books: MemoryBooks
    var log: ServerLog
    var wakeUp: WakeUp
    var state: ServerState
    var limits: ServerLimits
    var clock: ServerClock
  }

  /// Messages of one kind that a turn takes.
  static let controlTurn = 32
  static let runTurn = 8
  /// The longest wait, in milliseconds; ten ticks a second.
  private static let tickEvery = 100
  /// The wait while messages wait for their readers, in milliseconds.
  private static let outboxEvery = 2

  var parts: Parts
  var outbox = Outbox()
  var tally = LoopTally()
  var subscribers = 0
  /// Answers to the metrics that the loop itself asked for.
  var metricsText: [UInt8]?
  private var lastTick = 0
  private var losses = 0
  private(set) var isOver = false
  private var events: [ServerEvent] = []
  private var isHandling = false
  /// Workers that have not reported yet since the start; called when there is none.
  private var silent: Set<Int>
  private let whenReady: @Sendable () -> Void

  /// Makes a loop; `whenReady` is called once all workers have reported.
  init(_ parts: Parts, workers: Int, whenReady: @escaping @Sendable () -> Void) {
    self.parts = parts
    self.whenReady = whenReady
    silent = Set(0..<workers)
    losses = parts.access?.losses ?? 0
  }

  /// Serves until the state halts; `stopRequests` counts how often somebody wanted an end.
  func serve(_ stopRequests: () -> Int) {
    var stops = 0
    while !isOver {
      turn()
      let asked = min(stopRequests(), 2)
      while stops < asked, !isOver {
        stops += 1
        handle(.stop(atOnce: stops == 2))
      }
    }
    finish()
  }

  private func turn() {
    var polled = [parts.sockets.control, parts.sockets.run, parts.sockets.events]
    if let metrics = parts.metrics { polled.append(metrics.socket) }
    let workers = parts.workers.descriptors
    let ready = Socket.poll(
      polled, descriptors: workers.map(\.descriptor) + [parts.wakeUp.descriptor],
      milliseconds: patience)
    if ready.last == true { parts.wakeUp.drain() }
    if ready[0] { receive(.control, atMost: Self.controlTurn) }
    for (i, worker) in workers.enumerated() where ready[polled.count + i] || isTickDue {
      for report in parts.workers.takeReports(worker.worker) { hear(worker.worker, report) }
    }
    for (worker, report) in parts.workers.takeOwnReports() { hear(worker, report) }
    for event in parts.journal.takeEvents() {
      parts.books.settle(event)
      handle(event)
    }
    if ready[1] { receive(.run, atMost: Self.runTurn) }
    if ready[2] { hearSubscribers() }
    if parts.metrics != nil { serveMetrics() }
    retry()
    tick()
    if parts.memory?.takeAlarm() == true { lookAtMemory() }
  }

  private var isTickDue: Bool { parts.clock.milliseconds - lastTick >= Self.tickEvery }

  private var patience: Int {
    let untilTick = max(0, lastTick + Self.tickEvery - parts.clock.milliseconds)
    return outbox.isEmpty ? untilTick : min(untilTick, Self.outboxEvery)
  }

  private func tick() {
    guard isTickDue else { return }
    lastTick = parts.clock.milliseconds
    handle(.tick)
    forgetSubscribers()
  }

  /// Those whose keys were taken away could go on listening: all have to show theirs again.
  private func forgetSubscribers() {
    guard let access = parts.access, access.losses != losses else { return }
    losses = access.losses
    reopen { sockets throws(LinkError) in try sockets.reopenEvents() }
    subscribers = 0
  }

  private func hear(_ worker: Int, _ report: WorkerReport) {
    handle(.worker(chip: worker, report))
    if !silent.isEmpty {
      silent.remove(worker)
      if silent.isEmpty { whenReady() }
    }
  }

  private func finish() {
    if !silent.isEmpty { whenReady() }
    parts.memory?.stop()
    parts.workers.finish()
    parts.journal.close()
    retry()
    parts.sockets.finish()
    parts.authentication?.stop()
  }

  /// Gives an event to the state, and does what it says; what happens meanwhile comes after that.
  func handle(_ event: ServerEvent) {
    events.append(event)
    guard !isHandling else { return }
    isHandling = true
    defer { isHandling = false }
    while !events.isEmpty, !isOver {
      for effect in parts.state.handle(events.removeFirst(), at: parts.clock.moment) {
        if case .halt = effect { isOver = true }
        perform(effect)
      }
    }
  }
}

/// What only the loop can count.
struct LoopTally {
  /// Messages of users without a right to be here.
  var strangers = 0
  /// Messages that were given up because nobody took them.
  var undelivered = 0
  /// How often the memory guard closed the sockets.
  var floods = 0
}

/// Time and chance for the state.
struct ServerClock: Sendable {
  private let start = SuspendingClock.now

  /// Milliseconds since the server's start.
  var milliseconds: Int {
    let elapsed = start.duration(to: .now).components
    return Int(elapsed.seconds) * 1000 + Int(elapsed.attoseconds / 1_000_000_000_000_000)
  }

  /// Now, with a token for a session that is opened now.
  var moment: Moment {
    var random = SystemRandomNumberGenerator()
    return Moment(
      milliseconds: milliseconds, freshToken: SessionToken(random.next(), random.next()))
  }
}
