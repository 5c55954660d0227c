import HardwareSpec

/// The section of further parts: what goes beyond plain circuits and plain routes.
///
/// Images without such parts are written without the section, as version 1.
extension ChipImage {
  var hasFurtherParts: Bool {
    !groups.isEmpty || !backgroundSources.isEmpty || spikeRoutes.contains { $0.delayTicks > 0 }
      || cores.contains { core in
        core.sensesCorrelation || !core.rowPlasticity.isEmpty
          || core.circuits.contains { !$0.options.isPlain }
      }
  }

  func partsSection() throws(ImageFormatError) -> [UInt8] {
    var writer = ImageSectionWriter()
    try writer.count(cores.count, "the number of cores")
    for core in cores { try core.writeParts(to: &writer) }
    for route in spikeRoutes { writer.integer(route.delayTicks) }
    try writer.count(groups.count, "the number of groups")
    for group in groups { try group.write(to: &writer) }
    try writer.count(backgroundSources.count, "the number of background sources")
    for source in backgroundSources { try source.write(to: &writer) }
    return writer.bytes
  }

  mutating func readParts(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry, isRequired: Bool
  ) throws(ImageFormatError) {
    let start = reader.place
    _ = try reader.integer(UInt32.self, "number of cores", in: cores.count...cores.count)
    for index in cores.indices { try cores[index].readParts(&reader) }
    for index in spikeRoutes.indices {
      spikeRoutes[index].delayTicks = try reader.integer(UInt8.self)
    }
    for _ in 0..<(try reader.count("groups", of: 8)) {
      groups.append(try CircuitGroup(&reader, geometry))
    }
    for _ in 0..<(try reader.count("background sources", of: 12)) {
      backgroundSources.append(try BackgroundSource(&reader, geometry))
    }
    try reader.finish()
    guard hasFurtherParts || !isRequired else {
      throw .unexpectedSection(start, found: "part", expected: "none without further parts")
    }
  }
}

extension CoreImage {
  fileprivate func writeParts(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    writer.integer(UInt8(sensesCorrelation ? 1 : 0))
    let special = circuits.indices.filter { !circuits[$0].options.isPlain }
    try writer.count(special.count, "the number of circuits with options")
    for column in special {
      try writer.integer(column, as: UInt16.self, "column")
      circuits[column].options.write(to: &writer)
    }
    try writer.count(rowPlasticity.count, "the number of plastic row pairs")
    for row in rowPlasticity {
      try writer.integer(row.pair, as: UInt16.self, "row pair")
      writer.integer(row.utilisation)
      writer.integer(row.recoveryTime)
      writer.integer(UInt8(row.facilitates ? 1 : 0))
    }
  }

  fileprivate mutating func readParts(
    _ reader: inout ImageSectionReader
  ) throws(ImageFormatError) {
    sensesCorrelation = try reader.integer(UInt8.self, "switch of sensors", in: 0...1) == 1
    var next = 0
    for _ in 0..<(try reader.count("circuits with options", of: 3)) {
      let place = reader.place
      let column = Int(try reader.integer(UInt16.self))
      guard column >= next, column < circuits.count else {
        let allowed = min(next, circuits.count)...circuits.count
        throw .outOfRange(place, what: "column", found: column, allowed: allowed)
      }
      next = column + 1
      circuits[column].options = try CircuitOptions(&reader)
    }
    for _ in 0..<(try reader.count("plastic row pairs", of: 6)) {
      rowPlasticity.append(
        RowPlasticity(
          pair: Int(try reader.integer(UInt16.self)), utilisation: try reader.integer(UInt8.self),
          recoveryTime: try reader.integer(UInt16.self),
          facilitates: try reader.integer(UInt8.self, "switch of facilitation", in: 0...1) == 1))
    }
  }
}

extension CircuitOptions {
  /// Which parts are on, one bit each, then the codes of those parts.
  fileprivate func write(to writer: inout ImageSectionWriter) {
    var (switches, bit): (UInt8, UInt8) = (0, 1)
    for (part, _) in Self.parts {
      if codes(of: part) != nil { switches |= bit }
      bit <<= 1
    }
    writer.integer(switches)
    for (part, _) in Self.parts {
      for code in codes(of: part) ?? [] { writer.integer(code) }
    }
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    self.init()
    let allowed = 1...(1 << Self.parts.count) - 1
    let switches = try reader.integer(UInt8.self, "switches of options", in: allowed)
    for (bit, (part, names)) in Self.parts.enumerated() where switches >> bit & 1 == 1 {
      var codes: [UInt16] = []
      for _ in names { codes.append(try reader.integer(UInt16.self)) }
      set(part, codes)
    }
  }
}

extension CircuitGroup {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.circuits(members, "the number of members")
    try writer.count(couplings.count, "the number of couplings")
    for coupling in couplings {
      try writer.integer(coupling.first, as: UInt16.self, "member")
      try writer.integer(coupling.second, as: UInt16.self, "member")
      writer.integer(coupling.conductance ?? .max)
    }
  }

  fileprivate init(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) {
    self.init(members: try reader.circuits("members", geometry), couplings: [])
    for _ in 0..<(try reader.count("couplings", of: 6)) {
      let (first, second) = (try reader.integer(UInt16.self), try reader.integer(UInt16.self))
      let code = try reader.integer(UInt16.self)
      couplings.append(
        Coupling(first: Int(first), second: Int(second), conductance: code == .max ? nil : code))
    }
  }
}

extension BackgroundSource {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.integer(periodCycles, as: UInt16.self, "period")
    try writer.integer(probability, as: UInt16.self, "probability")
    writer.integer(seed)
    try writer.rowPairs(targets)
  }

  fileprivate init(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) {
    let (period, probability) = (
      try reader.integer(UInt16.self), try reader.integer(UInt16.self)
    )
    let seed = try reader.integer(UInt32.self)
    self.init(
      targets: try reader.rowPairs(geometry), periodCycles: Int(period),
      probability: Int(probability), seed: seed)
  }
}
