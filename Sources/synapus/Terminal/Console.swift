import Foundation

/// Thrown when the reader of standard output is gone.
struct ClosedOutput: Error {}

/// The two streams: data on standard output, words on standard error.
enum Console {
  /// Writes data, with a newline at its end.
  static func write(_ data: String) throws {
    try write(data, to: STDOUT_FILENO)
  }

  /// Writes one JSON object: keys sorted, so that equal answers are equal bytes.
  static func writeJSON(_ value: some Encodable) throws { try write(try json(value)) }

  /// A value as one JSON object, keys sorted.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Says words to the person at the terminal; a closed standard error is no reason to stop.
  static func say(_ words: String) {
    try? write(words, to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) throws {
    var bytes = Array(text.utf8)[...]
    if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw failure(errno) }
      bytes = bytes.dropFirst(written)
    }
  }

  private static func failure(_ code: Int32) -> any Error {
    switch code {
    case EPIPE: return ClosedOutput()
    case ENOSPC, EDQUOT:
      return Failure(.diskFull, "there is no space left for standard output")
    default:
      return Failure(
        .fileUnwritable, "standard output cannot be written: \(String(cString: strerror(code)))")
    }
  }
}
