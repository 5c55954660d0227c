import ChipInterface
import HardwareSpec

/// A `.chip` file, with the chip that it was made for.
struct ImageFile {
  var image: ChipImage
  var spec: ChipSpec

  /// Reads an image; the chip is the one named, else the one that the image names.
  init(_ path: String, chip: String? = nil) throws {
    try self.init(bytes: try InputFile.bytes(path), of: path, chip: chip)
  }

  /// Reads an image from the bytes of its file.
  init(bytes: [UInt8], of path: String, chip: String?) throws {
    guard !ImageSequence.isSequence(bytes) else {
      throw Failure(
        .imageInvalid, "the file holds a network in parts where one image is needed", at: path,
        try: "synapus run, evaluate and image take parts; compile without --oversize parts")
    }
    do {
      spec = try Self.spec(try ChipImageHeader(decoding: bytes).chipName, chip, path)
      image = try ChipImage(decoding: bytes, spec: spec)
    } catch let error as ImageFormatError {
      throw Failure(error, file: path)
    }
  }

  /// Reads the text form of an image.
  init(text path: String, chip: String? = nil) throws {
    let text = try InputFile.text(path)
    let line = text.split(separator: "\n").first { $0.hasPrefix("chip ") }
    let name = line?.split(separator: "\"").dropFirst().first.map(String.init)
    do {
      spec = try Self.spec(name ?? "synapus-1", chip, path)
      image = try ChipImageText.parse(text, spec: spec)
    } catch let error as ImageFormatError {
      throw Failure(error, file: path)
    }
  }

  /// The chip chosen, else the one that an image names.
  static func spec(_ name: String, _ chosen: String?, _ path: String) throws -> ChipSpec {
    if let chosen { return try ChipLibrary.chip(chosen) }
    // A name out of a file is never taken for a path.
    if !name.contains("/"), !name.hasSuffix(".yaml"), let spec = try? ChipLibrary.chip(name) {
      return spec
    }
    throw Failure(
      .imageOfAnotherChip, "the image was made for chip '\(name)', which is not built in", at: path,
      try: "--chip PATH of that chip's file")
  }
}

extension Failure {
  /// An image that was refused, with its file.
  init(_ error: ImageFormatError, file: String) {
    if case .imageOfAnotherChip = error {
      self.init(.imageOfAnotherChip, "\(error)", at: file)
    } else {
      self.init(.imageInvalid, "\(error)", at: file)
    }
  }
}
