import Foundation
import Synchronization

/// The state folder of one server, held against others until this goes.
///
/// The folder and what is in it are for their owner only. The lock is one of the kernel's on
/// `journal.lock`: it goes with the process however that ends.
final class JournalFolder: Sendable {
  private let path: String
  private let lock: Mutex<Int32?>

  /// The file of the journal, and of one that is being made.
  var file: String { path + "/journal.sqlite" }
  var draft: String { path + "/journal.sqlite.new" }

  /// Takes the folder, making it where there is none.
  init(_ path: String) throws(JournalFault) {
    self.path = path
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw JournalFault(errno, "the state folder '\(path)' cannot be made")
    }
    try Self.check(path)
    let lock = open(path + "/journal.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else {
      throw JournalFault(errno, "the state folder '\(path)' cannot be written")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw .failed(
        "another server uses the state folder '\(path)'; stop it or choose another folder")
    }
    self.lock = Mutex(lock)
  }

  deinit { release() }

  /// Lets others have the folder.
  func release() {
    lock.withLock { lock in
      if let descriptor = lock { close(descriptor) }
      lock = nil
    }
  }

  /// The folder must be this user's, and nobody else may look into it.
  private static func check(_ path: String) throws(JournalFault) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      throw JournalFault(errno, "the state folder '\(path)' cannot be read")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .failed("'\(path)' is no folder; choose another one for the state")
    }
    guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw .failed(
        "the state folder '\(path)' is open to other users; it must be yours alone (chmod 700)")
    }
  }

  /// Whether there is a journal, checked for what SQLite would take for an empty one.
  func hasJournal() throws(JournalFault) -> Bool {
    var status = stat()
    guard lstat(file, &status) == 0 else {
      guard errno == ENOENT else { throw JournalFault(errno, "'\(file)' cannot be read") }
      // A log without its file would be mixed into a new one.
      guard lstat(file + "-wal", &status) != 0 || status.st_size == 0 else {
        throw .damaged("its log journal.sqlite-wal is there without it")
      }
      return false
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .failed("'\(file)' is no file") }
    // A journal is put in place whole, so an empty one was cut.
    guard status.st_size >= 512 else { throw .damaged("it has \(status.st_size) bytes") }
    guard access(file, W_OK) == 0 else { throw JournalFault(errno, "'\(file)' cannot be written") }
    return true
  }

  /// Makes an empty draft that only its owner may read.
  func makeDraft() throws(JournalFault) {
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) }
    let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw JournalFault(errno, "'\(draft)' cannot be made") }
    close(descriptor)
  }

  /// Puts the draft in the journal's place, for good.
  func publishDraft() throws(JournalFault) {
    guard rename(draft, file) == 0 else { throw JournalFault(errno, "'\(file)' cannot be made") }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(descriptor) }
    guard descriptor >= 0, fsync(descriptor) == 0 else {
      throw JournalFault(errno, "the state folder '\(path)' cannot be written")
    }
  }

  /// Bytes of the journal, and of its log; 0 where there is none.
  var fileBytes: Int { Self.bytes(file) }
  var logBytes: Int { Self.bytes(file + "-wal") }

  private static func bytes(_ path: String) -> Int {
    var status = stat()
    return lstat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}

extension JournalFault {
  /// The fault for an error number of the system.
  init(_ code: Int32, _ what: String) {
    switch code {
    case ENOSPC, EDQUOT: self = .full
    case EROFS, EACCES, EPERM: self = .readOnly
    default: self = .failed("\(what): \(String(cString: strerror(code)))")
    }
  }
}
