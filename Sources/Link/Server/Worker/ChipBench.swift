import ChipInterface
import HardwareSpec

/// Does a worker's orders on its chip, on the chip's thread.
final class ChipBench {
  /// What the worker may hold.
  var limits = WorkerLimits() {
    didSet { slots.limits = limits }
  }
  let slots: ChipSlots
  private let services: WorkerServices
  private let sender: PacketSender
  private let aside = AsideThread()
  /// Mini-batches that were begun and not ended, by the numbers of their jobs.
  private var runs: [Int: SlicedRun] = [:]
  /// The one that the order is about.
  private var inWork: SlicedRun?

  /// Takes services; what happens is told by `sender`.
  init(_ services: WorkerServices, _ sender: PacketSender) {
    (self.services, self.sender) = (services, sender)
    slots = ChipSlots(services.chip)
  }

  private var spec: ChipSpec { services.chip.info.spec }

  /// Does an order and tells how it ended.
  func perform(
    _ job: Int, _ order: WorkerOrder, _ cancellation: Cancellation
  ) throws(PacketFault) {
    let clock = ContinuousClock()
    let start = clock.now
    inWork = nil
    do {
      switch try answer(job, order, cancellation) {
      case .done(var done):
        done.chipSeconds = (clock.now - start).seconds
        try sender.send(job: job, done)
      case .slice(var slice, let run):
        slice.chipSeconds = (clock.now - start).seconds
        try sender.send(job: job, slice)
        if run.isOver { runs[run.number] = nil }
      }
    } catch {
      if let run = inWork { end(run) }
      let seconds = (clock.now - start).seconds
      try sender.send(job: job, WireError(fromWorker: error), chipSeconds: seconds)
    }
  }

  /// Ends a run that failed or shall end: the slot is as it was before.
  private func end(_ run: SlicedRun) {
    runs[run.number] = nil
    run.rollBack(slots)
  }

  private enum Answer {
    case done(WorkerDone)
    case slice(WorkerSlice, of: SlicedRun)
  }

  private func answer(
    _ job: Int, _ order: WorkerOrder, _ cancellation: Cancellation
  ) throws -> Answer {
    switch order {
    case .load(let slot, let message): return .done(try load(slot, message))
    case .restore(let slot, let image):
      try requireNoRun(slot)
      try slots.restore(slot, image)
      return .done(WorkerDone(learns: slots.learns(slot)))
    case .write(let slot, let message): return .done(try write(slot, message))
    case .run(let slot, let message): return try run(job, slot, message, cancellation)
    case .proceed(let run): return try proceed(run, cancellation)
    case .drop(let run): return .done(drop(run))
    case .readImage(let slot):
      try requireNoRun(slot)
      return .done(WorkerDone(answer: .arrays([WireArray("image", try slots.imageBytes(slot))])))
    case .snapshot(let slot):
      try requireNoRun(slot)
      return .done(WorkerDone(answer: .state(try slots.currentState(slot).encoded())))
    case .forget(let slot):
      runs = runs.filter { $0.value.slot != slot }
      slots.forget(slot)
      return .done(WorkerDone())
    case .compile(let message, let options):
      return .done(try compile(message, options, cancellation))
    case .calibrate(let options): return .done(try calibrate(options, cancellation))
    }
  }

  private func requireNoRun(_ slot: Int) throws(WireError) {
    guard !runs.values.contains(where: { $0.slot == slot }) else {
      throw WireError(.internalError, "a run of the session is under way on the chip")
    }
  }
}

// MARK: Images and weights

extension ChipBench {
  private func load(_ slot: Int, _ message: Message) throws -> WorkerDone {
    try requireNoRun(slot)
    try message.verifyChecksums()
    let hash = try slots.load(slot, try message.array("image", UInt8.self))
    return WorkerDone(fields: ["image": .text(hash)], learns: slots.learns(slot))
  }

  private func write(_ slot: Int, _ message: Message) throws -> WorkerDone {
    try requireNoRun(slot)
    try message.verifyChecksums()
    try slots.write(slot, try WeightCoding.decode(message, spec: spec))
    return WorkerDone(fields: ["volatile": .flag(true)])
  }
}

// MARK: Runs

