import CZeroMQShim
import ChipInterface
import Foundation

/// The gateway's side of one worker; used by the gateway's thread alone.
///
/// Nothing here waits for the worker, but `finish`.
package final class WorkerLink {
  /// How long a worker that was asked to end may take, and one that was killed, in milliseconds.
  private static let (grace, afterKill): (Int32, Int) = (2000, 500)
  /// Reports that are taken at once, so that others have their turn.
  private static let mostReports = 64

  private var socket: Int32
  private let sender: PacketSender
  private let receiver: PacketReceiver
  private let process: WorkerProcess?
  private var farewell: String?
  private var isEnded = false

  /// Starts a worker; its first report is `ready`.
  package convenience init(
    _ launch: WorkerLaunch, limits: ServerLimits = ServerLimits()
  ) throws(LinkError) {
    var sockets: [Int32] = [-1, -1]
    guard synapus_socket_pair(&sockets) == 0 else {
      throw .system(call: "socketpair", synapus_last_error())
    }
    do throws(LinkError) {
      let process = try Self.start(launch, socket: sockets[1])
      self.init(socket: sockets[0], process, limits)
    } catch {
      synapus_wake_close(sockets[0])
      throw error
    }
  }

  /// Takes a worker that somebody else started, at the other end of a socket that keeps packets
  /// apart.
  package convenience init(socket: Int32, limits: ServerLimits = ServerLimits()) {
    self.init(socket: socket, nil, limits)
  }

  private init(socket: Int32, _ process: WorkerProcess?, _ limits: ServerLimits) {
    (self.socket, self.process) = (socket, process)
    sender = PacketSender(socket: socket, waits: false, bound: WorkerLimits.sharedBytes)
    receiver = PacketReceiver(socket: socket)
    var bounds = WorkerLimits()
    bounds.resultBytes = limits.resultBytes
    bounds.slots = max(bounds.slots, limits.sessions)
    try? sender.send(bounds)
  }

  /// Starts the worker at the other end of the pair, which is the worker's from now on.
  private static func start(
    _ launch: WorkerLaunch, socket: Int32
  ) throws(LinkError) -> WorkerProcess? {
    switch launch {
    case .process(let program, let arguments):
      defer { synapus_wake_close(socket) }
      return try WorkerProcess.start(
        program: program, arguments: arguments, socket: socket)
    case .thread(let makeServices):
      let thread = Thread {
        do {
          ChipWorker.serve(descriptor: socket, try makeServices())
        } catch { ChipWorker.refuse(descriptor: socket, reason: "\(error)") }
      }
      thread.stackSize = 8 << 20
      thread.name = "synapus-chip"
      thread.start()
      return nil
    }
  }

  deinit { finish() }

  /// What becomes readable when there are reports; -1 when the worker has ended.
  package var descriptor: Int32 { socket }

  /// Buffers of shared memory that the worker has made for its reports and still has.
  package var bufferCount: Int { receiver.bufferCount }

  /// The worker's process; nil for a thread.
  package var processID: Int32? { process?.id }

  // MARK: Orders

  /// Gives an order; the worker has no other at the time.
  package func send(job: Int, _ order: WorkerOrder) {
    guard !isEnded else { return }
    do throws(PacketFault) {
      try sender.send(job: job, order)
    } catch {
      try? sender.sendRefusal(job: job, WireError(fromWorker: error))
    }
  }

  /// Asks the worker to end an order early.
  package func cancel(job: Int) {
    guard !isEnded else { return }
    try? sender.sendCancel(job: job)
  }

  // MARK: Reports

  /// The reports that came in; the last one is `ended` when the worker is gone.
  package func takeReports() -> [WorkerReport] {
    guard !isEnded else { return [] }
    var reports: [WorkerReport] = []
    if !sender.flush() { reports.append(end("it takes no orders", kills: true)) }
    while !isEnded, reports.count < Self.mostReports, let report = takeReport() {
      reports.append(report)
    }
    return reports
  }

  private func takeReport() -> WorkerReport? {
    do throws(PacketFault) {
      switch try receiver.receive(waits: false) {
      case .nothing: return nil
      case .end: return end("its thread has ended", kills: false)
      case .packet(var packet):
        let report = try packet.report()
        guard case .ended(let reason) = report else { return report }
        farewell = reason
        return takeReport()
      }
    } catch { return end("it sent what is no report: \(error)", kills: true) }
  }

  /// Closes the link and says why the worker has ended.
  private func end(_ reason: String, kills: Bool) -> WorkerReport {
    isEnded = true
    if kills { process?.kill() }
    synapus_wake_close(socket)
    socket = -1
    guard let process else { return .ended(farewell ?? reason) }
    var ending = process.waitToEnd(milliseconds: 20)
    if ending == nil {
      process.kill()
      ending = process.waitToEnd(milliseconds: Self.afterKill)
    }
    return .ended(farewell ?? (kills ? reason : ending ?? reason))
  }

  /// Asks the worker to end, waits for that, and kills it after two seconds.
  package func finish() {
    guard !isEnded else { return }
    synapus_socket_end(socket)
    let clock = ContinuousClock()
    let deadline = clock.now + .milliseconds(Int(Self.grace))
    while !isEnded, clock.now < deadline {
      if synapus_wait_readable(socket, -1, 50) != 0 { _ = takeReport() }
    }
    if !isEnded { _ = end("it did not end", kills: true) }
  }
}
