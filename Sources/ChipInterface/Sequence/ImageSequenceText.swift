import HardwareSpec

/// The text form of a sequence: what joins the images, and the text of each.
public enum ImageSequenceText {
  /// The version in the first line.
  public static let version = 1
  /// The first word of the text.
  public static let keyword = "synapus-sequence"

  /// The text of a sequence, which must be valid for the chip.
  public static func write(
    _ sequence: ImageSequence, spec: ChipSpec
  ) throws(ImageFormatError) -> String {
    try sequence.requireValid(on: spec)
    var text = "\(keyword) \(version)\n"
    text += "chip \(ChipImageText.quoted(spec.name)) \(ChipImageText.quoted(spec.hash))\n"
    text += "inputs \(sequence.inputCount)\n"
    for population in sequence.populations {
      text += "population \(ChipImageText.quoted(population))\n"
    }
    for part in sequence.parts {
      text += "part\n"
      for channels in part.channels { text += line(channels) }
      text += try ChipImageText.write(part.image, spec: spec)
    }
    return text + "end\n"
  }

  private static func line(_ channels: ImageSequence.Channels) -> String {
    let origin =
      switch channels.origin {
      case .inputs: "inputs"
      case .population(let name): "population \(ChipImageText.quoted(name))"
      }
    return "  channels \(channels.count) from \(origin) \(channels.firstSender)\n"
  }

  /// Reads the text of a sequence and validates it for the chip; errors name the line.
  public static func parse(
    _ text: String, spec: ChipSpec
  ) throws(ImageFormatError) -> ImageSequence {
    var parser = try ImageTextParser(text, spec)
    let sequence = try parser.sequence()
    try parser.finish()
    try sequence.requireValid(on: spec)
    return sequence
  }
}

extension ImageTextParser {
  fileprivate mutating func sequence() throws(ImageFormatError) -> ImageSequence {
    var first = try take(ImageSequenceText.keyword)
    _ = try first.integer("version", in: 1...ImageSequenceText.version)
    try first.end()
    _ = try chip()
    var inputs = try take("inputs")
    var sequence = ImageSequence(
      inputCount: try inputs.integer("inputs", in: 0...Int(UInt32.max)), populations: [], parts: [])
    try inputs.end()
    while isNext("population") { sequence.populations.append(try textLine("population")) }
    while isNext("part") {
      try take("part").end()
      var channels: [ImageSequence.Channels] = []
      while isNext("channels") { channels.append(try self.channels()) }
      sequence.parts.append(.init(image: try image(), channels: channels))
    }
    try take("end").end()
    return sequence
  }

  private mutating func channels() throws(ImageFormatError) -> ImageSequence.Channels {
    var line = try take("channels")
    let count = try line.integer("channels", in: 0...Int(UInt32.max))
    try line.word("from")
    let kind = try line.word(among: ["inputs", "population"])
    let origin =
      kind == "inputs"
      ? ImageSequence.Origin.inputs : .population(try line.text("a population"))
    let first = try line.integer("a sender", in: 0...Int(UInt32.max))
    try line.end()
    return .init(origin, firstSender: first, count: count)
  }
}
