/// What the replay of one recorded file found, whatever was recorded.
public protocol ReplayResult: Sendable {
  /// The file's name without its folder.
  var file: String { get }
  /// What the case is of; empty when the file could not be read.
  var model: String { get }
  /// Recorded values that were compared, and those that differ.
  var compared: Int { get }
  /// Those that differ.
  var mismatches: Int { get }
  /// The first that differs, in words; nil where none does.
  var firstText: String? { get }
  /// Why the file could not be replayed; nil: it was.
  var fault: String? { get }
  /// Whether the file was replayed and every value is right.
  var pass: Bool { get }
}

extension GoldenResult: ReplayResult {
  /// The first number that differs, in words; nil where none does.
  public var firstText: String? { first?.text }
}

extension NIRCaseResult: ReplayResult {
  /// The first value that differs, in words; nil where none does.
  public var firstText: String? { first?.text }
}
