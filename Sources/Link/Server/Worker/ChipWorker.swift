import CZeroMQShim
import ChipInterface
import Synchronization

/// A chip's worker: takes orders of the gateway one after the other until the gateway is gone.
public enum ChipWorker {
  /// The descriptor at which a worker process finds its socket.
  public static let descriptor: Int32 = 3

  /// Whether this process was started as a worker: its socket is there.
  public static var isStarted: Bool { synapus_socket_is_ours(descriptor) != 0 }

  /// Serves the gateway at the other end of a socket, and closes it; returns when the gateway is
  /// gone or has ended the worker.
  public static func serve(descriptor: Int32, _ services: WorkerServices) {
    let inbox = WorkerInbox(socket: descriptor)
    inbox.watch()
    let sender = PacketSender(socket: descriptor, waits: true, bound: WorkerLimits.sharedBytes)
    do {
      try sender.send(ready: services.chip.info)
      let bench = ChipBench(services, sender)
      while let task = try inbox.next() {
        switch task {
        case .configure(let limits): bench.limits = limits
        case .order(let job, let order):
          let cancellation = inbox.begin(job)
          defer { inbox.end() }
          try bench.perform(job, order, cancellation)
        case .refuse(let job, let error): try sender.send(job: job, error, chipSeconds: 0)
        case .cancel: continue
        }
      }
    } catch { try? sender.send(farewell: "\(error)") }
    inbox.close()
  }

  /// Tells the gateway why there will be no worker, and closes the socket.
  public static func refuse(descriptor: Int32, reason: String) {
    let sender = PacketSender(socket: descriptor, waits: true, bound: 0)
    try? sender.send(farewell: reason)
    synapus_wake_close(descriptor)
  }

  /// Makes a worker process end with its parent, and leaves Ctrl-C to that one.
  public static func followParent() { synapus_process_follow_parent("synapus-worker") }
}
