import Foundation
import Testing

import HardwareSpec
import Recordings

/// Archives of numpy arrays, ours and numpy's.
@Suite struct NPZFileTests {
  private static let all = NPZFile([
    NPZFile.Entry("f4", NPYArray(shape: [2, 3], values: .float32([1, -2, 0.5, 0, .infinity, 9]))),
    NPZFile.Entry("f8", NPYArray(shape: [], values: .float64([1e300]))),
    NPZFile.Entry("u1", NPYArray(.uint8([0, 255]))),
    NPZFile.Entry("i4", NPYArray(.int32([.min, .max]))),
    NPZFile.Entry("i8", NPYArray(.int64([.min, .max]))),
    NPZFile.Entry("u4", NPYArray(.uint32([.max]))),
    NPZFile.Entry("u8", NPYArray(.uint64([.max]))),
    NPZFile.Entry("text", NPYArray(.text(["hidden", "", "Ausgänge"]))),
    NPZFile.Entry("none", NPYArray(shape: [0, 4], values: .float32([]))),
  ])

  @Test func arraysSurviveTheFile() throws {
    try Scratch.withFolder { folder in
      try Self.all.write(to: folder + "/all.npz")
      #expect(try NPZFile(reading: folder + "/all.npz") == Self.all)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["all.npz"])
    }
  }

  @Test func recordingBecomesArrays() {
    let npz = Scratch.recording.npz
    #expect(npz["spikes_cycles"] == NPYArray(.int64([64, 5119, 0])))
    #expect(npz["spikes_offsets"] == NPYArray(.int64([0, 2, 2, 3])))
    #expect(npz["spikes_times"] == NPYArray(.float64([256e-9, 5119 * (256e-9 / 64), 0])))
    #expect(npz["adc_codes"]?.shape == [3, 2, 4])
    #expect(npz["populations_name"] == NPYArray(.text(["hidden", "output"])))
  }

  /// `numpy.savez_compressed(f, a=numpy.arange(6).reshape(2, 3), b=numpy.float32(2.5))` of
  /// numpy 2: members with zip64 fields, deflated.
  private static let fromNumpy = """
    UEsDBC0AAAAIAAAAIQBZm9p9//////////8FABQAYS5ucHkBABAAsAAAAAAAAABWAAAAAAAAAJvsF+obEMnIUMZQrZ\
    6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgYoYITSTFCaGUqz\
    QGlWKA0AUEsDBC0AAAAIAAAAIQBkjCLD//////////8FABQAYi5ucHkBABAAhAAAAAAAAABGAAAAAAAAAJvsF+obEM\
    nIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5Gpo6CrUKFAEuBgYFBwBQSwEC\
    LQMtAAAACAAAACEAWZvafVYAAACwAAAABQAAAAAAAAAAAAAAgAEAAAAAYS5ucHlQSwECLQMtAAAACAAAACEAZIwiw0\
    YAAACEAAAABQAAAAAAAAAAAAAAgAGNAAAAYi5ucHlQSwUGAAAAAAIAAgBmAAAACgEAAAAA\

    """

  @Test func numpysArchiveIsRead() throws {
    try Scratch.withFolder { folder in
      let data = try #require(
        Data(base64Encoded: Self.fromNumpy, options: .ignoreUnknownCharacters))
      try Scratch.write(data, to: folder + "/numpy.npz")
      let npz = try NPZFile(reading: folder + "/numpy.npz")
      #expect(npz["a"] == NPYArray(shape: [2, 3], values: .int64([0, 1, 2, 3, 4, 5])))
      #expect(npz["b"] == NPYArray(shape: [], values: .float32([2.5])))
      #expect(npz["c"] == nil)
    }
  }

  @Test func damagedArchivesNeverCrash() throws {
    try Scratch.withFolder { folder in
      try Self.all.write(to: folder + "/all.npz")
      let bytes = try Scratch.bytes(folder + "/all.npz")
      for length in stride(from: 0, to: bytes.count, by: 13) {
        try Scratch.write(bytes[..<length], to: folder + "/cut.npz")
        #expect(throws: RecordingError.self) { try NPZFile(reading: folder + "/cut.npz") }
      }
      let random = CounterRandom(seed: 3, stream: 1)
      var readable = 0
      for trial in 0..<300 {
        var damaged = bytes
        let position = Int(random.bits(trial, 0) % UInt64(bytes.count))
        damaged[position] ^= UInt8(truncatingIfNeeded: random.bits(trial, 1)) | 1
        try Scratch.write(damaged, to: folder + "/damaged.npz")
        let npz = try? NPZFile(reading: folder + "/damaged.npz")
        readable += npz == nil ? 0 : 1
        // Arrays have check sums: what is read is the truth, names aside.
        #expect(
          npz?.entries.map(\.array).allSatisfy { Self.all.entries.map(\.array).contains($0) }
            != false)
      }
      print("seed 3: \(readable) of 300 damaged archives were read")
    }
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2, 0), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2), }",
    "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }",
    "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<U9223372036854775807', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<U0', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "", "'shape': (",
  ])
  func strangeHeadersAreRefused(header: String) {
    let bytes =
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [0, 0, 0, 0]
    #expect(throws: RecordingError.self) {
      try NPYArray(bytes: bytes, file: "x.npz", entry: "a")
    }
  }
}
