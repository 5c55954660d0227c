import Foundation
import NIR

/// Is numpy's archive of named arrays (`.npz`): a zip file of `.npy` files.
public struct NPZFile: Equatable, Sendable {
  /// An array and its name, without `.npy`.
  public struct Entry: Equatable, Sendable {
    /// The name under which numpy finds the array.
    public let name: String
    /// The array.
    public let array: NPYArray

    /// Names an array.
    public init(_ name: String, _ array: NPYArray) { (self.name, self.array) = (name, array) }
  }

  /// The arrays in the order of the archive.
  public var entries: [Entry]

  /// Bytes that a file may have, and that its arrays may unpack to.
  public static let largestBytes = 1 << 31

  /// Joins arrays; their names differ.
  public init(_ entries: [Entry]) {
    precondition(Set(entries.map(\.name)).count == entries.count)
    self.entries = entries
  }

  /// The array of a name, if the archive has it.
  public subscript(name: String) -> NPYArray? { entries.first { $0.name == name }?.array }

  /// Reads an archive as numpy's `savez` and `savez_compressed` write it.
  ///
  /// - Throws: ``RecordingError``. A damaged or hostile file never does more harm.
  public init(reading path: String) throws(RecordingError) {
    let bytes = try Self.contents(of: path)
    entries = []
    var names: Set<String> = []
    for member in try ZipArchive.members(of: bytes, file: path) {
      guard member.name.hasSuffix(".npy") else {
        throw .badNPY(file: path, entry: member.name, found: "no name that ends in .npy")
      }
      let name = String(member.name.dropLast(4))
      let array = try NPYArray(
        bytes: ZipArchive.unpack(member, of: bytes, file: path), file: path, entry: name)
      guard names.insert(name).inserted else {
        throw .badNPY(file: path, entry: name, found: "a name that stands twice")
      }
      entries.append(Entry(name, array))
    }
  }

  private static func contents(of path: String) throws(RecordingError) -> [UInt8] {
    var info = stat()
    guard stat(path, &info) == 0 else { throw .cannotOpen(file: path, code: errno) }
    guard info.st_mode & S_IFMT == S_IFREG else { throw .cannotOpen(file: path, code: EINVAL) }
    guard info.st_size <= largestBytes else {
      throw .badZip(file: path, entry: "", fault: .tooLarge)
    }
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw .cannotOpen(file: path, code: EACCES)
    }
  }

  /// Writes the arrays without compression, whole or not at all.
  public func write(to path: String) throws(RecordingError) {
    let members = entries.map { (name: $0.name + ".npy", bytes: $0.array.encoded) }
    guard members.reduce(0, { $0 + $1.bytes.count }) <= Self.largestBytes else {
      throw .badZip(file: path, entry: "", fault: .tooLarge)
    }
    do throws(AtomicFileError) {
      try writeAtomically(ZipArchive.stored(members), to: path)
    } catch {
      throw .cannotWrite(file: path, code: error.code)
    }
  }
}
