import ChipInterface
import Foundation
import HardwareSpec
import Synchronization

/// Serves chips over ZeroMQ: sockets and access on this side, each chip with a worker of its own.
///
/// The protocol is written down in `docs/protocol.md`, how to run a server in `docs/serving.md`.
public final class ChipServer: @unchecked Sendable {
  private let settings: ServerSettings
  private let requested: ServerEndpoints
  private let log: ServerLog
  private let wakeUp: WakeUp
  private let stopRequests = Atomic<Int>(0)
  private let condition = NSCondition()
  private var phase = Phase.prepared
  private var areWorkersReady = false
  private var bound: ServerEndpoints?
  private var metrics: String?
  private var authentication: (any Authenticating)?

  private enum Phase {
    case prepared, serving, over
  }

  /// How long the start waits for the chips, in seconds; slower ones are there later.
  private static let patience = 60.0

  /// Prepares a server; `log` gets lines of JSON, one event each, from any thread.
  public init(
    _ settings: ServerSettings, log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(LinkError) {
    try settings.check()
    requested = try ServerEndpoints(binding: settings.endpoint, hasKeys: settings.keys != nil)
    self.settings = settings
    self.log = try ServerLog(audit: settings.audit, sink: log)
    wakeUp = try WakeUp()
  }

  /// Prepares a server of one chip in this process, called `0`, without keys and journal.
  public convenience init(
    chip: any Chip, endpoint: String, build: String = "synapus", limits: ServerLimits = .init(),
    log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(LinkError) {
    let lent = LentChip(chip)
    let worker = WorkerLaunch.thread { WorkerServices(chip: lent.chip) }
    var settings = ServerSettings(
      endpoint: endpoint, chips: [ServedChip("0", worker)], build: build)
    settings.limits = limits
    // Without keys everybody is one user; only limits that were chosen hold for that one.
    if limits == ServerLimits() { settings.limits.sessionsPerUser = limits.sessions }
    try self.init(settings, log: log)
  }

  /// The endpoint that was bound and that clients connect to; before the start, the one requested.
  public var endpoint: String { condition.withLock { (bound ?? requested).control } }

  /// Where metrics are served over HTTP, once the server was started.
  public var metricsEndpoint: String? { condition.withLock { metrics } }

  /// Binds the sockets and begins to serve, on a thread of its own; a server starts once.
  ///
  /// Returns when the chips are there, or have failed.
  public func start() throws(LinkError) {
    let loop = LentLoop(try makeLoop())
    condition.withLock { phase = .serving }
    let thread = Thread { [self] in
      serve(loop.take())
      condition.withLock {
        phase = .over
        condition.broadcast()
      }
    }
    thread.name = "synapus-server"
    thread.start()
    let limit = Date(timeIntervalSinceNow: Self.patience)
    condition.withLock {
      while !areWorkersReady, phase == .serving, condition.wait(until: limit) {}
    }
  }

  /// Serves to the end; when this returns the sockets are closed.
  private func serve(_ loop: ServerLoop?) {
    loop?.serve { stopRequests.load(ordering: .relaxed) }
  }

  /// Asks the server to end, and does not wait; asking again ends it at once.
  ///
  /// What runs is cancelled and goes back to where it began, what is only in chips is made durable,
  /// new requests are refused, subscribers are told.
  public func requestStop() {
    stopRequests.wrappingAdd(1, ordering: .relaxed)
    wakeUp.signal()
  }

  /// Asks the server to end and waits until it has.
  public func stop() {
    requestStop()
    waitUntilStopped()
  }

  /// Starts, and returns when the server was stopped from another thread or by a client.
  public func run() throws(LinkError) {
    try start()
    waitUntilStopped()
  }

  /// Waits until the server has ended.
  public func waitUntilStopped() {
    condition.withLock { while phase == .serving { condition.wait() } }
  }

  /// Reads the users' keys again, and opens the audit file again.
  public func reload() {
    condition.withLock { authentication }?.reload()
    do {
      try log.reopen()
    } catch { log.write("audit.lost", ["detail": .text("\(error)")]) }
  }
}

// MARK: Starting

extension ChipServer {
  private func makeLoop() throws(LinkError) -> ServerLoop {
    let access = try settings.keys.map { path throws(LinkError) in try AccessList(path) }
    let context = try Context()
    // Before any socket is bound, so that nobody comes in unasked.
    let authentication = try access.map { list throws(LinkError) in
      try authenticate(context, list)
    }
    do throws(LinkError) {
      let parts = try makeParts(context, access, authentication)
      condition.withLock {
        (bound, self.authentication) = (parts.sockets.bound, authentication)
        metrics = parts.metrics?.endpoint
      }
      return ServerLoop(parts, workers: settings.workers.count) { [self] in
        condition.withLock {
          areWorkersReady = true
          condition.broadcast()
        }
      }
    } catch {
      authentication?.stop()
      throw error
    }
  }

  private func authenticate(
    _ context: Context, _ access: AccessList
  ) throws(LinkError) -> any Authenticating {
    if let other = settings.authentication { return try other(context, access) }
    return try AuthenticationHandler(context, access) { [log] in log.write($0, $1) }
  }

  private func makeParts(
    _ context: Context, _ access: AccessList?, _ authentication: (any Authenticating)?
  ) throws(LinkError) -> ServerLoop.Parts {
    let security = access.map { access in
      Socket.Security.server(access.serverKeys, domain: AuthenticationHandler.domain)
    }
    let sockets = try ServerSockets(
      requested, context, security ?? .none, frameBytes: settings.limits.frameBytes)
    let metrics = try settings.metrics.map { endpoint throws(LinkError) in
      try MetricsPage(endpoint, context)
    }
    let (journal, recovered) = try openJournal()
    let clock = ServerClock()
    let description = ServerDescription(
      build: settings.build, serverSession: clock.moment.freshToken.text,
      runEndpoint: sockets.bound.run, eventEndpoint: sockets.bound.events,
      limits: settings.limits, features: settings.features)
    let state = ServerState(
      description, chips: settings.chips.map(\.name), isDurable: settings.state != nil,
      recovered: recovered, at: clock.moment)
    log.write("server.started", ["endpoint": .text(sockets.bound.control)])
    let workers = WorkerPool(settings.workers, limits: settings.limits)
    let books = MemoryBooks()
    let isGuarded = settings.guardsMemory ?? settings.hasOnlyProcesses
    return ServerLoop.Parts(
      sockets: sockets, metrics: metrics, access: access, authentication: authentication,
      workers: workers, journal: journal,
      memory: isGuarded ? MemoryGuard(wakeUp) { books.bytes } : nil, books: books, log: log,
      wakeUp: wakeUp, state: state, limits: settings.limits, clock: clock)
  }

  private func openJournal() throws(LinkError) -> (Journal, RecoveredState) {
    do {
      let journal = try Journal(folder: settings.state, wakeUp: wakeUp)
      return (journal, try journal.recovered())
    } catch {
      throw .state(folder: settings.state ?? "", reason: error.reason)
    }
  }
}

extension JournalFault {
  /// The fault in words, for people.
  fileprivate var reason: String {
    switch self {
    case .full: return "the disk or the quota is full"
    case .readOnly: return "it may not be written"
    case .damaged(let detail): return "the journal is damaged: \(detail)"
    case .failed(let detail): return detail
    }
  }
}

/// Hands a chip to the worker's thread, which then has it alone.
private final class LentChip: @unchecked Sendable {
  let chip: any Chip

  init(_ chip: any Chip) { self.chip = chip }
}

/// Hands the loop to its thread, once.
private final class LentLoop: @unchecked Sendable {
  private var loop: ServerLoop?

  init(_ loop: ServerLoop) { self.loop = loop }

  func take() -> ServerLoop? {
    defer { loop = nil }
    return loop
  }
}
