import Foundation

/// The processor that the command runs on.
enum CPU {
  /// Cores that this process may use.
  static var coreCount: Int { max(1, min(ProcessInfo.processInfo.activeProcessorCount, 256)) }

  /// The processor's name, as Linux tells it.
  static var model: String {
    LinuxFile("/proc/cpuinfo").value(of: "model name") ?? "unknown"
  }
}

/// A file of `key: value` or `KEY=value` lines, as Linux has many.
struct LinuxFile {
  private let lines: [Substring]

  init(_ path: String) {
    let data = FileManager.default.contents(atPath: path) ?? Data()
    lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
  }

  /// The value of the first line with that key.
  func value(of key: String) -> String? {
    for line in lines where line.hasPrefix(key) {
      let rest = line.dropFirst(key.count).drop { $0.isWhitespace || $0 == ":" || $0 == "=" }
      return rest.trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
    }
    return nil
  }
}
