import Foundation

/// The server's workers, by number; used by the loop's thread.
struct WorkerPool {
  private let launches: [WorkerLaunch]
  private let limits: ServerLimits
  private var links: [WorkerLink?]
  /// Reports that do not come from a worker: that it could not be started.
  private var own: [(worker: Int, WorkerReport)] = []

  /// Starts all workers.
  init(_ launches: [WorkerLaunch], limits: ServerLimits) {
    (self.launches, self.limits) = (launches, limits)
    links = launches.map { _ in nil }
    for worker in launches.indices { start(worker) }
  }

  /// The workers that can be waited for, and what to wait on.
  var descriptors: [(worker: Int, descriptor: Int32)] {
    links.indices.compactMap { worker in links[worker].map { (worker, $0.descriptor) } }
  }

  /// The process numbers of the workers that are processes of their own.
  var processIDs: [Int32?] { links.map { $0?.processID } }

  /// Starts a worker; the one before has ended, or is ended now.
  mutating func start(_ worker: Int) {
    guard links.indices.contains(worker) else { return }
    if let old = links[worker] { Self.finish([old], isAwaited: false) }
    links[worker] = nil
    do {
      links[worker] = try WorkerLink(launches[worker], limits: limits)
    } catch { own.append((worker, .ended("it could not be started: \(error)"))) }
  }

  /// Gives an order; a worker that has ended has said so.
  func send(_ worker: Int, _ job: Int, _ order: WorkerOrder) {
    guard links.indices.contains(worker) else { return }
    links[worker]?.send(job: job, order)
  }

  /// Asks a worker to end an order early.
  func cancel(_ worker: Int, _ job: Int) {
    guard links.indices.contains(worker) else { return }
    links[worker]?.cancel(job: job)
  }

  /// What a worker has to say; a worker that has ended is not asked again.
  mutating func takeReports(_ worker: Int) -> [WorkerReport] {
    guard let reports = links[worker]?.takeReports() else { return [] }
    if case .ended? = reports.last { links[worker] = nil }
    return reports
  }

  /// What is to be said in place of workers that could not be started.
  mutating func takeOwnReports() -> [(worker: Int, WorkerReport)] {
    defer { own = [] }
    return own
  }

  /// Ends all workers.
  mutating func finish() {
    Self.finish(links.compactMap { $0 }, isAwaited: true)
    links = links.map { _ in nil }
  }

  /// Ends workers side by side, away from the loop: one that hangs is waited for before it is
  /// killed.
  private static func finish(_ links: [WorkerLink], isAwaited: Bool) {
    let group = DispatchGroup()
    for link in links {
      let given = GivenLink(link)
      group.enter()
      Thread {
        given.finish()
        group.leave()
      }.start()
    }
    if isAwaited { group.wait() }
  }
}

/// A link on its way to the thread that ends it; nobody else has it any more.
private final class GivenLink: @unchecked Sendable {
  private var link: WorkerLink?

  init(_ link: WorkerLink) { self.link = link }

  func finish() {
    link?.finish()
    link = nil
  }
}
