import HardwareSpec

extension ImageSequence {
  /// Whether bytes begin as a file of several images does.
  public static func isSequence(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: SequenceContainer.signature)
  }

  /// The header of the first image, so that the chip can be looked up before the rest is decoded.
  public static func header(decoding bytes: [UInt8]) throws(ImageFormatError) -> ChipImageHeader {
    let container = try SequenceContainer(bytes)
    guard container.count > 0 else { throw .notAnImage }
    return try ChipImageHeader(decoding: container.image(0))
  }

  /// The sequence as the bytes of a `.chip` file; docs/chip-image.md describes them.
  ///
  /// Equal sequences give equal bytes. The sequence must be valid for the chip.
  public func encoded(spec: ChipSpec) throws(ImageFormatError) -> [UInt8] {
    try requireValid(on: spec)
    var images: [[UInt8]] = []
    for part in parts { images.append(try part.image.encoded(spec: spec)) }
    return try SequenceContainer.join(try description(), images)
  }

  /// The SHA-256 of the sequence's bytes, in hexadecimal: names its content.
  public func contentHash(spec: ChipSpec) throws(ImageFormatError) -> String {
    ContentHash.hexadecimal(of: try encoded(spec: spec))
  }

  /// Reads and validates a sequence for a chip; every changed byte is refused.
  public init(decoding bytes: [UInt8], spec: ChipSpec) throws(ImageFormatError) {
    let container = try SequenceContainer(bytes)
    var reader = container.openDescription()
    self.init(
      inputCount: Int(try reader.integer(UInt32.self)), populations: [], parts: [])
    for _ in 0..<(try reader.count("populations", of: 4)) { populations.append(try reader.text()) }
    for number in 0..<container.count {
      var channels: [Channels] = []
      for _ in 0..<(try reader.count("ranges of channels", of: 9)) {
        channels.append(try Channels(&reader))
      }
      let image = try ChipImage(decoding: container.image(number), spec: spec)
      parts.append(Part(image: image, channels: channels))
    }
    try reader.finish()
    try requireValid(on: spec)
  }

  /// ``validate(against:)`` in the words of this format.
  func requireValid(on spec: ChipSpec) throws(ImageFormatError) {
    do {
      try validate(against: spec)
    } catch .invalidImage(let faults) {
      throw .invalid(faults)
    } catch {
      let image = parts.first?.image
      throw .imageOfAnotherChip(
        image: image?.chipName ?? "", imageHash: image?.specHash ?? "", chip: spec.name,
        chipHash: spec.hash)
    }
  }

  private func description() throws(ImageFormatError) -> [UInt8] {
    var writer = ImageSectionWriter()
    try writer.count(inputCount, "the number of inputs")
    try writer.count(populations.count, "the number of populations")
    for population in populations { try writer.text(population) }
    for part in parts {
      try writer.count(part.channels.count, "the number of ranges of channels")
      for channels in part.channels { try channels.write(to: &writer) }
    }
    return writer.bytes
  }
}

extension ImageSequence.Channels {
  fileprivate func write(to writer: inout ImageSectionWriter) throws(ImageFormatError) {
    switch origin {
    case .inputs: writer.integer(UInt8(0))
    case .population(let name):
      writer.integer(UInt8(1))
      try writer.text(name)
    }
    try writer.count(firstSender, "a sender")
    try writer.count(count, "the number of channels")
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    let isPopulation = try reader.integer(UInt8.self, "mark of a population", in: 0...1) == 1
    let origin = isPopulation ? ImageSequence.Origin.population(try reader.text()) : .inputs
    self.init(
      origin, firstSender: Int(try reader.integer(UInt32.self)),
      count: Int(try reader.integer(UInt32.self)))
  }
}
