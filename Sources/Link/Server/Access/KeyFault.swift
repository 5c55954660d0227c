/// Why a key file, or the folder of keys, cannot be used.
public enum KeyFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// It is not there, or may not be read or written.
  case system(reason: String)
  /// It is larger than any key file.
  case tooLarge(limit: Int)
  /// It is not the file or folder that should be there.
  case wrongKind(expected: String)
  /// A line is not understood.
  case line(Int, reason: String)
  /// An entry is not there.
  case missing(entry: String)
  /// An entry has a value that is not allowed.
  case value(entry: String, allowed: String)
  /// Secret and public key do not belong together.
  case strangers
  /// Others may read the secret in it.
  case readableByOthers(mode: UInt32)
  /// Others may write it.
  case writableByOthers(mode: UInt32)
  /// It belongs to another user of this machine.
  case foreign(owner: UInt32)
  /// It is there already.
  case exists
  /// Two users have one key.
  case sameKey(as: String)

  /// The rest of a sentence that begins with the path.
  public var description: String {
    switch self {
    case .system(let reason): return "cannot be used: \(reason)"
    case .tooLarge(let limit): return "is no key file: it has more than \(limit) bytes"
    case .wrongKind(let expected): return "is no \(expected)"
    case .line(let number, let reason): return "line \(number): \(reason)"
    case .missing(let entry): return "has no '\(entry)'"
    case .value(let entry, let allowed): return "has a wrong '\(entry)'; allowed: \(allowed)"
    case .strangers: return "has a secret and a public key that do not belong together"
    case .readableByOthers(let mode):
      return "holds a secret and has mode \(Self.octal(mode)); set it to 0600"
    case .writableByOthers(let mode):
      return "may be written by others with mode \(Self.octal(mode)); take that right away"
    case .foreign(let owner): return "belongs to user \(owner) of this machine, not to you"
    case .exists: return "exists already; remove it first"
    case .sameKey(let other): return "has the same key as user '\(other)'; make a fresh one"
    }
  }

  private static func octal(_ mode: UInt32) -> String {
    let digits = String(mode & 0o7777, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
