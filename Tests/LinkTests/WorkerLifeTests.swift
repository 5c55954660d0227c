import ChipInterface
import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// Workers come and go, and nothing that they send or are sent harms the other side.
@Suite struct WorkerLifeTests {
  private let spec: ChipSpec
  private let image: ChipImage

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    image = try TestImage.make(for: spec)
  }

  private func reason(_ link: WorkerLink) throws -> String {
    var reports: [WorkerReport] = []
    guard case .ended(let reason) = try TestWorker.report(of: link, into: &reports) else {
      throw MissingValue(description: "end")
    }
    #expect(link.descriptor == -1)
    #expect(link.takeReports().isEmpty)
    return reason
  }

  // MARK: Ends

  @Test(
    arguments: [
      ("exit 0", "its process ended with exit code 0"),
      ("exit 3", "its process ended with exit code 3"),
      ("kill -SEGV $$", "its process was ended by signal SEGV"),
      ("kill -KILL $$", "its process was ended by signal KILL"),
    ]) func processesTellHowTheyEnded(script: String, reason expected: String) throws
  {
    let link = try WorkerLink(.process(program: "/bin/sh", arguments: ["-c", script]))
    #expect(try required(link.processID, "process") > 0)
    #expect(try reason(link) == expected)
  }

  @Test func processesHaveOnlyTheirSocket() throws {
    let open = "/proc/self/fd/[4-9] /proc/self/fd/[1-9][0-9]"
    // The listing itself has the folder open at the shell's first free number.
    let script = "n=$(ls -d \(open) 2>/dev/null | wc -l); test -S /proc/self/fd/3 && exit $n"
    let file = try required(FileHandle(forReadingAtPath: "/proc/self/exe"), "file")
    defer { try? file.close() }
    let link = try WorkerLink(.process(program: "/bin/sh", arguments: ["-c", script]))
    #expect(try reason(link).hasPrefix("its process ended with exit code 0"))
  }

  @Test func absentProgramsAreToldAtOnce() {
    #expect(throws: LinkError.system(call: "posix_spawn", ENOENT)) {
      try WorkerLink(.process(program: "/no/such/program", arguments: []))
    }
  }

  @Test func stuckProcessesAreKilled() throws {
    let link = try WorkerLink(
      .process(program: "/bin/sh", arguments: ["-c", "exec 3>&-; exec sleep 100"]))
    // It closed its socket and lives: that is the end of it.
    #expect(try reason(link) == "its process was ended by signal KILL")
  }

  @Test func finishEndsAWorker() throws {
    let worker = try TestWorker(secondsPerSample: 100)
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let batch = TestImage.experiment(for: spec, samples: 2)
    worker.give(.run(slot: 1, try TestWorker.run(batch)))
    worker.link.finish()
    #expect(worker.link.descriptor == -1)
    worker.give(.readImage(slot: 1))
    worker.link.cancel(job: 1)
    #expect(worker.link.takeReports().isEmpty)
  }

  @Test func servicesThatCannotBeMadeAreToldInWords() throws {
    let link = try WorkerLink(.thread { throw MissingValue(description: "there is no chip") })
    #expect(try reason(link) == "there is no chip")
  }

  // MARK: Services

  private func compile(_ options: JSONObject = ["seed": .text("1")]) throws -> WorkerOrder {
    let message = try TestWorker.message(
      "compile", ["chip": .text("0")], [WireArray("network", [UInt8](repeating: 7, count: 100_000))]
    )
    return .compile(message, try TestWorker.options(options))
  }

  @Test func compiles() throws {
    let worker = try TestWorker(compile: { network, options, chip, _ in
      (Array(network.reversed()), Array("\(options[0])\(chip ?? "")".utf8))
    })
    let (_, payload) = try worker.succeed(try compile())
    let part = try required(payload, "payload")
    let message = try TestWorker.message(
      "compile.ok", ["payload": .list([part.json])], frames: [part.frame])
    #expect(try message.array("image", UInt8.self).count == 100_000)
    let report = String(decoding: try message.array("report", UInt8.self), as: UTF8.self)
    #expect(report == "(name: \"seed\", value: \"1\")0")
  }

  @Test func anOptionMayComeSeveralTimes() throws {
    let worker = try TestWorker(compile: { _, options, _, _ in
      ([], Array(options.map { "\($0.name)=\($0.value)" }.joined(separator: ";").utf8))
    })
    let copies = JSONValue.list([.text("fc1=5"), .text("fc2=3")])
    let (_, payload) = try worker.succeed(
      try compile(["copies": copies, "seed": .text("1"), "none": .list([])]))
    let part = try required(payload, "payload")
    let message = try TestWorker.message(
      "compile.ok", ["payload": .list([part.json])], frames: [part.frame])
    let report = String(decoding: try message.array("report", UInt8.self), as: UTF8.self)
    #expect(report == "copies=fc1=5;copies=fc2=3;seed=1")
  }

  @Test func faultsOfServicesAreFailures() throws {
    let worker = try TestWorker(
      compile: { _, options, _, _ in
        switch options[0].value {
        case "1": throw WorkerRefusal.refused(reason: "it does not fit")
        default: throw MissingValue(description: "a fault")
        }
      },
      calibrate: { chip, options, _ in
        guard options.isEmpty else {
          throw WorkerRefusal.option(name: options[0].name, reason: "is unknown")
        }
        return Array(chip.info.kind.utf8)
      })
    let refusal = try worker.failure(of: try compile())
    #expect(refusal == WireError(.chipRefused, "it does not fit"))
    guard case .compile(let message, _) = try compile() else { return }
    let fault = try worker.failure(
      of: .compile(message, try TestWorker.options(["seed": .text("2")])))
    #expect(fault == WireError(.internalError, "a fault"))
    let option = try worker.failure(of: .calibrate(try TestWorker.options(["x": .text("")])))
    #expect(option == WireError(.badHeader, "the option 'x' is unknown", field: "options"))
    let (_, table) = try worker.succeed(.calibrate([]))
    #expect(try required(table, "table").frame.bytes.starts(with: Array("fake".utf8)))
    #expect(try TestWorker().failure(of: try compile()).code == .notAvailable)
    #expect(try TestWorker().failure(of: .calibrate([])).code == .notAvailable)
  }

  @Test func compilationsAreCancelledAtOnce() throws {
    let worker = try TestWorker(compile: { network, _, _, cancellation in
      while !cancellation.isCancelled { Thread.sleep(forTimeInterval: 0.01) }
      return (network, network)
    })
    for _ in 0..<3 {
      let job = worker.give(try compile())
      Thread.sleep(forTimeInterval: 0.03)
      worker.link.cancel(job: job)
      guard case .failure(let error) = try worker.finished(job).result else {
        throw MissingValue(description: "error")
      }
      #expect(error.code == .cancelled)
    }
  }

  // MARK: Memory

  /// Results that are kept keep their memory; results that are let go give it back.
  @Test func buffersComeBack() throws {
    let spec = spec
    let worker = try TestWorker(
      .thread { WorkerServices(chip: LearningChip(spec, LearnerLog(), codes: 4000)) })
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let run = try TestWorker.run(TestImage.experiment(for: spec, samples: 8))
    let first = try slice(worker, run)
    let bytes = first.part.frame.bytes
    #expect(bytes.count > 20_000)
    let before = try (descriptors: Self.count("/proc/self/fd"), maps: Self.sharedMaps())
    for number in 2...10_000 {
      let frame = try slice(worker, run).part.frame
      // Every result is that of its own run.
      #expect(frame.withBytes { $0[frame.count - 8] } == UInt8(8 * number & 0xFF))
    }
    #expect(worker.link.bufferCount <= 3)
    // Other tests of this process have theirs at the same time.
    #expect(try Self.sharedMaps() <= before.maps + 500)
    #expect(try Self.count("/proc/self/fd") <= before.descriptors + 500)
    #expect(first.part.frame.bytes == bytes)
  }

  private func slice(_ worker: TestWorker, _ run: Message) throws -> WorkerReport.Slice {
    let job = worker.give(.run(slot: 1, run))
    guard case .slice(job, let slice) = try worker.nextReport() else {
      throw MissingValue(description: "slice")
    }
    return slice
  }

  private static func count(_ folder: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: folder).count
  }

  private static func sharedMaps() throws -> Int {
    let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
    return maps.split(separator: "\n").count { $0.contains("memfd:synapus") }
  }

  @Test func framesOutliveTheirWorker() throws {
    var frames: [Frame] = []
    var bytes: [[UInt8]] = []
    do {
      let worker = try TestWorker()
      try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
      for _ in 0..<3 {
        let (_, payload) = try worker.succeed(.readImage(slot: 1))
        frames.append(try required(payload, "image").frame)
        bytes.append(frames[frames.count - 1].bytes)
      }
      worker.link.finish()
    }
    #expect(frames.map(\.bytes) == bytes)
  }
}
