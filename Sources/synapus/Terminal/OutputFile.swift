import Foundation
import Synchronization

/// Writes a file so that its final name always holds a whole file: the old one or the new one.
enum OutputFile {
  /// Writes bytes by way of a temporary file beside the target.
  ///
  /// A device or pipe, such as `/dev/stdout`, is written to as it is; a link is followed.
  static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    let bytes = Array(bytes)
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    var status = stat()
    if stat(target.path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      return try write(bytes, into: path, opened: O_WRONLY, reportedAs: path)
    }
    let temporary = target.deletingLastPathComponent()
      .appending(path: ".\(target.lastPathComponent).\(getpid()).tmp").path
    TemporaryFiles.add(temporary)
    defer { TemporaryFiles.remove(temporary) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    try write(bytes, into: temporary, opened: flags, reportedAs: path)
    guard rename(temporary, target.path) == 0 else { throw failure(errno, path) }
  }

  /// Writes a file piece by piece while `body` makes it; the final name holds it only when whole.
  ///
  /// A device or pipe is written to as it is; a link is followed.
  static func stream(
    to path: String, _ body: (_ sink: @escaping ([UInt8]) throws -> Void) throws -> Void
  ) throws {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    var status = stat()
    let isSpecial = stat(target.path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    let written =
      isSpecial
      ? path
      : target.deletingLastPathComponent()
        .appending(path: ".\(target.lastPathComponent).\(getpid()).tmp").path
    if !isSpecial { TemporaryFiles.add(written) }
    defer { if !isSpecial { TemporaryFiles.remove(written) } }
    let flags = isSpecial ? O_WRONLY : O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    let file = open(written, flags | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw failure(errno, path) }
    do {
      try body { bytes in
        let code = writePiece(bytes, to: file)
        guard code == 0 else { throw failure(code, path) }
      }
    } catch {
      close(file)
      throw error
    }
    let code = writeAll([], to: file)
    guard code == 0 else { throw failure(code, path) }
    guard isSpecial || rename(written, target.path) == 0 else { throw failure(errno, path) }
  }

  private static func write(
    _ bytes: [UInt8], into path: String, opened flags: Int32, reportedAs name: String
  ) throws {
    let file = open(path, flags | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw failure(errno, name) }
    let code = writeAll(bytes, to: file)
    guard code == 0 else { throw failure(code, name) }
  }

  /// Writes text.
  static func write(_ text: String, to path: String) throws { try write(text.utf8, to: path) }

  /// Writes; gives 0 or the error's number.
  private static func writePiece(_ bytes: [UInt8], to file: Int32) -> Int32 {
    var (rest, code): (ArraySlice<UInt8>, Int32) = (bytes[...], 0)
    while code == 0, !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if written > 0 { rest = rest.dropFirst(written) } else if errno != EINTR { code = errno }
    }
    return code
  }

  /// Writes, flushes and closes; gives 0 or the error's number.
  private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
    var code = writePiece(bytes, to: file)
    if code == 0, fsync(file) != 0, errno != EINVAL, errno != EROFS { code = errno }
    if close(file) != 0, code == 0 { code = errno }
    return code
  }

  private static func failure(_ code: Int32, _ path: String) -> Failure {
    if code == ENOSPC || code == EDQUOT {
      return Failure(
        .diskFull, "no space is left to write '\(path)'", at: path,
        try: "free some space or choose another folder")
    }
    return Failure(
      .fileUnwritable, "'\(path)' cannot be written: \(String(cString: strerror(code)))", at: path,
      try: "choose a folder that is there and that you may write")
  }
}

/// The temporary files that are open now, so that an interrupted command leaves none behind.
enum TemporaryFiles {
  private static let paths = Mutex<Set<String>>([])

  /// Notes a file that must not outlive the command.
  static func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }

  /// Removes a file, if it is still there, and forgets it.
  static func remove(_ path: String) {
    paths.withLock { _ = $0.remove(path) }
    unlink(path)
  }

  /// Removes all that are left.
  static func removeAll() {
    paths.withLock { paths in
      for path in paths { unlink(path) }
      paths = []
    }
  }
}
