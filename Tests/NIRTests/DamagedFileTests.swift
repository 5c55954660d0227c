import Foundation
import Testing

import HardwareSpec
import NIR

/// Damaged files give an error or a graph: never a crash, a hang or a flood of memory.
@Suite struct DamagedFileTests {
  private static let limits: NIRLimits = {
    var limits = NIRLimits()
    (limits.bytes, limits.seconds) = (1 << 24, 1)
    return limits
  }()

  /// Reads the bytes as a file; tells whether they gave a graph.
  private func isReadable(_ bytes: [UInt8], in folder: String) throws -> Bool {
    let path = folder + "/damaged.nir"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    do throws(NIRError) {
      _ = try NIRFile(reading: path, limits: Self.limits)
      return true
    } catch {
      #expect(!error.description.isEmpty)
      return false
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try Fixture.bytes("norse_affine_lif_li.nir")
    try Fixture.withFolder { folder in
      for length in stride(from: 0, to: bytes.count, by: 211) {
        let readable = try isReadable(Array(bytes[..<length]), in: folder)
        #expect(!readable, "\(length) bytes")
      }
      let readable = try isReadable(bytes, in: folder)
      #expect(readable)
    }
  }

  @Test(arguments: ["norse_affine_lif_li.nir", "newer_format.nir", "layouts.nir", "nested.nir"])
  func flippedBytesNeverCrash(name: String) throws {
    let bytes = try Fixture.bytes(name)
    var generator = SystemRandomNumberGenerator()
    let seed = generator.next()
    var state = seed
    try Fixture.withFolder { folder in
      var readable = 0
      for _ in 0..<200 {
        var damaged = bytes
        for _ in 0..<3 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          damaged[Int(state >> 33) % bytes.count] ^= UInt8(truncatingIfNeeded: state >> 20) | 1
        }
        readable += try isReadable(damaged, in: folder) ? 1 : 0
      }
      print("\(name): seed \(seed): \(readable) of 200 damaged files were read")
    }
  }

  /// The symbol table nodes of the norse file, where libhdf5 1.10.8 itself crashes or hangs.
  @Test func bytesThatCrashTheLibraryAreRefused() throws {
    let bytes = try Fixture.bytes("norse_affine_lif_li.nir")
    try Fixture.withFolder { folder in
      for position in [9708, 9750, 9768, 9783, 9816, 9831, 9864, 11_088] {
        var damaged = bytes
        damaged[position] ^= 0xFF
        _ = try isReadable(damaged, in: folder)
        damaged[position] ^= 0xFE
        _ = try isReadable(damaged, in: folder)
      }
    }
  }
}
