import HardwareSpec

/// The weights of one core as an image file holds them.
///
/// First a bit map of the rows with a weight that is not zero, row 0 in the lowest bit of byte 0;
/// then those rows in order, each weight in `weightBits` bits, column 0 in the lowest bits.
enum PackedWeights {
  static func pack(
    _ weights: [UInt8], _ spec: ChipSpec, into writer: inout ImageSectionWriter
  ) {
    let (columns, bits) = (spec.geometry.circuitsPerCore, spec.synapse.weightBits)
    weights.withUnsafeBufferPointer { weights in
      let rows = (0..<spec.geometry.synapseRowsPerCore).filter { row in
        weights[row * columns..<(row + 1) * columns].reduce(0, |) != 0
      }
      var map = [UInt8](repeating: 0, count: mapBytes(spec))
      for row in rows { map[row / 8] |= 1 << UInt8(row % 8) }
      writer.raw(map)
      var packed = [UInt8](repeating: 0, count: columns * bits / 8)
      for row in rows {
        packRow(
          UnsafeBufferPointer(rebasing: weights[row * columns..<(row + 1) * columns]), bits: bits,
          into: &packed)
        writer.raw(packed)
      }
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
      packed.withUnsafeBufferPointer { packed in
        weights.withUnsafeMutableBufferPointer { weights in
          unpackRow(
            packed, bits: spec.synapse.weightBits,
            into: UnsafeMutableBufferPointer(
              rebasing: weights[row * columns..<(row + 1) * columns]))
        }
      }
    }
  }

  private static func mapBytes(_ spec: ChipSpec) -> Int {
    (spec.geometry.synapseRowsPerCore + 7) / 8
  }

  private static func packRow(
    _ row: UnsafeBufferPointer<UInt8>, bits: Int, into packed: inout [UInt8]
  ) {
    if bits == 4 {
      for i in packed.indices { packed[i] = row[2 * i] | row[2 * i + 1] << 4 }
      return
    }
    var (buffer, filled, next) = (UInt32(0), 0, 0)
    for weight in row {
      buffer |= UInt32(weight) << UInt32(filled)
      filled += bits
      while filled >= 8 {
        packed[next] = UInt8(truncatingIfNeeded: buffer)
        next += 1
        buffer >>= 8
        filled -= 8
      }
    }
  }

  private static func unpackRow(
    _ packed: UnsafeBufferPointer<UInt8>, bits: Int, into row: UnsafeMutableBufferPointer<UInt8>
  ) {
    if bits == 4 {
      for i in packed.indices {
        (row[2 * i], row[2 * i + 1]) = (packed[i] & 15, packed[i] >> 4)
      }
      return
    }
    var (buffer, filled, next) = (UInt32(0), 0, 0)
    for column in row.indices {
      while filled < bits {
        buffer |= UInt32(next < packed.count ? packed[next] : 0) << UInt32(filled)
        next += 1
        filled += 8
      }
      row[column] = UInt8(truncatingIfNeeded: buffer) & UInt8((1 << bits) - 1)
      buffer >>= UInt32(bits)
      filled -= bits
    }
  }
}
