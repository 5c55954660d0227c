import Foundation
import NIR

/// Says why a recording, spike or npz file cannot be read or written.
public enum RecordingError: Error, Equatable, Sendable {
  /// The file cannot be opened; `code` is the system's error number.
  case cannotOpen(file: String, code: Int32)
  /// The file cannot be written; `code` is the system's error number, 0 if HDF5 gave none.
  case cannotWrite(file: String, code: Int32)
  /// The file is no HDF5 file.
  case notHDF5(file: String)
  /// The file is damaged at an object.
  case damaged(file: String, object: String)
  /// An object is not read, for a reason that completes "the object ...".
  case refused(file: String, object: String, reason: String)
  /// An object is missing or is not what it must be.
  case wrongObject(file: String, object: String, expected: String)
  /// Two objects do not have equally many samples, or a sample not equally many spikes.
  case countMismatch(file: String, object: String, count: Int, expected: Int)
  /// A spike has a time that is negative, not finite or after the longest sample, or a bad unit.
  case badSpike(file: String, sample: Int, spike: Int)
  /// The file's clock cycles are not those of the chip.
  case otherClock(file: String, cycleSeconds: Double, chipCycleSeconds: Double)
  /// A zip archive is damaged or uses what npz files do not need.
  case badZip(file: String, entry: String, fault: ZipFault)
  /// An npy array cannot be read.
  case badNPY(file: String, entry: String, found: String)
}

/// Says what is wrong with a zip archive.
public enum ZipFault: String, Equatable, Sendable {
  /// It has no directory at its end.
  case noDirectory = "has no zip directory at its end"
  /// The directory or an entry leads outside the file.
  case outOfBounds = "leads outside the file"
  /// The entry is encrypted, or compressed otherwise than by deflate.
  case unknownMethod = "is compressed in another way than stored or deflated"
  /// The check sum differs, or the entry does not unpack to the length that is stated.
  case badContents = "is damaged: its length or check sum is wrong"
  /// The entries would take too much memory.
  case tooLarge = "does not fit the memory allowed for one file"
}

extension RecordingError: CustomStringConvertible {
  /// One sentence that names the file, the place in it and what is allowed.
  public var description: String {
    switch self {
    case .cannotOpen(let file, let code):
      "cannot open \(file): \(String(cString: strerror(code)))"
    case .cannotWrite(let file, let code):
      "cannot write \(file): \(code == 0 ? "libhdf5 refused" : String(cString: strerror(code)))"
    case .notHDF5(let file): "\(file) is not an HDF5 file"
    case .damaged(let file, let object): "\(file) is damaged at \(object)"
    case .refused(let file, let object, let reason): "\(file): the object \(object) \(reason)"
    case .wrongObject(let file, let object, let expected):
      "\(file): \(object) must be \(expected)"
    case .countMismatch(let file, let object, let count, let expected):
      "\(file): \(object) has \(count) entries where \(expected) are needed"
    case .badSpike(let file, let sample, let spike):
      "\(file): spike \(spike) of sample \(sample) must have a finite time from 0 on, at most "
        + "2^32 clock cycles, and a unit from 0 to 2^32 - 1"
    case .otherClock(let file, let cycle, let chipCycle):
      "\(file) was recorded with clock cycles of \(cycle) s, but the chip's last \(chipCycle) s"
    case .badZip(let file, let entry, let fault):
      "\(file): \(entry.isEmpty ? "the archive" : entry) \(fault.rawValue)"
    case .badNPY(let file, let entry, let found):
      "\(file): the array \(entry) has the header \(found), but must be of type f4, f8, u1, i4, "
        + "i8, u4, u8 or U, and little-endian"
    }
  }
}

extension RecordingError {
  /// Says the same for a file of this name.
  init(_ error: HDF5Error, file: String) {
    switch error {
    case .cannotOpen(let code): self = .cannotOpen(file: file, code: code)
    case .notHDF5: self = .notHDF5(file: file)
    case .damaged(let object), .refused(let object, .damaged):
      self = .damaged(file: file, object: object)
    case .refused(let object, let refusal):
      self = .refused(file: file, object: object, reason: refusal.reason)
    case .cannotWrite(let code): self = .cannotWrite(file: file, code: code)
    }
  }
}
