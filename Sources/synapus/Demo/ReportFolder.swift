import Foundation

/// The folder of the demo's report, proven to be writable before minutes of training.
final class ReportFolder {
  let path: String
  private var made: [String] = []

  /// Makes the folder and those above it where they are missing, and writes a file to prove it.
  init(_ path: String) throws {
    self.path = path
    try makeMissing()
    let probe = file(".synapus-\(getpid()).probe")
    do {
      try OutputFile.write(Array(repeating: UInt8(0), count: 1 << 16), to: probe)
      unlink(probe)
    } catch var failure as Failure {
      removeIfEmpty()
      failure.sentence = failure.sentence.replacing(probe, with: path)
      failure.place = path
      throw failure
    }
  }

  /// The path of a file in the folder.
  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Removes the folders that were made here and hold nothing.
  func removeIfEmpty() {
    for path in made.reversed() { rmdir(path) }
  }

  private func makeMissing() throws {
    var missing: [String] = []
    var url = URL(fileURLWithPath: path)
    while url.path != "/", access(url.path, F_OK) != 0, errno == ENOENT {
      missing.append(url.path)
      url.deleteLastPathComponent()
    }
    for path in missing.reversed() {
      guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
        let code = errno
        removeIfEmpty()
        throw Failure(
          code == ENOSPC || code == EDQUOT ? .diskFull : .fileUnwritable,
          "the report folder '\(path)' cannot be made: \(String(cString: strerror(code)))",
          at: path, try: "--report with a folder that you may write")
      }
      made.append(path)
    }
  }
}
