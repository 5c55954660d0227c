import Foundation

/// Where a server keeps what outlives it.
enum StateFolder {
  /// The word of `--state` for a server that keeps nothing.
  static let none = "none"

  /// The folder for an endpoint: the one asked for, or one of this user's by the endpoint's name.
  ///
  /// A server on any free port could not find its own folder again, and keeps nothing.
  static func path(_ asked: String?, endpoint: String) throws -> String? {
    if let asked { return asked == none ? nil : asked }
    guard !endpoint.hasSuffix(":0"), !endpoint.hasSuffix(":*") else { return nil }
    let name = endpoint.map { character in
      character.isASCII && (character.isLetter || character.isNumber || character == ".")
        ? character : "-"
    }
    let parent = "\(base)/synapus"
    do {
      try FileManager.default.createDirectory(
        atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure(
        .stateFolder, "the state folder '\(parent)' cannot be made", at: parent,
        try: "--state FOLDER, or --state none")
    }
    return "\(parent)/\(String(name.suffix(120)))"
  }

  private static var base: String {
    let environment = ProcessInfo.processInfo.environment
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state }
    return (environment["HOME"] ?? "/tmp") + "/.local/state"
  }
}
