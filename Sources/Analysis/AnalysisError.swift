import Foundation

/// Says why an analysis was refused or its output could not be written.
public enum AnalysisError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The disk or the quota is used up; nothing was left under the final name.
  case diskFull(path: String)
  /// The system refused to write at `path` with `code`, an errno value.
  case notWritable(path: String, code: Int32)
  /// A figure's file name holds more than letters, digits, dots, dashes and underscores.
  case fileNameNotAllowed(name: String)
  /// Two figures of one report share a file name.
  case fileNameRepeated(name: String)
  /// A filter's time constant, in microseconds, must be positive and finite.
  case timeConstantOutOfRange(Double)
  /// The price of moving a spike, per microsecond, must be finite and not negative.
  case shiftCostOutOfRange(Double)
  /// The coincidence tolerance, in microseconds, must be finite and not negative.
  case toleranceOutOfRange(Double)
  /// The observed time, in microseconds, must be positive and finite.
  case durationOutOfRange(Double)
  /// A spike time is not a finite number.
  case spikeTimeNotFinite(index: Int)
  /// The two trains would need more comparisons than allowed.
  case tooManySpikePairs(first: Int, second: Int, allowed: Int)

  /// One sentence: what, where, what is allowed and what to try.
  public var description: String {
    switch self {
    case .diskFull(let path):
      "No space is left to write \"\(path)\"; free some or choose another folder."
    case .notWritable(let path, let code):
      "Cannot write \"\(path)\" (\(String(cString: strerror(code)))); choose a folder you may write."
    case .fileNameNotAllowed(let name):
      "The file name \"\(name)\" is not allowed; use 1 to 100 of A-Z, a-z, 0-9, '.', '-', '_', "
        + "not beginning with a dot."
    case .fileNameRepeated(let name):
      "The file name \"\(name)\" is used twice in one report; give each figure its own."
    case .timeConstantOutOfRange(let value):
      "The time constant is \(value) us; it must be positive and finite."
    case .shiftCostOutOfRange(let value):
      "The shift cost is \(value) per us; it must be finite and at least 0."
    case .toleranceOutOfRange(let value):
      "The tolerance is \(value) us; it must be finite and at least 0."
    case .durationOutOfRange(let value):
      "The observed time is \(value) us; it must be positive and finite."
    case .spikeTimeNotFinite(let index):
      "Spike \(index) has a time that is not a finite number; repair the recording."
    case .tooManySpikePairs(let first, let second, let allowed):
      "Trains of \(first) and \(second) spikes exceed \(allowed) comparisons; compare shorter pieces."
    }
  }
}
