import HardwareSpec
import Link
import Testing

@Suite struct CRC32CTests {
  private func both(_ bytes: [UInt8]) -> [UInt32] {
    bytes.withUnsafeBytes { [CRC32C.checksum($0), CRC32C.portableChecksum($0)] }
  }

  /// The check value of the CRC catalogue, and three vectors of RFC 3720, appendix B.4.
  @Test func publishedVectors() {
    #expect(both(Array("123456789".utf8)) == [0xE306_9283, 0xE306_9283])
    #expect(both(Array(repeating: 0, count: 32)) == [0x8A91_36AA, 0x8A91_36AA])
    #expect(both(Array(repeating: 0xFF, count: 32)) == [0x62A8_AB43, 0x62A8_AB43])
    #expect(both((0..<32).map { UInt8($0) }) == [0x46DD_794E, 0x46DD_794E])
    #expect(both([]) == [0, 0])
  }

  @Test func instructionAndTablesAgree() {
    var random = SequentialRandom(seed: 1, stream: 1)
    for length in Array(0..<300) + [3071, 3072, 3073, 6151, 20_000] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      let sums = both(bytes)
      #expect(sums[0] == sums[1], "length \(length)")
    }
  }
}
