import CZeroMQShim
import ChipInterface
import Foundation
import Synchronization

/// Where a worker's orders come in.
///
/// The chip's thread itself waits at the socket when it has nothing to do, so that an order wakes
/// one thread alone. When an order has lasted for some milliseconds, an alarm wakes the watch: it
/// waits at the socket until the order has ended, for a cancel or for the gateway's end. Short
/// orders never wake it.
final class WorkerInbox: @unchecked Sendable {
  /// How long an order runs before somebody looks for its cancel, in milliseconds.
  private static let patience: Int32 = 10

  /// What the thread at the socket has.
  fileprivate struct Post {
    let receiver: PacketReceiver
    var tasks: [WorkerTask] = []
    var fault: PacketFault?
    var isOver = false
  }

  private struct Current {
    let job: Int
    let cancellation: Cancellation
  }

  private let socket: Int32
  private let alarm: Int32
  // Locks that the thread sanitizer knows.
  private let postLock = NSLock()
  private var post: Post
  private let currentLock = NSLock()
  private var current: Current?
  private let isClosing = Atomic<Bool>(false)
  private let watchEnded = DispatchSemaphore(value: 0)

  /// Receives at a socket.
  init(socket: Int32) {
    self.socket = socket
    alarm = synapus_alarm_create()
    post = Post(receiver: PacketReceiver(socket: socket))
  }

  // MARK: The chip's thread

  /// Waits for a task; nil when there will be none.
  func next() throws(PacketFault) -> WorkerTask? {
    postLock.lock()
    defer { postLock.unlock() }
    while post.tasks.isEmpty, !post.isOver { post.receive(waits: true) }
    if let fault = post.fault { throw fault }
    return post.tasks.isEmpty || post.isOver ? nil : post.tasks.removeFirst()
  }

  /// An order begins.
  func begin(_ job: Int) -> Cancellation {
    let cancellation = Cancellation()
    currentLock.withLock { current = Current(job: job, cancellation: cancellation) }
    synapus_alarm_set(alarm, Self.patience)
    return cancellation
  }

  /// It has ended.
  func end() { currentLock.withLock { current = nil } }

  /// Ends the watch and closes the socket.
  func close() {
    isClosing.store(true, ordering: .releasing)
    synapus_alarm_set(alarm, 1)
    watchEnded.wait()
    synapus_wake_close(alarm)
    synapus_wake_close(socket)
  }

  // MARK: The watch

  /// Starts the watch.
  func watch() {
    let thread = Thread { [self] in
      while !isClosing.load(ordering: .acquiring) {
        _ = synapus_wait_readable(alarm, -1, -1)
        synapus_alarm_drain(alarm)
        while isBusy, lookForPackets() {}
      }
      watchEnded.signal()
    }
    thread.stackSize = 1 << 20
    thread.name = "synapus-watch"
    thread.start()
  }

  private var isBusy: Bool { currentLock.withLock { current != nil } }

  /// Waits at the socket; false when the chip's thread is back there, or all is over.
  private func lookForPackets() -> Bool {
    guard synapus_wait_readable(socket, -1, 1000) != 0 else { return true }
    guard postLock.try() else { return false }
    defer { postLock.unlock() }
    let count = post.tasks.count
    post.receive(waits: false)
    for case .cancel(let job) in post.tasks[count...] { cancel(job) }
    if post.isOver { cancel(nil) }
    return post.tasks.count > count && !post.isOver
  }

  /// Cancels the order in work, if it is that job's; nil: whosever it is.
  private func cancel(_ job: Int?) {
    currentLock.withLock {
      if let current, job == nil || current.job == job { current.cancellation.cancel() }
    }
  }
}

extension WorkerInbox.Post {
  /// The most tasks that can wait: the gateway gives one order at a time.
  private static var mostTasks: Int { 64 }

  /// Takes a packet, if there is one.
  fileprivate mutating func receive(waits: Bool) {
    do throws(PacketFault) {
      switch try receiver.receive(waits: waits) {
      case .packet(var packet):
        let task = try packet.task()
        // A cancel is for the order in work; when none is, it came too late.
        if case .cancel = task, waits { return }
        tasks.append(task)
        if tasks.count > Self.mostTasks { isOver = true }
      case .nothing: return
      case .end: isOver = true
      }
    } catch { (fault, isOver) = (error, true) }
  }
}
