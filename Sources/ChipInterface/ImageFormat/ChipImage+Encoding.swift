import HardwareSpec

extension ChipImage {
  /// The image as the bytes of a `.chip` file; docs/chip-image.md describes them.
  ///
  /// Equal images give equal bytes. The image must be valid for the chip.
  public func encoded(spec: ChipSpec) throws(ImageFormatError) -> [UInt8] {
    try requireValid(on: spec)
    var sections: [(ImageContainer.Kind, [UInt8])] = [(.chip, try chipSection())]
    for core in cores { sections.append((.core, try core.section(spec))) }
    sections.append((.routes, try routesSection()))
    let (learns, isSparse) = (hasLearningParts, hasSparseMaps)
    if hasFurtherParts || learns || isSparse { sections.append((.parts, try partsSection())) }
    if learns || isSparse { sections.append((.learning, try learningSection())) }
    if isSparse { sections.append((.maps, try mapsSection())) }
    sections.append((.io, try io.section()))
    return try ImageContainer.join(sections)
  }

  /// The SHA-256 of the image's bytes, in hexadecimal: names the image's content.
  public func contentHash(spec: ChipSpec) throws(ImageFormatError) -> String {
    ContentHash.hexadecimal(of: try encoded(spec: spec))
  }

  /// ``validate(against:)`` in the words of this format.
  func requireValid(on spec: ChipSpec) throws(ImageFormatError) {
    do {
      try validate(against: spec)
    } catch .invalidImage(let faults) {
      throw .invalid(faults)
    } catch {
      throw .imageOfAnotherChip(
        image: chipName, imageHash: specHash, chip: spec.name, chipHash: spec.hash)
    }
  }

  private func chipSection() throws(ImageFormatError) -> [UInt8] {
    var writer = ImageSectionWriter()
    try writer.text(chipName)
    try writer.text(specHash)
    return writer.bytes
  }

  private func routesSection() throws(ImageFormatError) -> [UInt8] {
    var writer = ImageSectionWriter()
    try writer.count(inputRoutes.count, "the number of inputs")
    for targets in inputRoutes { try writer.rowPairs(targets) }
    try writer.count(spikeRoutes.count, "the number of spike routes")
    for route in spikeRoutes {
      try writer.circuit(route.source)
      try writer.rowPairs(route.targets)
    }
    return writer.bytes
  }
}

extension CoreImage {
  fileprivate func section(_ spec: ChipSpec) throws(ImageFormatError) -> [UInt8] {
    var writer = ImageSectionWriter()
    try writer.integer(core.index, as: UInt16.self, "core")
    if let digital {
      try digital.write(to: &writer)
      return writer.bytes
    }
    try writer.integer(circuits.count, as: UInt16.self, "the number of circuits")
    for circuit in circuits { circuit.write(to: &writer) }
    PackedWeights.pack(weights, spec, into: &writer)
    return writer.bytes
  }
}

extension CircuitSettings {
  fileprivate func write(to writer: inout ImageSectionWriter) {
    for code in [
      leak, reset, threshold, membraneTime, excitatoryTime, inhibitoryTime, excitatoryGain,
      inhibitoryGain,
    ] { writer.integer(code) }
    writer.integer(refractoryCount)
    writer.integer(UInt8(fires ? 1 : 0))
  }
}

extension ImageIO {
  fileprivate func section() throws(ImageFormatError) -> [UInt8] {
    var writer = ImageSectionWriter()
    try writer.text(network)
    try writer.count(populations.count, "the number of populations")
    for population in populations { try population.write(to: &writer) }
    try writer.count(projections.count, "the number of projections")
    for projection in projections { try projection.write(to: &writer) }
    try writer.count(durationTicks, "the duration")
    try writer.real(dt, "dt")
    try writer.text(coding)
    try writer.text(readout.population)
    writer.integer(readout.measure.code)
    return writer.bytes
  }
}

extension ReadoutRule.Measure {
  /// The number that stands for the measure in a file.
  var code: UInt8 {
    switch self {
    case .highestPotential: return 0
    case .mostSpikes: return 1
    }
  }
}

extension Population {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.text(name)
    try writer.count(ranges.count, "the number of ranges")
    for range in ranges {
      try writer.integer(range.core.index, as: UInt16.self, "core")
      try writer.integer(range.firstColumn, as: UInt16.self, "column")
      try writer.integer(range.count, as: UInt16.self, "the number of columns")
    }
  }
}

extension ProjectionMap {
  /// The most copies that a file can name: keeps `sourceCount * copies` far from overflow.
  static let mostCopies = 1 << 16

  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.text(name)
    writer.integer(UInt8(source == nil ? 0 : 1))
    if let source { try writer.text(source) }
    try writer.text(target)
    try writer.count(sourceCount, "the number of senders")
    try writer.count(targetCount, "the number of receivers")
    guard copies <= Self.mostCopies else {
      throw .tooLarge(what: "copies", found: copies, largest: Self.mostCopies)
    }
    try writer.count(copies, "copies")
    try writer.real(weightPerStep, "the weight per step of projection '\(name)'")
    try writer.count(blocks.count, "the number of blocks")
    for block in blocks { try block.write(to: &writer) }
  }
}

extension ProjectionBlock {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.integer(core.index, as: UInt16.self, "core")
    for value in [firstPair, pairCount, firstColumn, columnCount] {
      try writer.integer(value, as: UInt16.self, "a side of a block")
    }
    try writer.count(firstLine, "the first line of a block")
    try writer.count(firstTarget, "the first receiver of a block")
  }
}
