import Foundation
import Link
import TestSupport
import Testing

/// What the fuzzer found and what it learnt, given to the parsers again (`tools/fuzz/run`).
@Suite struct FuzzReplayTests {
  /// `Tests/Fuzz` of this package.
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fuzz")

  private static func inputs(_ name: String) throws -> [URL] {
    let folder = folder.appendingPathComponent(name)
    return try FileManager.default
      .contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }
  }

  @Test(arguments: FuzzTargets.all.map { $0.name }) func corpusIsTaken(name: String) throws {
    let type = try required(FuzzTargets.all.first { $0.name == name }, "target")
    let target = try type.init()
    let inputs = try Self.inputs(name)
    #expect(inputs.count >= 10, "\(name)")
    for input in try target.seeds().map({ ("seed", $0) })
      + inputs.map({ ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0))) })
    {
      #expect(throws: Never.self, "\(name)/\(input.0)") { try target.take(input.1) }
    }
    #expect(throws: Never.self, "\(name)") { try target.takeGood() }
  }

  /// Each seed, with bytes changed: what a fuzzer does in its first moment.
  @Test(arguments: FuzzTargets.all.map { $0.name }) func mutationsAreTaken(name: String) throws {
    let type = try required(FuzzTargets.all.first { $0.name == name }, "target")
    let target = try type.init()
    var random = FuzzRandom(state: 99)
    for seed in try target.seeds() {
      for round in 0..<(name == "journal" ? 40 : 400) {
        var bytes = seed
        for _ in 0..<random.next(4) + 1 {
          bytes[random.next(bytes.count)] ^= UInt8(random.next(256))
        }
        #expect(throws: Never.self, "\(name), round \(round)") { try target.take(bytes) }
      }
    }
    #expect(throws: Never.self, "\(name)") { try target.takeGood() }
  }
}

/// Numbers for mutations: xorshift64.
private struct FuzzRandom {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(max(1, bound)))
  }
}
