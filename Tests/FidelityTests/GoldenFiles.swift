import Foundation
import Testing

/// Folders of recorded cases.
enum GoldenFiles {
  /// The repository's `Tests/Golden`.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden").path

  /// Recorded from lava-nc and nengo-loihi.
  static let recorded = folder + "/loihi"
  /// Written by `tools/reference/loihi_golden.py`, for the kinds that no recording is at hand of.
  static let modelled = folder + "/loihi-own"

  /// Whether there is a Python for the models of `tools/reference`.
  static let hasPython = ProcessInfo.processInfo.environment["SYNAPUS_PYTHON"] != nil
  /// Whether the tests run in their long form.
  static let isLong = ProcessInfo.processInfo.environment["SYNAPUS_LONG"] != nil

  /// Lets a model of `tools/reference` write cases of some seeds, and hands over their folder.
  static func withCases(
    of model: String, _ command: String, count: Int, first: Int, _ body: (String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "\(model)-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let tools = URL(filePath: self.folder).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "tools/reference/\(model).py")
    let python = Process()
    let path = ProcessInfo.processInfo.environment["SYNAPUS_PYTHON"] ?? ""
    python.executableURL = URL(filePath: path)
    python.arguments = [tools.path, command, folder, "\(count)", "\(first)"]
    try python.run()
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
    try body(folder)
  }
}
