import Foundation

/// Says with which system error a file could not be written.
package struct AtomicFileError: Error, Equatable, Sendable {
  /// The system's error number.
  package let code: Int32
}

/// Writes `bytes` to a new file beside `path`, then moves it there in one step: a reader sees the
/// older file or the whole new one, and a full disk leaves nothing behind.
package func writeAtomically(_ bytes: [UInt8], to path: String) throws(AtomicFileError) {
  let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).part"
  let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard file >= 0 else { throw AtomicFileError(code: errno) }
  var failure = writeAll(bytes, to: file)
  if close(file) != 0, failure == 0 { failure = errno }
  if failure == 0, rename(temporary, path) != 0 { failure = errno }
  guard failure == 0 else {
    unlink(temporary)
    throw AtomicFileError(code: failure)
  }
}

/// Writes everything, and answers with the system's error number or 0.
private func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
  bytes.withUnsafeBytes { buffer in
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? EIO : errno }
      rest = rest.dropFirst(count)
    }
    return 0
  }
}
