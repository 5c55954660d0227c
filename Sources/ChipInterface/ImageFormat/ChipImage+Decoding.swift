import Foundation
import HardwareSpec

/// What an image says first: the chip that it was made for.
public struct ChipImageHeader: Equatable, Sendable {
  /// The chip file's name, and the hash of its canonical form.
  public var chipName, specHash: String

  /// Reads the header alone, so that the chip can be looked up before the rest is decoded.
  public init(decoding bytes: [UInt8]) throws(ImageFormatError) {
    try self.init(ImageContainer(bytes))
  }

  fileprivate init(_ container: ImageContainer) throws(ImageFormatError) {
    var reader = try container.open(.chip)
    chipName = try reader.text()
    specHash = try reader.text()
    try reader.finish()
  }

  /// Refuses another chip, or another version of the chip's file.
  func require(_ spec: ChipSpec) throws(ImageFormatError) {
    guard chipName == spec.name, specHash == spec.hash else {
      throw .imageOfAnotherChip(
        image: chipName, imageHash: specHash, chip: spec.name, chipHash: spec.hash)
    }
  }
}

extension ChipImage {
  /// Reads and validates an image for a chip.
  ///
  /// Every changed byte is refused. Bytes of ill will cost at most a few times their own size,
  /// and one byte a synapse of the chip.
  public init(decoding bytes: [UInt8], spec: ChipSpec) throws(ImageFormatError) {
    let container = try ImageContainer(bytes)
    let header = try ChipImageHeader(container)
    try header.require(spec)
    var cores: [CoreImage] = []
    for index in 0..<container.coreCount {
      var reader = try container.open(.core, core: index)
      cores.append(try CoreImage(&reader, after: cores.last?.core, spec))
    }
    var routes = try container.open(.routes)
    let inputs = try Self.readInputs(&routes, spec.geometry)
    let spikes = try Self.readSpikeRoutes(&routes, spec.geometry)
    var description = try container.open(.io)
    self.init(
      chipName: header.chipName, specHash: header.specHash, cores: cores, inputRoutes: inputs,
      spikeRoutes: spikes, io: try ImageIO(&description, spec.geometry))
    if container.version >= 2 {
      var parts = try container.open(.parts)
      try readParts(&parts, spec.geometry, isRequired: container.version == 2)
    }
    if container.version >= 3 {
      var learning = try container.open(.learning)
      try readLearning(&learning, spec.geometry, isRequired: container.version == 3)
    }
    if container.version >= 4 {
      var maps = try container.open(.maps)
      try readMaps(&maps, spec.geometry)
    }
    try requireValid(on: spec)
  }

  /// Reads and validates an image for a chip.
  public init(decoding data: Data, spec: ChipSpec) throws(ImageFormatError) {
    try self.init(decoding: Array(data), spec: spec)
  }

  private static func readInputs(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) -> [[RowPairOnChip]] {
    var inputs: [[RowPairOnChip]] = []
    for _ in 0..<(try reader.count("inputs", of: 4)) {
      inputs.append(try reader.rowPairs(geometry))
    }
    return inputs
  }

  private static func readSpikeRoutes(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) -> [SpikeRoute] {
    var routes: [SpikeRoute] = []
    for _ in 0..<(try reader.count("spike routes", of: 8)) {
      let source = try reader.circuit(geometry)
      routes.append(SpikeRoute(source: source, targets: try reader.rowPairs(geometry)))
    }
    try reader.finish()
    return routes
  }
}

