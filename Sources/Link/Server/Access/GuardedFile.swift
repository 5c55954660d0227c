import Foundation

/// Reads and writes files that others must not read, or not write.
enum GuardedFile {
  /// What others may do with a file.
  enum Secrecy {
    /// Read it, but not write it.
    case open
    /// Nothing.
    case secret
  }

  /// Reads a file of at most so many bytes; a link, a device or a pipe is no file.
  static func read(
    _ path: String, atMost limit: Int, _ secrecy: Secrecy
  ) throws(LinkError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .keys(path: path, .last) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .keys(path: path, .last) }
    try check(status, path, S_IFREG, "file", secrecy)
    guard status.st_size <= limit else { throw .keys(path: path, .tooLarge(limit: limit)) }
    var bytes: [UInt8] = Array(repeating: 0, count: limit + 1)
    var count = 0
    while count < bytes.count {
      let taken = bytes.withUnsafeMutableBytes { buffer in
        Foundation.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if taken < 0 && errno == EINTR { continue }
      guard taken >= 0 else { throw .keys(path: path, .last) }
      if taken == 0 { break }
      count += taken
    }
    guard count <= limit else { throw .keys(path: path, .tooLarge(limit: limit)) }
    return Array(bytes[..<count])
  }

  /// Checks that a folder belongs to this user, and that others cannot put files there.
  static func checkFolder(_ path: String) throws(LinkError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .keys(path: path, .last) }
    try check(status, path, S_IFDIR, "folder", .open)
  }

  private static func check(
    _ status: stat, _ path: String, _ kind: mode_t, _ expected: String, _ secrecy: Secrecy
  ) throws(LinkError) {
    guard status.st_mode & S_IFMT == kind else {
      throw .keys(path: path, .wrongKind(expected: expected))
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw .keys(path: path, .foreign(owner: status.st_uid))
    }
    let mode = status.st_mode & 0o7777
    guard mode & 0o022 == 0 else { throw .keys(path: path, .writableByOthers(mode: mode)) }
    if secrecy == .secret, mode & 0o077 != 0 {
      throw .keys(path: path, .readableByOthers(mode: mode))
    }
  }

  /// Writes a file that is not there yet, whole or not at all.
  static func create(_ path: String, _ text: String, _ secrecy: Secrecy) throws(LinkError) {
    guard access(path, F_OK) != 0 else { throw .keys(path: path, .exists) }
    let draft = path + ".new"
    unlink(draft)
    let mode: mode_t = secrecy == .secret ? 0o600 : 0o644
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw .keys(path: path, .last) }
    let bytes = Array(text.utf8)
    let isWhole = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    let fault = KeyFault.last
    close(descriptor)
    // A link, unlike a renaming, does not replace what somebody else has made in the meantime.
    guard isWhole, link(draft, path) == 0 else {
      let reason = isWhole ? KeyFault.last : fault
      unlink(draft)
      throw .keys(path: path, reason)
    }
    unlink(draft)
  }

  /// Makes a folder for this user alone, unless it is there.
  static func createFolder(_ path: String) throws(LinkError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .keys(path: path, .last) }
    try checkFolder(path)
  }
}

extension KeyFault {
  /// What the system has just refused.
  static var last: KeyFault { .system(reason: String(cString: strerror(errno))) }
}
