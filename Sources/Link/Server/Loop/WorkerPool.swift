/// The server's workers, by number; used by the loop's thread.
struct WorkerPool {
  private let launches: [WorkerLaunch]
  private var links: [WorkerLink?]
  /// Reports that do not come from a worker: that it could not be started.
  private var own: [(worker: Int, WorkerReport)] = []

  /// Starts all workers.
  init(_ launches: [WorkerLaunch]) {
    self.launches = launches
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
    links[worker]?.finish()
    links[worker] = nil
    do {
      links[worker] = try WorkerLink(launches[worker])
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
    for link in links { link?.finish() }
    links = links.map { _ in nil }
  }
}
