import ChipInterface
import Foundation
import HardwareSpec
import Link
import TestSupport

/// A worker under test, as a gateway sees it.
final class TestWorker {
  let link: WorkerLink
  let info: ChipInfo
  private var reports: [WorkerReport] = []
  private var jobs = 0

  /// Starts a worker with a fake chip on a thread.
  convenience init(
    limits: ServerLimits = ServerLimits(), compile: WorkerServices.Compile? = nil,
    calibrate: WorkerServices.Calibrate? = nil, secondsPerSample: Double = 0
  ) throws {
    let services = UncheckedBox((compile, calibrate))
    try self.init(
      .thread {
        let chip = FakeChip(try ChipLibrary.chip("synapus-1"))
        chip.secondsPerSample = secondsPerSample
        return WorkerServices(
          chip: chip, compile: services.value.0, calibrate: services.value.1)
      }, limits: limits)
  }

  /// Starts a worker and waits until it is there.
  init(_ launch: WorkerLaunch, limits: ServerLimits = ServerLimits()) throws {
    link = try WorkerLink(launch, limits: limits)
    let first = try Self.report(of: link, into: &reports)
    guard case .ready(let info) = first else {
      throw MissingValue(description: "the worker said \(first) in place of ready")
    }
    self.info = info
  }

  /// The next report, within five seconds.
  func nextReport() throws -> WorkerReport { try Self.report(of: link, into: &reports) }

  static func report(
    of link: WorkerLink, into reports: inout [WorkerReport]
  ) throws -> WorkerReport {
    let deadline = Date(timeIntervalSinceNow: 5)
    while reports.isEmpty {
      guard Date.now < deadline else { throw MissingValue(description: "there is no report") }
      var place = pollfd(fd: link.descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&place, 1, 100)
      reports += link.takeReports()
    }
    return reports.removeFirst()
  }

  // MARK: Orders

  /// Gives an order under a fresh number.
  @discardableResult
  func give(_ order: WorkerOrder) -> Int {
    jobs += 1
    link.send(job: jobs, order)
    return jobs
  }

  /// Does an order that is no run.
  func perform(_ order: WorkerOrder) throws -> WorkerReport.Outcome {
    let job = give(order)
    return try finished(job)
  }

  /// The outcome of an order.
  func finished(_ job: Int) throws -> WorkerReport.Outcome {
    let report = try nextReport()
    guard case .finished(job, let outcome) = report else {
      throw MissingValue(description: "the worker said \(report) in place of finished")
    }
    return outcome
  }

  /// The fields of an order that must succeed, and its payload.
  @discardableResult
  func succeed(_ order: WorkerOrder) throws -> (JSONObject, Payload?) {
    switch try perform(order).result {
    case .success(let fields, let payload): return (fields, payload)
    case .failure(let error): throw error
    }
  }

  /// The error of an order that must fail.
  func failure(of order: WorkerOrder) throws -> WireError {
    switch try perform(order).result {
    case .success: throw MissingValue(description: "error")
    case .failure(let error): return error
    }
  }

  /// Runs a mini-batch to its end: its slices.
  func run(slot: Int, _ experiment: Experiment) throws -> [WorkerReport.Slice] {
    var slices: [WorkerReport.Slice] = []
    var job = give(.run(slot: slot, try Self.run(experiment)))
    let run = job
    while true {
      let report = try nextReport()
      switch report {
      case .slice(job, let slice):
        slices.append(slice)
        if slice.sums != nil { return slices }
        job = give(.proceed(run: run))
      case .finished(job, let outcome):
        if case .failure(let error) = outcome.result { throw error }
        throw MissingValue(description: "slice")
      default: throw MissingValue(description: "slice, but \(report)")
      }
    }
  }

  /// The recording of a mini-batch, joined from its slices.
  func recording(slot: Int, _ experiment: Experiment) throws -> Recording {
    let slices = try run(slot: slot, experiment)
    let sums = try required(slices.last?.sums, "sums")
    var recordings = try slices.map { slice in
      var header = sums
      header["payload"] = .list([slice.part.json])
      return try RecordingCoding.decode(Self.message("run.ok", header, frames: [slice.part.frame]))
    }
    // The sums are those of the whole run, whatever the part.
    for i in recordings.indices.dropLast() {
      (recordings[i].counters, recordings[i].hardwareSeconds) = (RunCounters(), 0)
      recordings[i].energy = EnergyUse()
    }
    return try required(try Recording(joining: recordings), "slice")
  }

  // MARK: Messages

  static func message(
    _ type: String, _ fields: JSONObject, frames: [Frame]
  ) throws -> Message {
    var header: JSONObject = ["type": .text(type), "id": .text("1")]
    header.merge(fields)
    return try Message(
      frames: [Message.magic, Frame(JSONValue.object(header).json)] + frames, excess: 0,
      payloadLimit: 1 << 30)
  }

  static func message(
    _ type: String, _ fields: JSONObject = [:], _ arrays: [WireArray]
  ) throws -> Message {
    let payload = Payload(arrays)
    var header = fields
    header["payload"] = .list([payload.json])
    return try message(type, header, frames: [payload.frame])
  }

  /// Options as a request brings them.
  static func options(_ options: JSONObject) throws -> [Command.Option] {
    let message = try message("calibrate", ["options": .object(options)], frames: [])
    guard case .work(.calibrate(let list)) = try Request(message, on: .run).command else {
      throw MissingValue(description: "list of options")
    }
    return list
  }

  static func load(_ image: ChipImage, _ spec: ChipSpec) throws -> Message {
    try message("image.load", [:], try ImageCoding.encode(image, spec: spec))
  }

  static func write(_ blocks: [WeightBlock]) throws -> Message {
    try message("weights.write", [:], WeightCoding.encode(blocks))
  }

  static func run(_ experiment: Experiment) throws -> Message {
    try message(
      "run", ExperimentCoding.fields(experiment), ExperimentCoding.arrays(experiment))
  }
}

/// Takes a value across threads that the test does not use on two of them at a time.
struct UncheckedBox<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
