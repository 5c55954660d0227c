/// A fault of a chip file or of a coordinate.
public enum SpecError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One fault of a chip file, at a line.
  public struct Fault: Equatable, Sendable {
    /// The line of the file, from 1.
    public var line: Int
    /// What is wrong, and what would be accepted, in one sentence without the place.
    public var message: String

    /// Makes a fault.
    public init(line: Int, message: String) { (self.line, self.message) = (line, message) }
  }

  /// No chip of that name is built in and no file has that path.
  case unknownChip(name: String, known: [String])
  /// The file could not be read.
  case unreadable(path: String)
  /// The file is a chip file with faults; all are listed.
  case faults(file: String, [Fault])

  /// One sentence a fault, with file and line.
  public var description: String {
    switch self {
    case .unknownChip(let name, let known):
      return "there is no chip '\(name)'; built in are \(known.joined(separator: ", ")),"
        + " and --chip also takes the path of a chip file"
    case .unreadable(let path):
      return "the chip file '\(path)' cannot be read"
    case .faults(let file, let faults):
      return faults.map { "\(file):\($0.line): \($0.message)" }.joined(separator: "\n")
    }
  }
}
