/// Where in the bytes of an image a fault lies.
public struct ImagePlace: Equatable, Sendable, CustomStringConvertible {
  /// The section: `header`, `chip`, `core`, `rout` or `io`; cores are counted in file order.
  public var section: String
  /// The offset from the start of the file, in bytes.
  public var offset: Int

  /// Makes a place.
  public init(section: String, offset: Int) { (self.section, self.offset) = (section, offset) }

  /// For example `section 'io' at byte 812`.
  public var description: String { "section '\(section)' at byte \(offset)" }
}

/// Why bytes or text are not an image, or an image cannot be written.
public enum ImageFormatError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The bytes do not begin as an image does.
  case notAnImage
  /// The image has a format version that this program does not read.
  case unknownVersion(found: Int, known: ClosedRange<Int>)
  /// The bytes end, or a section ends, before what was announced.
  case truncated(ImagePlace, needed: Int)
  /// The checksum does not match the bytes.
  case corrupted(ImagePlace)
  /// There are bytes after the last thing expected.
  case trailingBytes(ImagePlace, count: Int)
  /// A section is unknown, missing, listed twice or out of order.
  case unexpectedSection(ImagePlace, found: String, expected: String)
  /// A number lies outside of what is allowed.
  case outOfRange(ImagePlace, what: String, found: Int, allowed: ClosedRange<Int>)
  /// A text is not UTF-8.
  case notUTF8(ImagePlace)
  /// Something is written in another way than the one that the format prescribes.
  case notCanonical(ImagePlace, what: String)
  /// A number that must be finite is not.
  case notFinite(what: String)
  /// The image was made for another chip, or another version of its file.
  case imageOfAnotherChip(image: String, imageHash: String, chip: String, chipHash: String)
  /// The image contradicts itself or the chip.
  case invalid([ImageFault])
  /// A part is too large to be written.
  case tooLarge(what: String, found: Int, largest: Int)
  /// A line of the text form is not what the grammar asks for.
  case line(Int, expected: String, found: String)

  /// One sentence: what, where, what is allowed, what to try.
  public var description: String {
    switch self {
    case .notAnImage:
      return "this is not a chip image: the first eight bytes are not its signature"
    case .unknownVersion(let found, let known):
      return "the image has format version \(found); this program reads \(known.lowerBound) to"
        + " \(known.upperBound); compile the network again"
    case .truncated(let place, let needed):
      return "the image is cut short: \(place) needs \(needed) more bytes"
    case .corrupted(let place):
      return "the image is damaged: the checksum of \(place) does not match"
    case .trailingBytes(let place, let count):
      return "the image has \(count) bytes too many in \(place)"
    case .unexpectedSection(let place, let found, let expected):
      return "\(place) has section '\(found)' where \(expected) is expected"
    case .outOfRange(let place, let what, let found, let allowed):
      return "\(place) has \(what) \(found); \(allowed.lowerBound) to \(allowed.upperBound) is"
        + " allowed"
    case .notUTF8(let place): return "\(place) has a text that is not UTF-8"
    case .notCanonical(let place, let what): return "\(place) has \(what)"
    case .notFinite(let what): return "\(what) must be a finite number"
    case .imageOfAnotherChip(let image, let imageHash, let chip, let chipHash):
      return ChipError.imageOfAnotherChip(
        image: image, imageHash: imageHash, chip: chip, chipHash: chipHash
      ).description
    case .invalid(let faults): return ChipError.invalidImage(faults).description
    case .tooLarge(let what, let found, let largest):
      return "\(what) \(found) cannot be written; up to \(largest) can"
    case .line(let line, let expected, let found):
      return "line \(line): expected \(expected), found \(found)"
    }
  }
}
