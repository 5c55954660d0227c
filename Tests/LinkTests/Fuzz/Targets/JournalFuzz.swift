import Foundation
import HardwareSpec
import Link
import TestSupport

/// Journal files: refused, or read and written, and an image that is read has its hash.
///
/// An input is the file; after a mark, also its log.
struct JournalFuzz: FuzzTarget {
  static let name = "journal"
  private static let mark = Array("-wal-wal".utf8)
  private let folder: StateFolder
  private let good: [UInt8]

  init() throws {
    folder = try StateFolder(inMemory: true)
    let store = try folder.open()
    try store.write(JournalSample.small)
    store.close()
    good = folder.bytes()
  }

  func seeds() throws -> [[UInt8]] {
    let other = try StateFolder()
    let store = try other.open()
    for entry in JournalSample.small { try store.write([entry]) }
    let killed = other.bytes() + Self.mark + other.bytes("-wal")
    store.close()
    return [good, killed]
  }

  func take(_ bytes: [UInt8]) throws {
    let cut = Self.cut(bytes)
    try put(cut.file, cut.log)
    let store: JournalStore
    do {
      store = try folder.open()
    } catch {
      let fault = error as? JournalFault
      try FuzzFinding.require(fault != nil && fault != .full, "\(error)")
      try FuzzFinding.require(folder.bytes() == cut.file, "a refused file was changed")
      return
    }
    defer { store.close() }
    try use(store)
  }

  private func use(_ store: JournalStore) throws {
    guard let state = try? store.recovered() else {
      throw FuzzFinding("opened, and then not read")
    }
    for session in state.sessions {
      for (chip, image) in session.images {
        let found = try? store.image(session: session.digest, chip: chip)
        try FuzzFinding.require(found.map { $0.hash == image.hash } ?? true, "another image")
      }
    }
    _ = store.write([[.opened(session: "new", user: "u", client: "c")], [.ended(session: "aa")]])
  }

  private static func cut(_ bytes: [UInt8]) -> (file: [UInt8], log: [UInt8]) {
    let place = bytes.indices.first { bytes[$0...].starts(with: mark) }
    guard let place else { return (bytes, []) }
    return (Array(bytes[..<place]), Array(bytes[(place + mark.count)...]))
  }

  private func put(_ file: [UInt8], _ log: [UInt8]) throws {
    for suffix in ["-wal", "-shm", "-journal"] { unlink(folder.file + suffix) }
    try folder.write(file)
    if !log.isEmpty { try folder.write(log, "-wal") }
  }

  func takeGood() throws {
    try put(good, [])
    let store = try folder.open()
    defer { store.close() }
    let found = try JournalModel(JournalSample.small).differences(from: store)
    try FuzzFinding.require(found.isEmpty, "a good journal is not understood")
  }
}
