import HardwareSpec

/// The weights of one core as an image file holds them.
///
/// First a bit map of the rows with a weight that is not zero, row 0 in the lowest bit of byte 0;
/// then those rows in order, each weight in `weightBits` bits, column 0 in the lowest bits.
enum PackedWeights {
  static func pack(
    _ weights: [UInt8], _ spec: ChipSpec, into writer: inout ImageSectionWriter
  ) {
    let columns = spec.geometry.circuitsPerCore
    let rows = (0..<spec.geometry.synapseRowsPerCore).filter { row in
      weights[row * columns..<(row + 1) * columns].contains { $0 != 0 }
    }
    var map = [UInt8](repeating: 0, count: mapBytes(spec))
    for row in rows { map[row / 8] |= 1 << UInt8(row % 8) }
    writer.raw(map)
    for row in rows {
      writer.raw(
        packRow(weights[row * columns..<(row + 1) * columns], bits: spec.synapse.weightBits))
    }
  }

  static func unpack(
    _ reader: inout ImageSectionReader, _ spec: ChipSpec, into weights: inout [UInt8]
  ) throws(ImageFormatError) {
    let (columns, rows) = (spec.geometry.circuitsPerCore, spec.geometry.synapseRowsPerCore)
    let start = reader.place
    let map = Array(try reader.raw(mapBytes(spec)))
    for row in 0..<8 * map.count where map[row / 8] >> UInt8(row % 8) & 1 == 1 {
      guard row < rows else {
        throw .outOfRange(start, what: "row", found: row, allowed: 0...rows - 1)
      }
      let place = reader.place
      let packed = try reader.raw(columns * spec.synapse.weightBits / 8)
      guard packed.contains(where: { $0 != 0 }) else {
        throw .notCanonical(place, what: "row \(row) listed although it holds no weight")
      }
      unpackRow(
        packed, bits: spec.synapse.weightBits, into: &weights[row * columns..<(row + 1) * columns])
    }
  }

  private static func mapBytes(_ spec: ChipSpec) -> Int {
    (spec.geometry.synapseRowsPerCore + 7) / 8
  }

  private static func packRow(_ row: ArraySlice<UInt8>, bits: Int) -> [UInt8] {
    var packed: [UInt8] = []
    var (buffer, filled) = (UInt32(0), 0)
    for weight in row {
      buffer |= UInt32(weight) << UInt32(filled)
      filled += bits
      while filled >= 8 {
        packed.append(UInt8(truncatingIfNeeded: buffer))
        buffer >>= 8
        filled -= 8
      }
    }
    return packed
  }

  private static func unpackRow(
    _ packed: ArraySlice<UInt8>, bits: Int, into row: inout ArraySlice<UInt8>
  ) {
    var (buffer, filled) = (UInt32(0), 0)
    var bytes = packed.makeIterator()
    for column in row.indices {
      while filled < bits {
        buffer |= UInt32(bytes.next() ?? 0) << UInt32(filled)
        filled += 8
      }
      row[column] = UInt8(truncatingIfNeeded: buffer) & UInt8((1 << bits) - 1)
      buffer >>= UInt32(bits)
      filled -= bits
    }
  }
}
