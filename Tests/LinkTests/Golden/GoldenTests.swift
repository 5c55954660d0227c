import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// The files of `docs/protocol/golden`, from which clients in other languages are written.
///
/// `SYNAPUS_WRITE_GOLDEN=1` writes them anew.
@Suite struct GoldenTests {
  static let all = GoldenMessages.all
  private static let writes = ProcessInfo.processInfo.environment["SYNAPUS_WRITE_GOLDEN"] != nil

  @Test func filesAreAsWritten() throws {
    let folder = GoldenMessage.folder
    #expect(Set(Self.all.map(\.name)).count == Self.all.count)
    for message in Self.all {
      let file = folder.appending(path: message.name + ".syn")
      if Self.writes { try Data(message.file).write(to: file) }
      #expect(try Array(Data(contentsOf: file)) == message.file, "\(message.name)")
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(files) == Set(Self.all.map { $0.name + ".syn" }))
  }

  @Test(arguments: all.map(\.name)) func framesComeBack(name: String) throws {
    let golden = try Self.golden(name)
    let frames = GoldenMessage.frames(file: golden.file)
    #expect(frames.map(\.bytes) == golden.frames.map(\.bytes))
    guard golden.kind != .event else {
      let header = try JSONValue(parsing: frames[1].bytes)
      return #expect(header.json == frames[1].bytes)
    }
    let message = try Message(frames: frames, excess: 0, payloadLimit: 1 << 20)
    #expect(JSONValue.object(message.header).json == frames[1].bytes)
    #expect(golden.name.hasPrefix(message.type))
    if message.missingUploads.isEmpty { try message.verifyChecksums() }
  }

  /// What each request is understood as.
  static let commands: [String: String] = [
    "hello": "hello(oldest: 2, newest: 2)", "chip.info": "chipInfo",
    "session.open": "openSession(client: \"train yinyang, alice\")",
    "session.resume": "resumeSession", "session.close": "closeSession", "bye": "bye",
    "ping": "ping", "ping-bare": "ping",
    "lease.acquire":
      "acquireLease(LeaseTerms(mode: shared, timeToLive: 10000, note: \"training\", wait: 5000))",
    "lease.release": "releaseLease", "lease.break": "breakLeases", "status": "status",
    "cancel": "cancel(target: Optional(\"b5\"))", "request.state": "requestState(target: \"b5\")",
    "metrics": "metrics", "chip.reset": "resetChip", "server.stop": "stopServer",
    "put": "put(Piece(upload: \"u1\", offset: 0, total: 40))",
    "run.credit": "credit(target: \"b5\", Credit(received: 1, chunks: 8))",
    "request.attach": "attach(target: \"b5\", Credit(received: 1, chunks: 8))",
    "image.load": "work(loadImage(checkpointEvery: Optional(1)))",
    "image.load-upload": "work(loadImage(checkpointEvery: nil))", "image.read": "work(readImage)",
    "image.commit": "work(commitImage)", "weights.write": "work(writeWeights)",
    "run":
      "work(run(RunTerms(credit: 8, saysAccepted: true, saysProgress: true, durationTicks: 100)))",
    "run-weights":
      "work(run(RunTerms(credit: 8, saysAccepted: true, saysProgress: true, durationTicks: 100)))",
    "compile-lists":
      "work(compile(options: [Option(name: \"copies\", value: \"fc1=5\"), "
      + "Option(name: \"copies\", value: \"fc2=3\"), Option(name: \"seed\", value: \"1\")]))",
    "compile": "work(compile(options: [Option(name: \"seed\", value: \"1\")]))",
    "calibrate": "work(calibrate(options: []))",
  ]

  @Test func requestsAreUnderstood() throws {
    let requests = Self.all.filter { $0.kind == .control || $0.kind == .run }
    #expect(Set(requests.map(\.name)) == Set(Self.commands.keys))
    for golden in requests {
      let message = try Message(frames: golden.frames, excess: 0, payloadLimit: 1 << 20)
      let channel: Channel = golden.kind == .run ? .run : .control
      let request = try Request(message, on: channel)
      // The names of the types that enclose it are no part of what is said.
      let words = "\(request.command)".split(separator: ".").reduce(into: "") { text, word in
        guard let dropped = text.lastIndex(where: { !$0.isLetter && $0 != "_" }) else {
          return text = String(word)
        }
        text = String(text[...dropped]) + word
      }
      #expect(words == Self.commands[golden.name], "\(golden.name)")
      #expect(throws: WireError.self, "\(golden.name) on the other socket") {
        try Request(message, on: channel == .run ? .control : .run)
      }
    }
  }

  /// The keys around the command.
  @Test func addressesAreUnderstood() throws {
    let load = try Self.request("image.load")
    #expect(load.id == "b2" && load.chip == "0" && load.epoch == 17 && load.deadline == 60_000)
    #expect(load.session?.text == "0f5e9c3b6a7d48e2b1c4d7e8f9a0b1c2")
    let run = try Self.request("run")
    #expect(run.acks == ["b4"] && run.chip == nil && run.deadline == nil)
    #expect(
      try ExperimentCoding.decode(run.message, spec: ChipLibrary.chip("synapus-1"))
        == GoldenRun.described)
    #expect(try Self.request("ping-bare").session == nil)
    let joined = try Self.request("run-weights")
    #expect(joined.after == "b4" && run.after == nil)
    #expect(try joined.message.header.flag("narrow"))
    let spec = try ChipLibrary.chip("synapus-1")
    #expect(
      try WeightCoding.decode(joined.message, spec: spec)
        == WeightCoding.decode(Self.request("weights.write").message, spec: spec))
  }

  static func golden(_ name: String) throws -> GoldenMessage {
    try required(all.first { $0.name == name }, "golden message '\(name)'")
  }

  static func request(_ name: String) throws -> Request {
    let golden = try golden(name)
    let message = try Message(frames: golden.frames, excess: 0, payloadLimit: 1 << 20)
    return try Request(message, on: golden.kind == .run ? .run : .control)
  }
}
