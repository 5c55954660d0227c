import Foundation

/// Says why a data set cannot be read.
public enum DatasetError: Error, Equatable, Sendable {
  /// A file is missing or unreadable; `code` is the system's error number.
  case cannotOpen(file: String, code: Int32)
  /// A file of Fashion-MNIST is missing.
  case fashionMNISTMissing(file: String)
  /// The file of handwritten digits is missing.
  case digitsMissing(file: String)
  /// The file of handwritten digits does not unpack.
  case digitsDamaged(file: String)
  /// A line of the file of handwritten digits is not 64 pixels of 0 to 16 and a digit.
  case badDigits(file: String, line: Int)
  /// A gzip file does not unpack, or ends too early.
  case badGzip(file: String)
  /// A gzip file goes on after its end, by so many bytes.
  case gzipTrailing(file: String, bytes: Int)
  /// A gzip file unpacks to more bytes than allowed.
  case gzipTooLarge(file: String, limit: Int)
  /// A file does not begin as an IDX file of bytes with this many axes.
  case badIDXMagic(file: String, found: UInt32, expected: UInt32)
  /// An IDX file holds more or fewer bytes than its header says.
  case badIDXLength(file: String, bytes: Int, expected: Int)
  /// An IDX file has another shape than the data set.
  case badIDXShape(file: String, shape: [Int], expected: [Int])
  /// A label is no class of the data set.
  case labelOutOfRange(file: String, sample: Int, label: Int, classes: Int)
  /// A spike file is no HDF5 file.
  case notHDF5(file: String)
  /// A spike file is damaged at this object.
  case damaged(file: String, object: String)
  /// A spike file lacks a dataset of the SHD layout, or has it in another type.
  case notSHD(file: String, object: String, expected: String)
  /// The datasets of a spike file do not have one entry a sample.
  case sampleCounts(file: String, times: Int, units: Int, labels: Int)
  /// A sample has another number of times than of units.
  case spikeCounts(file: String, sample: Int, times: Int, units: Int)
  /// A spike has a time below zero or not finite, or a unit out of range.
  case badSpike(file: String, sample: Int, seconds: Double, unit: Int, allowedUnits: Int)
}

extension DatasetError: CustomStringConvertible {
  private static let advice =
    "install the data with `apt-get install dataset-fashion-mnist`, or name its folder with "
    + "`--data PATH`"

  /// One sentence that names the file, what is wrong and what to do.
  public var description: String {
    switch self {
    case .cannotOpen(let file, let code):
      "cannot open \(file): \(String(cString: strerror(code)))"
    case .fashionMNISTMissing(let file): "\(file) is missing: \(Self.advice)"
    case .digitsMissing(let file):
      "\(file) is missing: install the data with `apt-get install python3-sklearn`, or name the file"
        + " with `--data PATH`"
    case .digitsDamaged(let file):
      "\(file) is no gzip file of digits, or is damaged: install python3-sklearn again, or name"
        + " another file with `--data PATH`"
    case .badDigits(let file, let line):
      "\(file): line \(line) is not 64 pixels from 0 to 16 and a digit from 0 to 9"
    case .badGzip(let file):
      "\(file) is no gzip file, or is damaged or cut off: \(Self.advice)"
    case .gzipTrailing(let file, let bytes):
      "\(file) goes on for \(bytes) bytes after its gzip data: \(Self.advice)"
    case .gzipTooLarge(let file, let limit):
      "\(file) unpacks to more than the \(limit) bytes allowed: \(Self.advice)"
    case .badIDXMagic, .badIDXLength, .badIDXShape, .labelOutOfRange: idxDescription
    default: spikeFileDescription
    }
  }

  private var idxDescription: String {
    switch self {
    case .badIDXMagic(let file, let found, let expected):
      "\(file) begins with \(Self.hexadecimal(found)) instead of IDX's "
        + "\(Self.hexadecimal(expected)): \(Self.advice)"
    case .badIDXLength(let file, let bytes, let expected):
      "\(file) holds \(bytes) bytes where its header announces \(expected): \(Self.advice)"
    case .badIDXShape(let file, let shape, let expected):
      "\(file) has shape \(shape) instead of \(expected): \(Self.advice)"
    case .labelOutOfRange(let file, let sample, let label, let classes):
      "\(file): sample \(sample) has label \(label), but labels go from 0 to \(classes - 1): "
        + Self.advice
    default: ""
    }
  }

  private var spikeFileDescription: String {
    switch self {
    case .notHDF5(let file):
      "\(file) is not an HDF5 file; spikes are read in the layout of the SHD data set"
    case .damaged(let file, let object):
      "\(file) is damaged at \(object), or too large; write it again with h5py or h5repack"
    case .notSHD(let file, let object, let expected):
      "\(file): \(object) must be \(expected), as in the SHD data set"
    case .sampleCounts(let file, let times, let units, let labels):
      "\(file): spikes/times, spikes/units and labels have \(times), \(units) and \(labels) "
        + "samples, but must have equally many"
    case .spikeCounts(let file, let sample, let times, let units):
      "\(file): sample \(sample) has \(times) times but \(units) units"
    case .badSpike(let file, let sample, let seconds, let unit, let allowed):
      "\(file): sample \(sample) has a spike at \(seconds) s of unit \(unit), but times must be "
        + "finite and from 0, units from 0 to \(allowed - 1)"
    default: ""
    }
  }

  private static func hexadecimal(_ word: UInt32) -> String {
    let digits = String(word, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
