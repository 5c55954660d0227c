import Foundation

/// Where servers listen and clients look when no endpoint is named.
enum DefaultEndpoint {
  /// A socket file of this user; other users of the machine have others.
  static var text: String {
    let folder =
      ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"].flatMap { $0.isEmpty ? nil : $0 }
      ?? "/tmp"
    return "ipc://\(folder)/synapus-\(getuid()).sock"
  }
}
