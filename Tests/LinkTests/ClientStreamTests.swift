import ChipInterface
import HardwareSpec
import Link
import TestSupport
import Testing

/// Results that come in chunks, in good order and in bad.
@Suite struct ClientStreamTests {
  /// A client of a server that changes the chunks of runs before it sends them.
  private func client(
    parts: Int, chunkBytes: Int = 4096,
    _ change: @escaping (inout [Reply.Body], inout Reply.Body) -> Void = { _, _ in }
  ) throws -> ClientCase {
    try ClientCase { server, heard in
      guard heard.type == "run" else { return false }
      var (chunks, answer) = try server.stream(heard, parts: parts, chunkBytes: chunkBytes)
      change(&chunks, &answer)
      for chunk in chunks { server.send(chunk, to: heard) }
      server.send(answer, to: heard)
      return true
    }
  }

  /// The words of a refused answer.
  private func refusal(_ test: ClientCase) -> String? {
    guard
      case .remote("bad_answer", let detail)? = test.error({
        _ = try test.chip.run(test.batch(samples: 40))
      })
    else { return nil }
    return detail
  }

  @Test(arguments: [(1, 1024), (1, 1 << 20), (2, 1024), (3, 4096), (7, 4096), (7, 1 << 20)])
  func partsAreJoined(parts: Int, chunkBytes: Int) throws {
    #expect(try client(parts: parts, chunkBytes: chunkBytes).agrees(samples: 40))
  }

  @Test(arguments: UInt64(1)...8)
  func chunksMayComeInAnyOrderAndTwice(seed: UInt64) throws {
    let test = try client(parts: 3, chunkBytes: 2048) { chunks, _ in
      var random = SequentialRandom(seed: seed, stream: 5)
      chunks += chunks.filter { _ in random.uniform() < 0.5 }
      chunks.shuffle(using: &random)
    }
    #expect(try test.agrees(samples: 40), "seed \(seed)")
  }

  @Test func creditIsGivenAsChunksComeAndWholeResultsAreAcknowledged() throws {
    let test = try client(parts: 4, chunkBytes: 1024)
    #expect(try test.agrees(samples: 40))
    // When the server has heard this run, it has heard the credit before it.
    #expect(try test.agrees(samples: 1))
    let run = try required(test.server.heard("run").first, "run")
    let credit = try run.message.header.integer("credit", 1...64)
    let given = test.server.heard("run.credit").map(\.message.header)
    #expect(!given.isEmpty)
    var last = 0
    for header in given {
      let received = try header.integer("received", 0...1000)
      #expect(received > last && header["credit"] == .integer(credit))
      #expect(header["target"] == .text(run.id))
      last = received
    }
    guard case .list(let acks)? = test.server.heard("run").dropFirst().first?.message.header["acks"]
    else {
      Issue.record("there are no acks")
      return
    }
    #expect(acks.contains(.text(run.id)))
  }

  @Test(arguments: ["digest", "bytes"])
  func wrongSumsAreRefused(key: String) throws {
    let test = try client(parts: 2) { _, answer in answer.set(key, .integer(12345)) }
    #expect(refusal(test)?.contains(key) == true)
  }

  @Test func aChunkThatIsDamagedIsRefused() throws {
    let test = try client(parts: 2) { chunks, _ in
      guard case .message(let type, let fields, let payload) = chunks[0] else { return }
      chunks[0] = .message(type: type, fields, payload?.damaged)
    }
    #expect(refusal(test)?.contains("checksum") == true)
  }

  @Test func aPartThatIsCutOffIsRefused() throws {
    let test = try client(parts: 2, chunkBytes: 1024) { chunks, answer in
      chunks.removeLast()
      answer.set("chunks", .integer(chunks.count))
    }
    #expect(refusal(test) == "a part of a result has no end")
  }

  @Test func partsOfOtherSamplesAreRefused() throws {
    let test = try client(parts: 3, chunkBytes: 1 << 20) { chunks, _ in
      guard case .message(let type, var fields, let payload) = chunks[1],
        case .object(var last)? = fields["last"]
      else { return }
      last["samples"] = .list([.integer(12), .integer(13)])
      fields["last"] = .object(last)
      chunks[1] = .message(type: type, fields, payload)
    }
    #expect(refusal(test) == "the parts of a result are not of consecutive samples")
  }

