import Foundation

/// Reads the files that a user names.
enum InputFile {
  /// The largest file that is read whole, in bytes: no image or text of ours comes near.
  static let largest = 1 << 30

  /// The bytes of a file.
  static func bytes(_ path: String, largest: Int = largest) throws -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw Failure(
        .fileUnreadable, "'\(path)' cannot be opened: \(String(cString: strerror(errno)))", at: path
      )
    }
    let data: Data?
    do { data = try file.read(upToCount: largest + 1) } catch {
      throw Failure(.fileUnreadable, "'\(path)' cannot be read", at: path)
    }
    let count = data?.count ?? 0
    guard count <= largest else {
      throw Failure(.fileUnreadable, "'\(path)' has more than \(largest) bytes", at: path)
    }
    return data.map(Array.init) ?? []
  }

  /// A file of UTF-8 text.
  static func text(_ path: String, largest: Int = largest) throws -> String {
    guard let text = String(validating: try bytes(path, largest: largest), as: UTF8.self) else {
      throw Failure(.fileUnreadable, "'\(path)' is not UTF-8 text", at: path)
    }
    return text
  }
}
