import HardwareSpec

/// The section of sparse maps and delayed inputs: what version 4 adds.
///
/// Images whose inputs come at once and whose maps are plain are written in an earlier version.
extension ChipImage {
  var hasSparseMaps: Bool {
    !delayedInputs.isEmpty || io.projections.contains { !$0.isPlain }
  }

  func mapsSection() throws(ImageFormatError) -> [UInt8] {
    var writer = ImageSectionWriter()
    try writer.count(delayedInputs.count, "the number of delayed inputs")
    for route in delayedInputs {
      try writer.count(route.channel, "an input channel")
      writer.integer(route.delayTicks)
      try writer.rowPairs(route.targets)
    }
    try writer.count(io.projections.count, "the number of projections")
    for projection in io.projections { try projection.writeLists(to: &writer) }
    return writer.bytes
  }

  mutating func readMaps(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) {
    let start = reader.place
    for _ in 0..<(try reader.count("delayed inputs", of: 10)) {
      delayedInputs.append(
        DelayedInput(
          channel: Int(try reader.integer(UInt32.self)),
          delayTicks: try reader.integer(UInt16.self), targets: try reader.rowPairs(geometry)))
    }
    let count = io.projections.count
    _ = try reader.integer(UInt32.self, "number of projections", in: count...count)
    for index in io.projections.indices { try io.projections[index].readLists(&reader) }
    try reader.finish()
    guard hasSparseMaps else {
      throw .unexpectedSection(start, found: "maps", expected: "none without sparse maps")
    }
  }
}

extension ProjectionMap {
  fileprivate func writeLists(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.count(senderCopies.count, "the number of senders")
    for copies in senderCopies { try writer.integer(copies, as: UInt16.self, "copies") }
    try writer.count(receiverScales.count, "the number of receivers")
    for scale in receiverScales { try writer.real(scale, "a scale of projection '\(name)'") }
    for block in blocks {
      try writer.numbers(block.lines, "the number of lines")
      try writer.numbers(block.targets, "the number of receivers")
    }
  }

  fileprivate mutating func readLists(
    _ reader: inout ImageSectionReader
  ) throws(ImageFormatError) {
    for _ in 0..<(try reader.count("senders", of: 2)) {
      senderCopies.append(Int(try reader.integer(UInt16.self)))
    }
    for _ in 0..<(try reader.count("receivers", of: 8)) {
      receiverScales.append(try reader.real("a scale of projection '\(name)'"))
    }
    for index in blocks.indices {
      blocks[index].lines = try reader.numbers("lines")
      blocks[index].targets = try reader.numbers("receivers")
    }
  }
}