  /// Chunks that went to a connection that is dead are asked for.
  @Test func missingChunksAreAskedFor() throws {
    nonisolated(unsafe) var kept: (run: ScriptedServer.Heard, [Reply.Body], Reply.Body)?
    let test = try ClientCase { server, heard in
      switch heard.type {
      case "run":
        let (chunks, answer) = try server.stream(heard, parts: 3, chunkBytes: 2048)
        kept = (heard, chunks, answer)
        for (i, chunk) in chunks.enumerated() where i != 2 && i != 5 {
          server.send(chunk, to: heard)
        }
        server.send(answer, to: heard)
        return true
      case "request.attach":
        guard let (run, chunks, answer) = kept else { return false }
        let received = try heard.message.header.integer("received", 0...1000)
        server.grant(heard, ["target": .text(run.id), "state": .text("done")])
        for chunk in chunks[received...] { server.send(chunk, to: run) }
        server.send(answer, to: run)
        return true
      default: return false
      }
    }
    #expect(try test.agrees(samples: 40))
    let attaches = test.server.heard("request.attach").map(\.message.header)
    #expect(attaches.count == 1 && attaches.first?["received"] == .integer(2))
  }

  @Test func aResultThatNeverBecomesWholeIsReported() throws {
    let test = try ClientCase { server, heard in
      guard ["run", "request.attach"].contains(heard.type),
        let run = server.heard("run").first
      else { return false }
      if heard.type == "request.attach" {
        server.grant(heard, ["target": .text(run.id), "state": .text("done")])
      }
      let (chunks, answer) = try server.stream(run, parts: 3, chunkBytes: 2048)
      for chunk in chunks.dropFirst() { server.send(chunk, to: run) }
      server.send(answer, to: run)
      return true
    }
    #expect(refusal(test) == "chunks of the result are missing")
  }

  @Test func moreThanTheServersOwnLimitIsRefused() throws {
    var limits = ServerLimits()
    limits.resultBytes = 5000
    let test = try ClientCase(limits: limits) { server, heard in
      guard heard.type == "run" else { return false }
      let (chunks, answer) = try server.stream(heard, parts: 2, chunkBytes: 1024)
      for chunk in chunks { server.send(chunk, to: heard) }
      server.send(answer, to: heard)
      return true
    }
    #expect(refusal(test) == "a result is larger than the server's own limit")
  }

  @Test func spikesMayComeInNarrowArrays() throws {
    let test = try ClientCase { server, heard in
      guard heard.type == "run" else { return false }
      #expect(heard.message.header["narrow"] == .flag(true))
      let recording = try server.recording(heard.message)
      let samples = recording.spikes.sampleCount
      let arrays = [
        WireArray("offsets", recording.spikes.offsets),
        .narrow("cycles", recording.spikes.cycles), .narrow("units", recording.spikes.units),
        WireArray(
          "adc", recording.adc, shape: [samples, recording.adcTimes, recording.adcColumns]),
        WireArray("traces", [Double](), shape: [samples, 0, 0]),
      ]
      server.grant(heard, server.sums(recording), Payload(arrays))
      return true
    }
    #expect(try test.agrees(samples: 40))
  }

  @Test func narrowArraysAreAsWideAsTheirLargestValue() throws {
    let cases: [([UInt32], String)] = [
      ([], "u8"), ([0, 255, 7], "u8"), ([256, 1], "u16"), ([65_535], "u16"), ([65_536, 3], "u32"),
      ([.max], "u32"),
    ]
    for (values, type) in cases {
      guard case .object(let entry) = Payload([.narrow("cycles", values)]).json,
        case .list(let arrays)? = entry["arrays"], case .object(let array)? = arrays.first
      else { throw MissingValue(description: "array") }
      #expect(array["dtype"] == .text(type), "\(values)")
    }
  }

  @Test func checksumsOfPiecesMakeThatOfTheWhole() {
    var random = SequentialRandom(seed: 9, stream: 1)
    func sum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
      Array(bytes).withUnsafeBytes { CRC32C.checksum($0) }
    }
    for count in [0, 1, 3, 8, 1000, 4097, 100_000] {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let cut = count == 0 ? 0 : Int.random(in: 0...count, using: &random)
      let joined = CRC32C.joined(sum(bytes[..<cut]), sum(bytes[cut...]), bytes: count - cut)
      #expect(joined == sum(bytes[...]), "\(count) bytes cut at \(cut)")
    }
  }
}

extension Reply.Body {
  fileprivate mutating func set(_ key: String, _ value: JSONValue) {
    guard case .message(let type, var fields, let payload) = self else { return }
    fields[key] = value
    self = .message(type: type, fields, payload)
  }
}

extension Payload {
  /// The payload with one bit changed under the old checksum.
  fileprivate var damaged: Payload {
    var bytes = frame.bytes
    bytes[bytes.count / 2] ^= 1
    return Payload(frame: Frame(bytes), json: json)
  }
}
