import Foundation

/// Writes files so that a final name always holds a whole file: the old one or the new one.
public enum AtomicFiles {
  /// One file to write, its name inside the folder.
  package struct File {
    package var name: String
    package var contents: [UInt8]

    package init(name: String, contents: String) {
      (self.name, self.contents) = (name, Array(contents.utf8))
    }
  }

  /// The system call that writes, exchangeable so that a full disk can be tested.
  package typealias WriteCall = (Int32, UnsafeRawBufferPointer) -> Int

  /// Writes one text file, by way of a temporary file beside it.
  /// - Throws: ``AnalysisError/diskFull(path:)`` or ``AnalysisError/notWritable(path:code:)``.
  public static func write(_ contents: String, to path: String) throws(AnalysisError) {
    let url = URL(fileURLWithPath: path)
    let file = File(name: url.lastPathComponent, contents: contents)
    try write([file], into: url.deletingLastPathComponent().path)
  }

  /// Writes a set of files into a folder, which is made if need be.
  ///
  /// All of them are written in full under temporary names before the first is renamed, so that
  /// a full disk leaves what was there before.
  package static func write(
    _ files: [File], into folder: String, using call: WriteCall = systemWrite
  ) throws(AnalysisError) {
    let made = try makeFolder(folder)
    var waiting: [(temporary: String, final: String)] = []
    do throws(AnalysisError) {
      for (index, file) in files.enumerated() {
        let final = folder + "/" + file.name
        let temporary = "\(folder)/.\(file.name).\(getpid())-\(index).tmp"
        waiting.append((temporary, final))
        try writeWhole(file.contents, to: temporary, reportedAs: final, using: call)
      }
      while let next = waiting.first {
        guard rename(next.temporary, next.final) == 0 else {
          throw failure(errno, path: next.final)
        }
        waiting.removeFirst()
      }
    } catch {
      for file in waiting { unlink(file.temporary) }
      for path in made.reversed() { rmdir(path) }
      throw error
    }
  }

  /// Makes a folder and those above it; returns the ones that are new, outermost first.
  private static func makeFolder(_ folder: String) throws(AnalysisError) -> [String] {
    var missing: [String] = []
    var url = URL(fileURLWithPath: folder)
    while url.path != "/", access(url.path, F_OK) != 0, errno == ENOENT {
      missing.append(url.path)
      url.deleteLastPathComponent()
    }
    var made: [String] = []
    for path in missing.reversed() {
      guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
        let code = errno
        for path in made.reversed() { rmdir(path) }
        throw failure(code, path: path)
      }
      made.append(path)
    }
    return made
  }

  private static func writeWhole(
    _ contents: [UInt8], to path: String, reportedAs name: String, using call: WriteCall
  ) throws(AnalysisError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(errno, path: name) }
    var rest = contents[...]
    var code: Int32 = 0
    while code == 0, !rest.isEmpty {
      let written = rest.withUnsafeBytes { call(descriptor, $0) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        code = written == 0 ? ENOSPC : errno
      }
    }
    if code == 0, fsync(descriptor) != 0, errno != EINVAL { code = errno }
    // Network file systems report a full disk only when the file is closed.
    if close(descriptor) != 0, code == 0 { code = errno }
    guard code == 0 else { throw failure(code, path: name) }
  }

  package static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    Foundation.write(descriptor, bytes.baseAddress, bytes.count)
  }

  private static func failure(_ code: Int32, path: String) -> AnalysisError {
    code == ENOSPC || code == EDQUOT ? .diskFull(path: path) : .notWritable(path: path, code: code)
  }
}