extension ChipBench {
  private func run(
    _ job: Int, _ slot: Int, _ message: Message, _ cancellation: Cancellation
  ) throws -> Answer {
    try requireNoRun(slot)
    try message.verifyChecksums()
    let experiment = try ExperimentCoding.decode(message, spec: spec)
    let image = try slots.image(slot)
    let expected = RecordingCoding.expectedBytes(experiment, image: image, spec: spec)
    try checkSize(expected)
    if message.hasArray("blocks") {
      try slots.write(slot, try WeightCoding.decode(message, spec: spec))
    }
    let isNarrow = try message.header.optionalFlag("narrow") ?? false
    let run = SlicedRun(
      job, slot: slot, experiment, expectedBytes: expected ?? 0, isNarrow: isNarrow)
    runs[job] = run
    return try slice(run, cancellation)
  }

  private func proceed(_ number: Int, _ cancellation: Cancellation) throws -> Answer {
    guard let run = runs[number] else {
      throw WireError(.internalError, "there is no such run under way on the chip")
    }
    return try slice(run, cancellation)
  }

  private func slice(_ run: SlicedRun, _ cancellation: Cancellation) throws -> Answer {
    inWork = run
    let slice = try run.next(on: slots, cancellation)
    try checkSize(run.bytes)
    return .slice(slice, of: run)
  }

  private func drop(_ number: Int) -> WorkerDone {
    if let run = runs[number] { end(run) }
    return WorkerDone()
  }

  private func checkSize(_ bytes: Int?) throws(WireError) {
    guard let bytes, bytes <= limits.resultBytes else {
      throw WireError(
        .tooLarge, "the recording is too large; run fewer samples or record less",
        field: "recording", limit: limits.resultBytes, actual: bytes)
    }
  }
}

// MARK: Services

extension ChipBench {
  private func compile(
    _ message: Message, _ options: [Command.Option], _ cancellation: Cancellation
  ) throws -> WorkerDone {
    guard let compile = services.compile else {
      throw WireError(.notAvailable, "this server does not compile")
    }
    try message.verifyChecksums()
    let network = try message.array("network", UInt8.self)
    let chip = try message.header.optionalText("chip", atMost: 64)
    let result = try aside.run(cancellation) {
      try compile(network, options.map { ($0.name, $0.value) }, chip, cancellation)
    }
    let arrays = [WireArray("image", result.image), WireArray("report", result.report)]
    try checkSize(Payload.size(of: arrays))
    return WorkerDone(answer: .arrays(arrays))
  }

  private func calibrate(
    _ options: [Command.Option], _ cancellation: Cancellation
  ) throws -> WorkerDone {
    guard let calibrate = services.calibrate else {
      throw WireError(.notAvailable, "this server has no calibration")
    }
    try slots.leaveChip()
    let table = try calibrate(
      services.chip, options.map { ($0.name, $0.value) }, cancellation)
    return WorkerDone(answer: .arrays([WireArray("table", table)]))
  }
}

extension WireError {
  /// What a chip says, as an error of the server.
  package init(_ error: ChipError) {
    switch error {
    case .cancelled: self.init(.cancelled, error.description)
    case .noImage: self.init(.noImage, error.description)
    default: self.init(.chipRefused, String(error.description.prefix(1000)))
    }
  }

  /// Whatever ended an order.
  init(fromWorker error: any Error) {
    switch error {
    case let error as WireError: self = error
    case let error as ChipError: self.init(error)
    case let error as WorkerRefusal: self.init(error)
    case PacketFault.noMemory(let bytes, let bound):
      self.init(
        .busy, "\(PacketFault.noMemory(bytes: bytes, bound: bound))", limit: bound, actual: bytes)
    default: self.init(.internalError, String("\(error)".prefix(1000)))
    }
  }

  private init(_ refusal: WorkerRefusal) {
    switch refusal {
    case .option(let name, let reason):
      self.init(
        .badHeader, "the option '\(name.prefix(64))' \(reason.prefix(900))", field: "options")
    case .network(let reason):
      self.init(.badPayload, String(reason.prefix(1000)), field: "network")
    case .refused(let reason): self.init(.chipRefused, String(reason.prefix(1000)))
    case .cancelled: self.init(.cancelled, "the request was cancelled")
    }
  }
}

extension Duration {
  /// In seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
