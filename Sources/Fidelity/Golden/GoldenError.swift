import ChipInterface
import Compiler
import Emulator
import FirmwareModels

/// Why a recorded case cannot be replayed.
public enum GoldenError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The folder cannot be read, or holds no case.
  case noCases(folder: String)
  /// The file cannot be read, or is too large.
  case unreadable(largestBytes: Int)
  /// The file is not JSON.
  case notJSON
  /// The file has a format that this program does not know.
  case format(found: String, known: [String])
  /// A key is missing.
  case missing(key: String)
  /// A value is of another kind.
  case kind(key: String, needed: String)
  /// An array has another shape.
  case shape(key: String, found: [Int], needed: String)
  /// A number lies out of its range.
  case number(key: String, value: Double, allowed: ClosedRange<Double>)
  /// A word is none of those known.
  case word(key: String, found: String, known: [String])
  /// A number has no register that could hold it.
  case notExpressible(key: String, value: Double, needed: String)
  /// The rule is none, or does not fit the chip.
  case rule(RuleError)
  /// The case learns, and the chip does not.
  case noLearning(chip: String)
  /// The network does not compile.
  case compiler(CompilerError)
  /// The image was changed by being written and read.
  case imageRoundTrip
  /// The chip refuses the image or the experiment.
  case chip(ChipError)
  /// The emulator cannot be made.
  case emulator(EmulatorError)

  /// One sentence, without the file.
  public var description: String {
    switch self {
    case .noCases(let folder):
      return "the folder '\(folder)' holds no file that ends in .json, or cannot be read"
    case .unreadable(let largest):
      return "the file cannot be read, or has more than \(largest) bytes"
    case .notJSON: return "the file is not JSON; it must hold one object"
    case .format(let found, let known):
      return "'format' is '\(found)'; \(known.joined(separator: ", ")) are known"
    case .missing(let key): return "'\(key)' is missing"
    case .kind(let key, let needed): return "'\(key)' must be \(needed)"
    case .shape(let key, let found, let needed):
      let shape = found.map(String.init).joined(separator: " x ")
      return "'\(key)' has \(shape) numbers; \(needed) are needed"
    case .number(let key, let value, let allowed):
      return "'\(key)' holds \(value); \(allowed.lowerBound) to \(allowed.upperBound) is allowed"
    case .word(let key, let found, let known):
      return "'\(key)' is '\(found)'; \(known.joined(separator: ", ")) are allowed"
    case .notExpressible(let key, let value, let needed):
      return "'\(key)' holds \(value), which the chip has no register for; \(needed) is needed"
    case .rule(let error): return error.description
    case .noLearning(let chip): return "the case has a rule; chip '\(chip)' does not learn"
    case .compiler(.doesNotFit(let report)):
      return report.misfits.map(\.message).joined(separator: "; ")
    case .compiler(let error): return error.description
    case .imageRoundTrip: return "the image differs after it was written and read again"
    case .chip(let error): return error.description
    case .emulator(let error): return error.description
    }
  }
}
