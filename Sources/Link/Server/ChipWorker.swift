import ChipInterface
import Foundation
import HardwareSpec

/// Does the chip's work on a thread of its own, one job after the other.
final class ChipWorker: @unchecked Sendable {
  private struct Job {
    let number: Int
    let work: Command.Work
    let message: Message
    let cancellation = Cancellation()
  }

  // Used by the worker's thread alone.
  private let chip: any Chip
  private let limits: ServerLimits
  private var image: ChipImage?

  // Guarded by the condition.
  private let condition = NSCondition()
  private var job: Job?
  private var results: [(job: Int, JobResult)] = []
  private var isOver = false

  private let wakeUp: WakeUp

  /// Takes a chip; `wakeUp` is signalled when a job has ended.
  init(chip: any Chip, limits: ServerLimits, wakeUp: WakeUp) {
    (self.chip, self.limits, self.wakeUp) = (chip, limits, wakeUp)
    let thread = Thread { [self] in work() }
    thread.stackSize = 8 << 20
    thread.name = "synapus-chip"
    thread.start()
  }

  /// Begins a job; the one before must have ended.
  func start(job number: Int, _ work: Command.Work, _ message: Message) {
    condition.withLock {
      job = Job(number: number, work: work, message: message)
      condition.signal()
    }
  }

  /// Asks a job to end early.
  func cancel(job number: Int) {
    condition.withLock {
      if let job, job.number == number { job.cancellation.cancel() }
    }
  }

  /// The jobs that ended since the last call.
  func takeResults() -> [(job: Int, JobResult)] {
    condition.withLock {
      defer { results = [] }
      return results
    }
  }

  /// Ends the thread, after the job that runs.
  func finish() {
    condition.withLock {
      isOver = true
      condition.signal()
    }
  }

  private func work() {
    while let job = nextJob() {
      let result = perform(job)
      condition.withLock {
        self.job = nil
        results.append((job.number, result))
      }
      wakeUp.signal()
    }
  }

  private func nextJob() -> Job? {
    condition.withLock {
      while job == nil && !isOver { condition.wait() }
      return isOver ? nil : job
    }
  }
}

// MARK: On the worker's thread

extension ChipWorker {
  private func perform(_ job: Job) -> JobResult {
    do {
      try job.message.verifyChecksums()
      switch job.work {
      case .loadImage: return try load(job)
      case .writeWeights: return try write(job)
      case .run: return try run(job)
      }
    } catch let error as WireError {
      return .failure(error)
    } catch let error as ChipError {
      return .failure(WireError(error))
    } catch {
      return .failure(WireError(.internalError, "\(error)"))
    }
  }

  private func load(_ job: Job) throws -> JobResult {
    let image = try ImageCoding.decode(job.message, spec: chip.info.spec)
    try chip.load(image)
    self.image = image
    return .success([:], nil)
  }

  private func write(_ job: Job) throws -> JobResult {
    try chip.write(try WeightCoding.decode(job.message, spec: chip.info.spec))
    return .success(["volatile": .flag(true)], nil)
  }

  private func run(_ job: Job) throws -> JobResult {
    let experiment = try ExperimentCoding.decode(job.message, spec: chip.info.spec)
    guard let image else { throw ChipError.noImage }
    try checkSize(RecordingCoding.expectedBytes(experiment, image: image, spec: chip.info.spec))
    let recording = try chip.run(experiment, cancellation: job.cancellation)
    let arrays = RecordingCoding.arrays(
      recording, tracedCircuits: experiment.recorded.tracedCircuits.count)
    try checkSize(arrays.reduce(0) { $0 + $1.paddedSize })
    return .success(RecordingCoding.fields(recording), Payload(arrays))
  }

  private func checkSize(_ bytes: Int?) throws {
    guard let bytes, bytes <= limits.resultBytes else {
      throw WireError(
        .tooLarge, "the recording is too large; run fewer samples or record less",
        field: "recording", limit: limits.resultBytes, actual: bytes)
    }
  }
}

extension WireError {
  /// What the chip says, as an error of the server.
  init(_ error: ChipError) {
    switch error {
    case .cancelled: self.init(.cancelled, error.description)
    case .noImage: self.init(.noImage, error.description)
    default: self.init(.chipRefused, String(error.description.prefix(1000)))
    }
  }
}
