import ChipInterface
import HardwareSpec
import Link
import TestSupport
import Testing

/// Makes a message as a peer would, and reads it as the other side does.
func roundTrip(_ fields: JSONObject, _ arrays: [WireArray]) throws -> Message {
  var header: JSONObject = ["type": .text("t"), "id": .text("1")]
  header.merge(fields)
  let message = try Message(
    frames: Message.frames(header: header, payload: Payload(arrays)), excess: 0,
    payloadLimit: 1 << 24)
  try message.verifyChecksums()
  return message
}

@Suite struct MessageTests {
  let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  @Test func arraysComeBack() throws {
    let message = try roundTrip(
      [:],
      [
        WireArray("a", [1, 2, 3] as [UInt8]), WireArray("b", [-1, 2] as [Int8]),
        WireArray("c", [Int32.min, 7, .max] as [Int32]), WireArray("d", [.max] as [UInt32]),
        WireArray("e", [Int.min, .max]), WireArray("f", [UInt64.max]),
        WireArray("g", [0.1, -.infinity, .leastNonzeroMagnitude, -0.0], shape: [2, 2]),
        WireArray("h", [UInt8]()),
      ])
    #expect(try message.array("a") == [1, 2, 3] as [UInt8])
    #expect(try message.array("b") == [-1, 2] as [Int8])
    #expect(try message.array("c") == [Int32.min, 7, .max] as [Int32])
    #expect(try message.array("d") == [.max] as [UInt32])
    #expect(try message.array("e") == [Int.min, .max])
    #expect(try message.array("f") == [UInt64.max])
    #expect(
      try message.array("g", shape: [2, nil]) == [0.1, -.infinity, .leastNonzeroMagnitude, -0.0])
    #expect(try message.array("h") == [UInt8]())
    #expect(throws: WireError.self) { try message.array("a", Int8.self) }
    #expect(throws: WireError.self) { try message.array("g", Double.self) }
    #expect(throws: WireError.self) { try message.array("z", Double.self) }
  }

  @Test func experimentsComeBack() throws {
    var experiment = TestImage.experiment(for: spec, samples: 7)
    experiment.sampleNumbers[3] = .max
    let core = try required(CoreOnChip(15, on: spec.geometry), "core")
    experiment.recorded.tracedCircuits = [
      try required(CircuitOnChip(core, column: 255, on: spec.geometry), "column")
    ]
    let message = try roundTrip(
      ExperimentCoding.fields(experiment), ExperimentCoding.arrays(experiment))
    #expect(try ExperimentCoding.decode(message, spec: spec) == experiment)
  }

  @Test(arguments: [7, 300, 70_000] as [UInt32])
  func inputSpikesMayBeNarrow(_ largest: UInt32) throws {
    var experiment = TestImage.experiment(for: spec, samples: 3)
    experiment.inputs = SpikeBatch(
      offsets: [0, 2, 2, 3], cycles: [0, largest, 5], units: [1, 0, largest])
    let arrays = ExperimentCoding.arrays(experiment, narrow: true)
    #expect(Payload(arrays).frame.count <= Payload(ExperimentCoding.arrays(experiment)).frame.count)
    let message = try roundTrip(ExperimentCoding.fields(experiment), arrays)
    #expect(try ExperimentCoding.decode(message, spec: spec) == experiment)
  }

  @Test func inputSpikesOfOtherTypesAreRefused() throws {
    let experiment = TestImage.experiment(for: spec, samples: 1)
    let count = experiment.inputs.spikeCount
    let others = [
      WireArray("cycles", [Double](repeating: 0, count: count)),
      WireArray("cycles", [Int32](repeating: 0, count: count)),
      WireArray("cycles", [UInt16](repeating: 0, count: count), shape: [count, 1]),
      WireArray("cycles", [UInt8](repeating: 0, count: count + 1)),
    ]
    for other in others {
      let arrays = ExperimentCoding.arrays(experiment).map { $0.name == "cycles" ? other : $0 }
      let message = try roundTrip(ExperimentCoding.fields(experiment), arrays)
      #expect(throws: WireError.self) { try ExperimentCoding.decode(message, spec: spec) }
    }
  }

  @Test func recordingsComeBack() throws {
    let chip = FakeChip(spec)
    try chip.load(TestImage.make(for: spec))
    var experiment = TestImage.experiment(for: spec, samples: 7)
    let core = try required(CoreOnChip(0, on: spec.geometry), "core")
    experiment.recorded.tracedCircuits = [
      try required(CircuitOnChip(core, column: 3, on: spec.geometry), "column")
    ]
    var recording = try chip.run(experiment)
    recording.counters.adcClipped = .max
    recording.hardwareSeconds = 0.1 + 0.2
    let message = try roundTrip(
      RecordingCoding.fields(recording),
      RecordingCoding.arrays(recording, tracedCircuits: 1))
    #expect(try RecordingCoding.decode(message) == recording)
  }

  @Test func weightsComeBack() throws {
    let core = try required(CoreOnChip(2, on: spec.geometry), "core")
    let blocks = [
      try TestImage.block(for: spec, seed: 5),
      WeightBlock(
        core: core, firstPair: 3, pairCount: 1, firstColumn: 9, columnCount: 2,
        values: .exact([0.25, -1e-9])),
      WeightBlock(
        core: core, firstPair: 0, pairCount: 0, firstColumn: 0, columnCount: 0,
        values: .steps([])),
      try TestImage.block(for: spec, seed: 6),
    ]
    let message = try roundTrip([:], WeightCoding.encode(blocks))
    #expect(try WeightCoding.decode(message, spec: spec) == blocks)
  }

  @Test func imagesComeBack() throws {
    let image = try TestImage.make(for: spec)
    let message = try roundTrip([:], try ImageCoding.encode(image, spec: spec))
    #expect(try ImageCoding.decode(message, spec: spec) == image)
  }

  @Test func serversComeBack() throws {
    var limits = ServerLimits()
    limits.sessions = 7
    let server = ServerDescription(
      build: "test", serverSession: "x", runEndpoint: "ipc:///a", eventEndpoint: "ipc:///b",
      limits: limits, features: ["compile"])
    let reply = Reply(id: "1", .message(type: "hello.ok", server.fields, nil))
    let message = try Message(frames: reply.frames, excess: 0, payloadLimit: 1 << 20)
    #expect(try ServerDescription(message) == server)
  }

  @Test func chipsComeBack() throws {
    for mismatch in [nil, 0.0, 0.2] {
      var chip = FakeChip(spec).info
      chip.mismatch = mismatch
      let body = Reply.Body.message(
        type: "chip.info.ok", ChipCoding.fields(chip, chip: "0"), ChipCoding.payload(chip))
      let message = try Message(
        frames: Reply(id: "1", body).frames, excess: 0, payloadLimit: 1 << 20)
      #expect(try ChipCoding.decode(message) == chip)
    }
  }

  @Test func repliesCarryErrors() throws {
    for code in WireError.Code.allCases {
      let error = WireError(code, "why", field: "f", limit: 1, actual: 2)
      let message = try Message(
        frames: Reply(id: "7", .failure(error)).frames, excess: 0, payloadLimit: 0)
      let refusal = try #require(message.refusal)
      #expect(refusal == (code.rawValue, "why"))
      #expect(message.id == "7")
      let body = try message.header.object("error")
      #expect(body["limit"] == .integer(1) && body["actual"] == .integer(2))
      #expect(body["request_id"] == .text("7"))
    }
  }

  // MARK: Messages that lie

  private func refusal(_ frames: [Frame], excess: Int = 0, limit: Int = 1 << 20) -> String? {
    do {
      let message = try Message(frames: frames, excess: excess, payloadLimit: limit)
      try message.verifyChecksums()
      return nil
    } catch let error as MalformedMessage {
      return error.error.code.rawValue
    } catch { return (error as? WireError)?.code.rawValue }
  }

  private func frames(_ header: String, _ payload: [UInt8]...) -> [Frame] {
    [Frame(Array("SYN1".utf8)), Frame(Array(header.utf8))] + payload.map { Frame($0) }
  }

  private func payload(
    _ array: String, bytes: Int = 8, crc: UInt32 = 0x8C28_B28A
  ) -> [Frame] {
    let entry = #"{"bytes":\#(bytes),"crc32c":\#(crc),"arrays":[\#(array)]}"#
    return frames(
      #"{"type":"run","id":"1","payload":[\#(entry)]}"#, Array(repeating: 0, count: 8))
  }

  @Test func framesAreCounted() {
    let good = frames(#"{"type":"ping","id":"1"}"#)
    #expect(refusal(good) == nil)
    #expect(refusal([]) == "bad_frame")
    #expect(refusal([good[0]]) == "bad_frame")
    #expect(refusal([good[1], good[0]]) == "bad_frame")
    #expect(refusal(good, excess: 9) == "bad_frame")
    #expect(refusal(good + [Frame([1])]) == "bad_payload")
    #expect(refusal(good + [Frame(Array(repeating: 0, count: 100))], limit: 99) == "too_large")
    #expect(refusal(frames(String(repeating: " ", count: 65_537))) == "too_large")
  }

  @Test func headersAreChecked() {
    for header in [
      "", "[]", "1", "{}", #"{"type":"ping"}"#, #"{"id":"1"}"#, #"{"type":1,"id":"1"}"#,
      #"{"type":"ping","id":1}"#, #"{"type":"ping","id":"1","payload":{}}"#,
      #"{"type":"ping","id":"\#(String(repeating: "x", count: 65))"}"#,
    ] { #expect(refusal(frames(header)) == "bad_header", "\(header)") }
  }

  @Test func arraysMustFillTheirFrame() {
    let zeros: (String, Int) -> String = { type, count in
      #"{"name":"a","dtype":"\#(type)","shape":[\#(count)]}"#
    }
    #expect(refusal(payload(zeros("u8", 8))) == nil)
    #expect(refusal(payload(zeros("u8", 3))) == nil)
    #expect(refusal(payload(zeros("f64", 1))) == nil)
    #expect(refusal(payload(zeros("u8", 8), crc: 1)) == "bad_payload")
    #expect(refusal(payload(zeros("u8", 9))) == "bad_payload")
    #expect(refusal(payload(zeros("u8", 0))) == "bad_payload")
    #expect(refusal(payload(zeros("f64", 2))) == "bad_payload")
    #expect(refusal(payload(zeros("f64", Int.max))) == "bad_payload")
    #expect(refusal(payload(zeros("u8", -1))) == "bad_header")
    #expect(refusal(payload(zeros("f16", 4))) == "bad_header")
    #expect(refusal(payload(zeros("u8", 8), bytes: 16)) == "bad_payload")
    #expect(refusal(payload("")) == "bad_payload")
    for shape in ["[]", "[1,1,1,1,8]", "8", "[8.0]", "[4611686018427387904,8]", "[null]"] {
      let entry = #"{"name":"a","dtype":"u8","shape":\#(shape)}"#
      #expect(refusal(payload(entry)) == "bad_header", "\(shape)")
    }
  }

  /// Every byte of every message that a client sends, changed in turn: understood or refused.
  @Test func survivesMutations() throws {
    let experiment = TestImage.experiment(for: spec, samples: 2)
    let weights = [try TestImage.block(for: spec, seed: 5)]
    var header = ExperimentCoding.fields(experiment)
    header["type"] = .text("run")
    header["id"] = .text("1")
    let arrays = ExperimentCoding.arrays(experiment) + WeightCoding.encode(weights)
    let good = Message.frames(header: header, payload: Payload(arrays))
    var random = SequentialRandom(seed: 9, stream: 1)
    for (place, frame) in good.enumerated() {
      for i in 0..<frame.count {
        var bytes = frame.bytes
        bytes[i] = UInt8.random(in: 0...255, using: &random)
        var frames = good
        frames[place] = Frame(bytes)
        guard let message = try? Message(frames: frames, excess: 0, payloadLimit: 1 << 20) else {
          continue
        }
        if place == 2 && bytes != frame.bytes {
          #expect(throws: WireError.self) { try message.verifyChecksums() }
        }
        _ = try? ExperimentCoding.decode(message, spec: spec)
        _ = try? WeightCoding.decode(message, spec: spec)
        _ = try? RecordingCoding.decode(message)
        _ = try? ServerDescription(message)
        _ = try? Request(message, on: .run)
      }
    }
  }
}
