import HardwareSpec

/// The section of learning rules, plastic blocks and feedback: what version 3 adds.
///
/// Images without such parts, and not for a digital chip, are written in an earlier version.
extension ChipImage {
  var hasLearningParts: Bool {
    !programs.isEmpty || !feedback.isEmpty
      || cores.contains { !$0.plasticBlocks.isEmpty || $0.digital != nil }
  }

  func learningSection() throws(ImageFormatError) -> [UInt8] {
    var writer = ImageSectionWriter()
    try writer.count(programs.count, "the number of learning rules")
    for program in programs { try program.write(to: &writer) }
    try writer.count(cores.count, "the number of cores")
    for core in cores {
      try writer.count(core.plasticBlocks.count, "the number of plastic blocks")
      for block in core.plasticBlocks {
        try writer.fields(block, PlasticBlock.fields)
        try writer.count(block.membraneCentres.count, "the number of centres")
        writer.raw(block.membraneCentres)
      }
    }
    try writer.count(feedback.count, "the number of feedback projections")
    for projection in feedback { try projection.write(to: &writer) }
    return writer.bytes
  }

  mutating func readLearning(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry, isRequired: Bool
  ) throws(ImageFormatError) {
    let start = reader.place
    for _ in 0..<(try reader.count("learning rules", of: 16)) {
      programs.append(try LearningProgram(&reader))
    }
    _ = try reader.integer(UInt32.self, "number of cores", in: cores.count...cores.count)
    for index in cores.indices {
      for _ in 0..<(try reader.count("plastic blocks", of: 10)) {
        var block = PlasticBlock.plain
        try reader.fields(&block, PlasticBlock.fields)
        block.membraneCentres = Array(try reader.raw(try reader.count("centres", of: 1)))
        cores[index].plasticBlocks.append(block)
      }
    }
    for _ in 0..<(try reader.count("feedback projections", of: 13)) {
      feedback.append(try FeedbackProjection(&reader, geometry))
    }
    try reader.finish()
    guard hasLearningParts || !isRequired else {
      throw .unexpectedSection(start, found: "lern", expected: "none without learning rules")
    }
  }
}

extension LearningProgram {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.text(name)
    try writer.count(words.count, "the number of words")
    for word in words { writer.integer(word.rawValue) }
    try writer.fields(self, Self.fields)
    try writer.count(membraneTable.count, "the length of the membrane's table")
    writer.raw(membraneTable.map { UInt8(bitPattern: $0) })
    writer.integer(UInt8(rewiring == nil ? 0 : 1))
    if let rewiring { try writer.fields(rewiring, Rewiring.fields) }
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    self = .plain
    name = try reader.text()
    for _ in 0..<(try reader.count("words", of: 4)) {
      words.append(MicrocodeWord(rawValue: try reader.integer(UInt32.self)))
    }
    try reader.fields(&self, Self.fields)
    membraneTable = try reader.raw(try reader.count("codes of the membrane", of: 1))
      .map { Int8(bitPattern: $0) }
    if try reader.integer(UInt8.self, "mark of rewiring", in: 0...1) == 1 {
      var rewiring = Rewiring.plain
      try reader.fields(&rewiring, Rewiring.fields)
      self.rewiring = rewiring
    }
  }
}

extension FeedbackProjection {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.circuits(sources, "the number of circuits")
    try writer.circuits(targets, "the number of circuits")
    try writer.count(weights.count, "the number of weights")
    writer.raw(weights.map { UInt8(bitPattern: $0) })
    try writer.integer(shift, as: UInt8.self, "shift")
  }

  fileprivate init(
    _ reader: inout ImageSectionReader, _ geometry: ChipGeometry
  ) throws(ImageFormatError) {
    self.init(
      sources: try reader.circuits("circuits", geometry), targets: [], weights: [], shift: 0)
    targets = try reader.circuits("circuits", geometry)
    weights = try reader.raw(try reader.count("weights", of: 1)).map { Int8(bitPattern: $0) }
    shift = Int(try reader.integer(UInt8.self))
  }
}
