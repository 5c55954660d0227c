import Foundation
import GRDB

/// Fields of rows; one of another type shows that the file is damaged, and is no reason to trap.
extension Row {
  func text(_ name: String) throws -> String {
    guard case .string(let text)? = field(name) else { throw Self.fault(name) }
    return text
  }

  func integer(_ name: String) throws -> Int {
    guard case .int64(let number)? = field(name) else { throw Self.fault(name) }
    return Int(number)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    guard case .blob(let data)? = field(name) else { throw Self.fault(name) }
    return [UInt8](data)
  }

  /// Whether a field is empty, as in a row that was joined with none, or unknown to the version.
  func isNull(_ name: String) -> Bool { field(name) == .null }

  private func field(_ name: String) -> DatabaseValue.Storage? {
    (self[name] as DatabaseValue?)?.storage ?? .null
  }

  private static func fault(_ name: String) -> JournalFault {
    .damaged("a field '\(name)' of another type")
  }
}
