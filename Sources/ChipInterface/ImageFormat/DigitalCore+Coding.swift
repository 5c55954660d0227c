import HardwareSpec

/// The `core` section of a digital chip, after the core's number.
extension DigitalCore {
  func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    switch self {
    case .currentBased(let core): try core.write(to: &writer)
    case .crossbar(let core): try core.write(to: &writer)
    }
  }

  /// The chip's file says which kind of core its images hold.
  init(
    _ reader: inout ImageSectionReader, _ neuron: DigitalSpec.Neuron
  ) throws(ImageFormatError) {
    switch neuron {
    case .currentBased: self = .currentBased(try CurrentBasedCore(&reader))
    case .crossbar: self = .crossbar(try CrossbarCore(&reader))
    }
  }
}

extension CurrentBasedCore {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.fields(self, Self.fields)
    try writer.count(neurons.count, "the number of neurons")
    let fields = CurrentBasedNeuron.fields
    for neuron in neurons { try writer.fields(neuron, fields) }
    try writer.count(projections.count, "the number of projections")
    for projection in projections { try projection.write(to: &writer) }
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    self = .plain
    try reader.fields(&self, Self.fields)
    let fields = CurrentBasedNeuron.fields
    for _ in 0..<(try reader.count("neurons", of: fields.count)) {
      var neuron = CurrentBasedNeuron.plain
      try reader.fields(&neuron, fields)
      neurons.append(neuron)
    }
    for _ in 0..<(try reader.count("projections", of: 20)) {
      projections.append(try DigitalProjection(&reader))
    }
  }
}

extension DigitalProjection {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.fields(self, Self.fields)
    try writer.count(starts.count, "the number of axons")
    for start in starts { writer.integer(start) }
    try writer.count(targets.count, "the number of synapses")
    for target in targets { writer.integer(target) }
    try writer.signedWords(weights, "the number of weights")
    try writer.count(delays.count, "the number of delays")
    writer.raw(delays)
    try writer.signedWords(tags, "the number of tags")
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    self = .plain
    try reader.fields(&self, Self.fields)
    starts = []
    for _ in 0..<(try reader.count("axons", of: 4)) {
      starts.append(try reader.integer(UInt32.self))
    }
    for _ in 0..<(try reader.count("synapses", of: 2)) {
      targets.append(try reader.integer(UInt16.self))
    }
    weights = try reader.signedWords("weights")
    delays = Array(try reader.raw(try reader.count("delays", of: 1)))
    tags = try reader.signedWords("tags")
  }
}

extension CrossbarCore {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    try writer.fields(self, Self.fields)
    try writer.count(axonTypes.count, "the number of axons")
    writer.raw(axonTypes)
    for row in synapses {
      try writer.count(row.count, "the number of synapses")
      for column in row { writer.integer(column) }
    }
    try writer.count(neurons.count, "the number of neurons")
    let fields = CrossbarNeuron.fields
    for neuron in neurons { try writer.fields(neuron, fields) }
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    self = .plain
    try reader.fields(&self, Self.fields)
    axonTypes = Array(try reader.raw(try reader.count("axons", of: 5)))
    for _ in axonTypes {
      var row: [UInt16] = []
      for _ in 0..<(try reader.count("synapses", of: 2)) {
        row.append(try reader.integer(UInt16.self))
      }
      synapses.append(row)
    }
    let fields = CrossbarNeuron.fields
    for _ in 0..<(try reader.count("neurons", of: fields.count)) {
      var neuron = CrossbarNeuron.plain
      try reader.fields(&neuron, fields)
      neurons.append(neuron)
    }
  }
}