extension CoreImage {
  /// Cores come in ascending order, so that a core is never allocated twice.
  fileprivate init(
    _ reader: inout ImageSectionReader, after last: CoreOnChip?, _ spec: ChipSpec
  ) throws(ImageFormatError) {
    let start = reader.place
    let core = try reader.core(spec.geometry)
    if let last, core <= last {
      let allowed = last.index + 1...max(last.index + 1, spec.geometry.coreCount - 1)
      throw .outOfRange(start, what: "core", found: core.index, allowed: allowed)
    }
    if let digital = spec.digital {
      self.init(core, digital: try DigitalCore(&reader, digital.neuron))
      try reader.finish()
      return
    }
    let count = try reader.integer(
      UInt16.self, "number of circuits", in: 0...spec.geometry.circuitsPerCore)
    var circuits: [CircuitSettings] = []
    for _ in 0..<count { circuits.append(try CircuitSettings(&reader)) }
    self.init(core, circuits: circuits, on: spec.geometry)
    try PackedWeights.unpack(&reader, spec, into: &weights)
    try reader.finish()
  }
}

extension CircuitSettings {
  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    var codes: [UInt16] = []
    for _ in 0..<8 { codes.append(try reader.integer(UInt16.self)) }
    self.init(
      leak: codes[0], reset: codes[1], threshold: codes[2], membraneTime: codes[3],
      excitatoryTime: codes[4], inhibitoryTime: codes[5], excitatoryGain: codes[6],
      inhibitoryGain: codes[7], refractoryCount: try reader.integer(UInt8.self),
      fires: try reader.integer(UInt8.self, "switches", in: 0...1) == 1)
  }
}

extension ImageIO {
  fileprivate init(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) {
    let network = try reader.text()
    var populations: [Population] = []
    for _ in 0..<(try reader.count("populations", of: 8)) {
      populations.append(try Population(&reader, geometry))
    }
    var projections: [ProjectionMap] = []
    for _ in 0..<(try reader.count("projections", of: 33)) {
      projections.append(try ProjectionMap(&reader, geometry))
    }
    self.init(
      network: network, populations: populations, projections: projections,
      durationTicks: Int(try reader.integer(UInt32.self)), dt: try reader.real("dt"),
      coding: try reader.text(), readout: try ReadoutRule(&reader))
    try reader.finish()
  }
}

extension ReadoutRule {
  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    let population = try reader.text()
    let measures = Measure.allCases.sorted { $0.code < $1.code }
    let code = try reader.integer(UInt8.self, "readout measure", in: 0...measures.count - 1)
    self.init(population: population, measure: measures[code])
  }
}

extension Population {
  fileprivate init(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) {
    let name = try reader.text()
    var ranges: [CircuitRange] = []
    for _ in 0..<(try reader.count("ranges", of: 6)) {
      ranges.append(
        CircuitRange(
          core: try reader.core(geometry), firstColumn: Int(try reader.integer(UInt16.self)),
          count: Int(try reader.integer(UInt16.self))))
    }
    self.init(name: name, ranges: ranges)
  }
}

extension ProjectionMap {
  fileprivate init(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) {
    let name = try reader.text()
    let hasSource = try reader.integer(UInt8.self, "mark of a source", in: 0...1) == 1
    self.init(
      name: name, source: hasSource ? try reader.text() : nil, target: try reader.text(),
      sourceCount: Int(try reader.integer(UInt32.self)),
      targetCount: Int(try reader.integer(UInt32.self)),
      copies: try reader.integer(UInt32.self, "copies", in: 1...Self.mostCopies),
      weightPerStep: try reader.real("a weight per step"), blocks: [])
    for _ in 0..<(try reader.count("blocks", of: 18)) {
      blocks.append(try ProjectionBlock(&reader, geometry))
    }
  }
}

extension ProjectionBlock {
  fileprivate init(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) {
    let core = try reader.core(geometry)
    var sides: [Int] = []
    for _ in 0..<4 { sides.append(Int(try reader.integer(UInt16.self))) }
    self.init(
      core: core, firstPair: sides[0], pairCount: sides[1], firstColumn: sides[2],
      columnCount: sides[3], firstLine: Int(try reader.integer(UInt32.self)),
      firstTarget: Int(try reader.integer(UInt32.self)))
  }
}
