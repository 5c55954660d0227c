import ChipInterface
import HardwareSpec
import Link
import Synchronization
import TestSupport
import Testing

/// A client of a scripted server, with the test image loaded, and the same chip at hand.
final class ClientCase {
  let server: ScriptedServer
  let chip: RemoteChip
  let local: FakeChip
  let troubles: Lines

  /// Starts both.
  init(
    limits: ServerLimits = ServerLimits(), options: RemoteOptions = .quick(),
    script: @escaping ScriptedServer.Script = { _, _ in false }
  ) throws {
    server = try ScriptedServer(limits: limits, script)
    let troubles = Lines()
    self.troubles = troubles
    var options = options
    options.onTrouble = { troubles.append($0) }
    do {
      chip = try RemoteChip(connecting: server.endpoint, options)
      local = FakeChip(server.spec)
      let image = try TestImage.make(for: server.spec)
      try chip.load(image)
      try local.load(image)
    } catch {
      server.stop()
      throw error
    }
  }

  deinit {
    chip.close()
    server.stop()
  }

  /// A mini-batch.
  func batch(samples: Int = 5, seed: UInt64 = 1) -> Experiment {
    TestImage.experiment(for: server.spec, samples: samples, seed: seed)
  }

  /// Writes weights to both chips.
  func write(seed: UInt64) throws {
    let block = try TestImage.block(for: server.spec, seed: seed)
    try chip.write([block])
    try local.write([block])
  }

  /// Whether a run gives the same as on the chip at hand.
  func agrees(samples: Int = 5, seed: UInt64 = 1) throws -> Bool {
    let batch = batch(samples: samples, seed: seed)
    return try chip.run(batch) == local.run(batch)
  }

  /// The error of a body; nil when there is none.
  func error(_ body: () throws -> Void) -> ChipError? {
    do {
      try body()
      return nil
    } catch { return error as? ChipError }
  }
}

/// Lines from any thread.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  func append(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

/// Does something with the first messages of a type, then lets the good server answer.
func first(
  _ count: Int, _ type: String, _ body: @escaping ScriptedServer.Script
) -> ScriptedServer.Script {
  let left = Mutex(count)
  return { server, heard in
    guard heard.type == type else { return false }
    let isDue = left.withLock { left in
      left -= 1
      return left >= 0
    }
    return isDue ? try body(server, heard) : false
  }
}
