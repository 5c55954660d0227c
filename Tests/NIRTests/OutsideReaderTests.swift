import Foundation
import NIR
import Testing

/// The Python package nir reads what we write, and finds every value in it.
///
/// Where there is no Python (`SYNAPUS_PYTHON`) these tests are left out.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SYNAPUS_PYTHON"] != nil))
struct OutsideReaderTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Lets nir compare pairs of an original file and one that we wrote.
  private func check(_ pairs: [(original: String, written: String)]) throws {
    let python = Process()
    python.executableURL = URL(
      filePath: ProcessInfo.processInfo.environment["SYNAPUS_PYTHON"] ?? "")
    python.arguments =
      [Self.root.appending(path: "tools/reference/nir_roundtrip.py").path]
      + pairs.flatMap { [$0.original, $0.written] }
    let complaints = Pipe()
    python.standardError = complaints
    try python.run()
    let text = String(
      decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    python.waitUntilExit()
    #expect(python.terminationStatus == 0, "\(text)")
  }

  @Test func filesOfTheFrameworksSurvive() throws {
    let folders = ["Tests/Golden/nir", "Tests/Golden/nir-more", "Tests/NIRTests/Fixtures"]
    let files = try folders.flatMap { folder in
      let path = Self.root.appending(path: folder).path
      return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        .filter { $0.hasSuffix(".nir") }.map { "\(path)/\($0)" }
    }
    try Fixture.withFolder { folder in
      var pairs: [(original: String, written: String)] = []
      for (number, file) in files.enumerated() {
        guard let graph = try? NIRFile(reading: file).graph else { continue }
        try NIRFile.write(graph, to: "\(folder)/\(number).nir")
        pairs.append((file, "\(folder)/\(number).nir"))
      }
      #expect(pairs.count >= 38)
      try check(pairs)
    }
  }

  @Test func randomGraphsAreRead() throws {
    var generator = SystemRandomNumberGenerator()
    let seed = generator.next()
    print("graphs read by nir: seed \(seed)")
    try Fixture.withFolder { folder in
      var pairs: [(original: String, written: String)] = []
      for number in 0..<40 {
        var random = RandomGraphs(seed: seed &+ UInt64(number))
        let path = "\(folder)/\(number).nir"
        try NIRFile.write(try random.graph(), to: path)
        pairs.append((path, path))
      }
      try check(pairs)
    }
  }
}
