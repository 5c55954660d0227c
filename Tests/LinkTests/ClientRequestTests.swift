import ChipInterface
import HardwareSpec
import Link
import TestSupport
import Testing

/// What the client asks, and how it understands refusals.
@Suite struct ClientRequestTests {
  @Test func requestsNameSessionChipAndEpoch() throws {
    let test = try ClientCase()
    try test.write(seed: 2)
    #expect(try test.agrees())
    #expect(test.chip.info == test.local.info)
    for type in ["image.load", "weights.write", "run"] {
      let header = try required(test.server.heard(type).first, type).message.header
      #expect(header["session"] == .text("session-0-life-1"))
      #expect(header["chip"] == .text("0") && header["epoch"] == .integer(1))
    }
    let statistics = test.chip.statistics
    // hello, chip.info, session.open, lease.acquire; load, write, run.
    #expect(statistics.roundTrips == 7)
    #expect(statistics.bytesSent > 1000 && statistics.bytesReceived > 1000)
  }

  /// Codes that the client does not deal with itself come to the caller as they are.
  @Test(arguments: WireError.Code.allCases)
  func everyCodeIsUnderstood(code: WireError.Code) throws {
    let test = try ClientCase(options: .quick { $0.patience = 0.2 }) { server, heard in
      guard heard.type == "run" else { return false }
      server.refuse(heard, code, "why")
      return true
    }
    let error = test.error { _ = try test.chip.run(test.batch()) }
    switch code {
    case .noImage: #expect(error == .noImage)
    case .staleEpoch, .noLease, .cancelled:
      #expect(error == .remote(code: "stale_epoch", detail: "the lease was lost again at once"))
    case .noSession, .chipFailed, .lost, .shuttingDown:
      #expect(
        error
          == .connection(
            endpoint: test.server.endpoint, detail: "was started again too often during a request"))
    default: #expect(error == .remote(code: code.rawValue, detail: "why"))
    }
  }

  @Test func whatTheServerRefusesIsLookedUpHere() throws {
    let test = try ClientCase { server, heard in
      guard heard.type == "run" else { return false }
      server.refuse(heard, .chipRefused, "no")
      return true
    }
    var batch = test.batch()
    batch.inputs.units[5] = 99
    let error = test.error { _ = try test.chip.run(batch) }
    #expect(error == .spikeUnitOutOfRange(sample: 0, unit: 99, count: 8))
  }

  @Test func aRefusedWriteIsThrownByTheNextCallAndNobodyWantsTheRun() throws {
    let test = try ClientCase(
      script: first(1, "weights.write") { server, heard in
        server.refuse(heard, .chipRefused, "these weights not")
        return true
      })
    try test.chip.write([TestImage.block(for: test.server.spec, seed: 3)])
    let error = test.error { _ = try test.chip.run(test.batch()) }
    #expect(error == .remote(code: "chip_refused", detail: "these weights not"))
    #expect(try test.agrees())
    let sent = test.server.heard("run", "weights.write")
    #expect(sent.count == 3 && sent[1].message.header["after"] == .text(sent[0].id))
  }

  @Test(arguments: [512, 4096])
  func largePayloadsAreUploadedInPieces(frameBytes: Int) throws {
    var limits = ServerLimits()
    limits.frameBytes = frameBytes
    let test = try ClientCase(limits: limits)
    #expect(try test.agrees(samples: 40))
    let load = try required(test.server.heard("image.load").first, "load")
    #expect(load.bytes.count == 1)
    let puts = test.server.heard("put")
    let name = try required(puts.first, "put").message.header["upload"]
    var (offset, total) = (0, 0)
    for piece in puts where piece.message.header["upload"] == name {
      #expect(piece.message.header["offset"] == .integer(offset))
      #expect(piece.bytes[1].count <= frameBytes)
      offset += piece.bytes[1].count
      total = try piece.message.header.integer("total", 1...1 << 40)
    }
    #expect(offset == total && total > frameBytes)
  }

  @Test func anUploadThatLosesAPieceIsBegunAgain() throws {
    var limits = ServerLimits()
    limits.frameBytes = 1024
    nonisolated(unsafe) var lost = 0
    let test = try ClientCase(limits: limits) { server, heard in
      guard heard.type == "put", server.heard("put").count > 2, lost == 0 else { return false }
      lost += 1
      server.refuse(heard, .badHeader, "a piece is missing")
      return true
    }
    #expect(lost == 1)
    #expect(try test.agrees())
  }

  @Test func moreThanTheServerTakesIsNotSent() throws {
    var limits = ServerLimits()
    (limits.frameBytes, limits.uploadBytes) = (4096, 200_000)
    let test = try ClientCase(limits: limits)
    let before = test.server.heard("put").count
    let error = test.error { _ = try test.chip.run(test.batch(samples: 4000)) }
    guard case .remote("too_large", let detail)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(detail.hasSuffix("the server takes 200000; send smaller batches"))
    #expect(test.server.heard("put").count == before)
    #expect(try test.agrees())
  }

  /// Weights and the run behind them are one message, and are done once however often it is sent.
  @Test func weightsTravelWithTheRun() throws {
    let test = try ClientCase(
      options: .quick { $0.joinsWrites = true }, script: first(1, "run") { _, _ in true })
    for seed in UInt64(1)...3 {
      try test.write(seed: seed)
      try test.write(seed: seed + 100)
      #expect(try test.agrees(seed: seed))
    }
    #expect(test.server.heard("weights.write").isEmpty)
    let runs = test.server.heard("run")
    #expect(runs.count == 4 && runs[0].bytes == runs[1].bytes)
    #expect(try runs[3].message.array("blocks", Int32.self, shape: [nil, 6]).count == 12)
    // Without a run behind them they go by themselves.
    try test.write(seed: 9)
    _ = try? test.chip.commit()
    #expect(test.server.heard("weights.write").count == 1)
    #expect(try test.agrees())
  }

  @Test func weightsThatAreRefusedWithTheirRunAreDropped() throws {
    let test = try ClientCase(options: .quick { $0.joinsWrites = true }) { server, heard in
      guard heard.message.hasArray("blocks") else { return false }
      server.refuse(heard, .chipRefused, "these weights not")
      return true
    }
    try test.chip.write([TestImage.block(for: test.server.spec, seed: 3)])
    let error = test.error { _ = try test.chip.run(test.batch()) }
    #expect(error == .remote(code: "chip_refused", detail: "these weights not"))
    #expect(try test.agrees())
  }

  @Test func theChipIsChosenByName() throws {
    let server = try ScriptedServer()
    defer { server.stop() }
    server.chips = ["a", "b"]
    func error(_ chip: String?) -> ChipError? {
      do {
        _ = try RemoteChip(connecting: server.endpoint, .quick { $0.chip = chip })
        return nil
      } catch { return error }
    }
    #expect(
      error(nil)
        == .remote(
          code: "no_chip", detail: "one of the server's chips must be named; there are a, b"))
    #expect(
      error("c") == .remote(code: "no_chip", detail: "there is no chip 'c'; there are a, b"))
    #expect(error("b") == nil)
  }

  @Test(arguments: ["ipc:///tmp/synapus-nobody-here", "tcp://127.0.0.1:1"])
  func nobodyAnswers(endpoint: String) throws {
    do {
      _ = try RemoteChip(connecting: endpoint, timeout: 0.2)
      Issue.record("somebody answered")
    } catch {
      let detail = "did not answer within 0.2 s; is a server running there?"
      #expect(error == .connection(endpoint: endpoint, detail: detail))
    }
  }

  @Test(arguments: ["", "nonsense", "tcp://", "tcp://127.0.0.1", "carrier://pigeon"])
  func endpointsThatMakeNoSense(endpoint: String) {
    do {
      _ = try RemoteChip(connecting: endpoint, timeout: 0.2)
      Issue.record("somebody answered")
    } catch {
      guard case .connection(endpoint, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func statesStayOnTheServer() throws {
    let test = try ClientCase()
    guard case .remote("not_available", _)? = test.error({ _ = try test.chip.snapshot() }) else {
      Issue.record("a snapshot came")
      return
    }
  }

  @Test func theImageIsRead() throws {
    let image = try TestImage.make(for: ChipLibrary.chip("synapus-1"), seed: 9)
    let test = try ClientCase { server, heard in
      guard heard.type == "image.read" else { return false }
      server.grant(heard, [:], Payload(try ImageCoding.encode(image, spec: server.spec)))
      return true
    }
    #expect(try test.chip.readImage() == image)
  }
}
