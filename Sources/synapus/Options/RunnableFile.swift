import ChipInterface
import HardwareSpec

/// A `.chip` file that can be run: one image, or the images of a network in parts.
enum RunnableFile {
  case image(ImageFile)
  case sequence(ImageSequence, ChipSpec)

  /// Reads a file; the chip is the one named, else the one that the file names.
  init(_ path: String, chip: String? = nil) throws {
    let bytes = try InputFile.bytes(path)
    guard ImageSequence.isSequence(bytes) else {
      self = .image(try ImageFile(bytes: bytes, of: path, chip: chip))
      return
    }
    do {
      let spec = try ImageFile.spec(
        try ImageSequence.header(decoding: bytes).chipName, chip, path)
      self = .sequence(try ImageSequence(decoding: bytes, spec: spec), spec)
    } catch let error as ImageFormatError {
      throw Failure(error, file: path)
    }
  }

  /// Reads the text form of either.
  init(text path: String, chip: String? = nil) throws {
    let text = try InputFile.text(path)
    let first = text.split(separator: "\n").first {
      !$0.trimmingPrefix(while: { $0 == " " }).isEmpty && !$0.hasPrefix("#")
    }
    guard first?.hasPrefix(ImageSequenceText.keyword) == true else {
      self = .image(try ImageFile(text: path, chip: chip))
      return
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("chip ") }
    let name = line?.split(separator: "\"").dropFirst().first.map(String.init)
    do {
      let spec = try ImageFile.spec(name ?? "synapus-1", chip, path)
      self = .sequence(try ImageSequenceText.parse(text, spec: spec), spec)
    } catch let error as ImageFormatError {
      throw Failure(error, file: path)
    }
  }

  /// Whether one image holds the network.
  var isOneImage: Bool {
    if case .image = self { return true }
    return false
  }

  /// The chip.
  var spec: ChipSpec {
    switch self {
    case .image(let file): return file.spec
    case .sequence(_, let spec): return spec
    }
  }

  /// What inputs and outputs mean.
  var io: ImageIO {
    switch self {
    case .image(let file): return file.image.io
    case .sequence(let sequence, _): return sequence.io
    }
  }

  /// The bytes of the file.
  var encoded: [UInt8] {
    get throws {
      switch self {
      case .image(let file): return try file.image.encoded(spec: file.spec)
      case .sequence(let sequence, let spec): return try sequence.encoded(spec: spec)
      }
    }
  }

  /// The text form.
  var text: String {
    get throws {
      switch self {
      case .image(let file): return try ChipImageText.write(file.image, spec: file.spec)
      case .sequence(let sequence, let spec):
        return try ImageSequenceText.write(sequence, spec: spec)
      }
    }
  }

  /// Names the content.
  var contentHash: String {
    get throws {
      switch self {
      case .image(let file): return try file.image.contentHash(spec: file.spec)
      case .sequence(let sequence, let spec): return try sequence.contentHash(spec: spec)
      }
    }
  }

  /// Loads the file; the chip that is then to be run.
  func load(onto chip: any Chip) throws -> any Chip {
    switch self {
    case .image(let file):
      try chip.load(file.image)
      return chip
    case .sequence(let sequence, _):
      let sequenced = SequencedChip(chip)
      try sequenced.load(sequence)
      return sequenced
    }
  }

  /// The one image; refuses a network in parts for what only one image can.
  func image(for flag: String, of path: String) throws -> ImageFile {
    guard case .image(let file) = self else {
      throw Failure(
        .usage,
        "\(flag) looks at single cores, which are others in each part of a network in parts",
        at: path, try: "leave \(flag) out, or compile without --oversize parts")
    }
    return file
  }
}
