import Foundation
import Link

/// A folder of keys for a test; it goes with this object.
final class TestKeys: Sendable {
  let folder: String

  /// Makes the server's keys.
  init() throws {
    folder = GatewayServer.freshPath() + ".keys"
    try KeyFolder(folder).makeServer()
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Makes a user, and answers with what they are handed.
  @discardableResult
  func add(_ name: String, role: String = "runner", chips: [String]? = nil) throws -> ClientKey {
    try KeyFolder(folder).makeUser(name, role: role, chips: chips, secret: secret(name))
    return try ClientKey(file: secret(name))
  }

  func secret(_ name: String) -> String { "\(folder)/\(name).key_secret" }

  /// The key of somebody whom the server does not know.
  func stranger() throws -> ClientKey {
    let key = try add("stranger")
    try KeyFolder(folder).removeUser("stranger")
    try FileManager.default.removeItem(atPath: secret("stranger"))
    return key
  }
}
