import ChipInterface
import Foundation
import HardwareSpec
import Synchronization

/// Serves a chip over ZeroMQ: three sockets on one thread, the chip on another.
///
/// The protocol is written down in `docs/protocol.md`. The server uses the chip alone until it has
/// stopped.
public final class ChipServer: @unchecked Sendable {
  private let chip: any Chip
  private let requested: ServerEndpoints
  private let limits: ServerLimits
  private let build: String
  private let log: @Sendable (String) -> Void
  private let wakeUp: WakeUp
  private let shouldStop = Atomic<Bool>(false)
  private let condition = NSCondition()
  private var isServing = false
  private var boundEndpoint: String?
  private var loop: ServerLoop?

  /// Prepares a server of a chip at `ipc:///PATH` or `tcp://127.0.0.1:PORT` (port 0: any).
  ///
  /// `build` names the program in `hello`; `log` gets lines of JSON, one event each, from the
  /// server's thread.
  public init(
    chip: any Chip, endpoint: String, build: String = "synapus", limits: ServerLimits = .init(),
    log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(LinkError) {
    requested = try ServerEndpoints(binding: endpoint)
    (self.chip, self.limits, self.build, self.log) = (chip, limits, build, log)
    wakeUp = try WakeUp()
  }

  /// The endpoint that was bound and that clients connect to; before the start, the one requested.
  public var endpoint: String { condition.withLock { boundEndpoint ?? requested.control } }

  /// Binds the sockets and begins to serve, on a thread of its own; a server starts once.
  public func start() throws(LinkError) {
    let loop = try makeLoop()
    condition.withLock { (self.loop, isServing) = (loop, true) }
    let thread = Thread { [self] in
      serve()
      condition.withLock {
        isServing = false
        condition.broadcast()
      }
    }
    thread.name = "synapus-server"
    thread.start()
  }

  /// Serves to the end; when this returns the sockets are closed.
  private func serve() {
    condition.withLock { self.loop.take() }?.serve { shouldStop.load(ordering: .relaxed) }
  }

  /// Asks the server to end and waits until it has: what runs is cancelled, new requests are
  /// refused, subscribers are told.
  public func stop() {
    shouldStop.store(true, ordering: .relaxed)
    wakeUp.signal()
    waitUntilStopped()
  }

  /// Starts, and returns when the server was stopped from another thread.
  public func run() throws(LinkError) {
    try start()
    waitUntilStopped()
  }

  private func waitUntilStopped() {
    condition.withLock { while isServing { condition.wait() } }
  }

  private func makeLoop() throws(LinkError) -> ServerLoop {
    let context = try Context()
    try requested.claimPaths()
    let largest = limits.requestBytes + Message.largestHeader
    let control = try Socket(.router, context, largestFrame: 2 * Message.largestHeader)
    let run = try Socket(.router, context, largestFrame: largest)
    let events = try Socket(.publisher, context, largestFrame: 1024)
    let bound = try control.bind(requested.control)
    let description = ServerDescription(
      build: build, serverSession: Self.freshName(), runEndpoint: try run.bind(requested.run),
      eventEndpoint: try events.bind(requested.events), limits: limits, chip: chip.info)
    requested.protectPaths()
    condition.withLock { boundEndpoint = bound }
    return ServerLoop(
      sockets: (control, run, events), endpoints: requested,
      worker: ChipWorker(chip: chip, limits: limits, wakeUp: wakeUp), wakeUp: wakeUp,
      description: description, log: log)
  }

  private static func freshName() -> String {
    var random = SystemRandomNumberGenerator()
    return SessionToken(random.next(), random.next()).text
  }
}
