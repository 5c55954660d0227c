import Link

/// What a slot of the counter chip holds: an image, and the steps that were learnt since, in order.
///
/// A step is the number of the request that asked for it, so that one that is learnt twice shows.
struct SlotContent: Equatable {
  /// The image's name.
  var image: String
  var steps: [Int] = []

  init(image: String) { self.image = image }

  /// Reads image and state as they lie on disk; nil when the state is that of another image.
  init?(image: [UInt8], state: [UInt8]?) {
    self.image = String(decoding: image, as: UTF8.self)
    guard let state else { return }
    steps = Self.steps(of: state)
    guard state.starts(with: Array((self.image + ",").utf8)) else { return nil }
  }

  /// The state for a checkpoint: the image's name, then the steps.
  var state: [UInt8] {
    Array((image + "," + steps.map(\.description).joined(separator: ",")).utf8)
  }

  /// The steps in a state.
  static func steps(of state: [UInt8]) -> [Int] {
    String(decoding: state, as: UTF8.self).split(separator: ",").dropFirst().compactMap { Int($0) }
  }
}

/// A worker process with a chip that counts.
struct SimulatedWorker {
  /// A run of samples, that may be suspended between slices.
  struct Run {
    let id: String
    let slot, step, of: Int
    /// Bytes of recording a sample, and the length of its slices in samples.
    let bytes, slice: Int
    let learns: Bool
    var done = 0
  }

  /// How the process is.
  enum Life { case starting, ready, dead }

  var life = Life.starting
  /// Which process it is; what is under way of an earlier one is void.
  var process = 0
  var slots: [Int: SlotContent] = [:]
  /// Slots whose image has learning rules.
  var learning: Set<Int> = []
  var runs: [Int: Run] = [:]
  /// The order in work.
  var current: (job: Int, order: WorkerOrder)?
  var isCancelled = false
  /// When the last report will have come; reports keep their order.
  var lastReport = 0

  /// The process has ended.
  mutating func die() {
    life = .dead
    (slots, learning, runs) = ([:], [], [:])
    (current, isCancelled) = (nil, false)
  }

  /// Ends the order in work, and says how; nil when there is none.
  mutating func finish(seconds: Double) -> WorkerReport? {
    guard let (job, order) = current else { return nil }
    current = nil
    defer { isCancelled = false }
    if isCancelled {
      runs[job] = nil
      return Self.failure(job, .cancelled, seconds)
    }
    switch order {
    case .run(let slot, let message): return begin(job, slot, message, seconds)
    case .proceed(let run): return proceed(run, seconds)
    case .drop(let run):
      runs[run] = nil
      return Self.success(job, seconds: seconds)
    case .load(let slot, let message): return load(job, slot, message, seconds)
    case .restore(let slot, let stored):
      slots[slot] = SlotContent(image: stored.bytes, state: stored.state)
      if Self.learns(slots[slot]?.image) { learning.insert(slot) }
      return Self.success(job, seconds: seconds, learns: learning.contains(slot))
    case .write(let slot, let message): return write(job, slot, message, seconds)
    case .readImage(let slot): return Self.success(job, slots[slot]?.state, "image", seconds)
    case .snapshot(let slot): return Self.success(job, slots[slot]?.state, "state", seconds)
    case .forget(let slot):
      slots[slot] = nil
      learning.remove(slot)
      return Self.success(job, seconds: seconds)
    case .compile: return Self.success(job, Array("compiled".utf8), "image", seconds)
    case .calibrate: return Self.success(job, Array("a table".utf8), "table", seconds)
    }
  }

  // MARK: Orders

  private static func learns(_ image: String?) -> Bool { image?.hasSuffix("learns") ?? false }

  /// Whether the payload is the image that the header names, where it lies in one piece.
  private static func holds(_ message: Message, _ image: String) -> Bool {
    guard message.header["payload"] != nil else { return false }
    guard message.hasArray("image") else { return true }
    return (try? message.array("image", UInt8.self)).map { $0 == Array(image.utf8) } ?? false
  }

  private mutating func load(
    _ job: Int, _ slot: Int, _ message: Message, _ seconds: Double
  ) -> WorkerReport {
    guard (try? message.verifyChecksums()) != nil, let image = message.text("sim_image"),
      message.header["sim_refused"] == nil, Self.holds(message, image)
    else { return Self.failure(job, .chipRefused, seconds) }
    slots[slot] = SlotContent(image: image)
    if Self.learns(image) { learning.insert(slot) }
    return Self.success(job, seconds: seconds, learns: Self.learns(image))
  }

  private mutating func write(
    _ job: Int, _ slot: Int, _ message: Message, _ seconds: Double
  ) -> WorkerReport {
    guard slots[slot] != nil, let step = message.number("sim_step"),
      message.header["sim_refused"] == nil
    else { return Self.failure(job, .chipRefused, seconds) }
    slots[slot]?.steps.append(step)
    return Self.success(job, seconds: seconds)
  }

  private mutating func begin(
    _ job: Int, _ slot: Int, _ message: Message, _ seconds: Double
  ) -> WorkerReport {
    guard slots[slot] != nil, let step = message.number("sim_step"),
      let samples = message.number("sim_samples"), message.header["sim_refused"] == nil
    else { return Self.failure(job, .chipRefused, seconds) }
    runs[job] = Run(
      id: message.id, slot: slot, step: step, of: samples,
      bytes: message.number("sim_bytes") ?? 8, slice: message.number("sim_slice") ?? 1,
      learns: learning.contains(slot))
    return proceed(job, seconds)
  }

  /// Does the next slice; with the last one the step is learnt.
  private mutating func proceed(_ job: Int, _ seconds: Double) -> WorkerReport {
    guard var run = runs[job] else { return Self.failure(job, .internalError, seconds) }
    let samples = run.done..<min(run.of, run.done + run.slice)
    run.done = samples.upperBound
    let isLast = run.done == run.of
    let bytes = (0..<run.bytes * samples.count).map { i in
      UInt8(truncatingIfNeeded: run.step &* 31 &+ samples.lowerBound &* 7 &+ i)
    }
    runs[job] = isLast ? nil : run
    if isLast, run.learns { slots[run.slot]?.steps.append(run.step) }
    return .slice(
      job: job,
      .init(
        samples: samples, of: run.of, part: Payload([WireArray("data", bytes)]),
        chipSeconds: seconds, spikes: samples.count,
        sums: isLast ? ["hardware_seconds": .number(seconds), "counters": .object([:])] : nil))
  }

  // MARK: Reports

  private static func success(_ job: Int, seconds: Double, learns: Bool = false) -> WorkerReport {
    .finished(job: job, .init(.success([:], nil), chipSeconds: seconds, learns: learns))
  }

  private static func success(
    _ job: Int, _ bytes: [UInt8]?, _ name: String, _ seconds: Double
  ) -> WorkerReport {
    guard let bytes else { return failure(job, .chipRefused, seconds) }
    let payload = Payload([WireArray(name, bytes)])
    return .finished(job: job, .init(.success([:], payload), chipSeconds: seconds))
  }

  private static func failure(
    _ job: Int, _ code: WireError.Code, _ seconds: Double
  ) -> WorkerReport {
    .finished(
      job: job, .init(.failure(WireError(code, "the chip says so")), chipSeconds: seconds))
  }
}

extension Message {
  /// A whole number, or a text, of the header.
  func number(_ key: String) -> Int? { try? header.integer(key, Int.min...Int.max) }
  func text(_ key: String) -> String? { try? header.text(key) }
}
