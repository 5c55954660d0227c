import CZeroMQShim

/// The checksum of payload frames: CRC-32C (Castagnoli), as in RFC 3720.
package enum CRC32C {
  /// The checksum, by the CPU's instruction where there is one; of all bytes so far where it goes
  /// on after others.
  package static func checksum(
    _ bytes: UnsafeRawBufferPointer, after sum: UInt32 = 0
  ) -> UInt32 {
    synapus_crc32c(sum, bytes.baseAddress, bytes.count)
  }

  /// Copies bytes into memory of at least their size, and gives the checksum, in one pass.
  package static func copy(
    _ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer,
    after sum: UInt32 = 0
  ) -> UInt32 {
    precondition(bytes.count <= target.count, "\(bytes.count) bytes exceed \(target.count)")
    return synapus_copy_crc32c(sum, target.baseAddress, bytes.baseAddress, bytes.count)
  }

  /// The checksum by tables, for CPUs without the instruction.
  package static func portableChecksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    synapus_crc32c_portable(0, bytes.baseAddress, bytes.count)
  }
}
