import Analysis
import Fidelity

/// The table of replayed files, and how the command ends.
struct ReplaySheet {
  private let results: [any ReplayResult]

  init(_ results: [any ReplayResult]) { self.results = results }

  var text: String {
    var table = TextTable("file", "model", "compared", "mismatches", "first", "verdict")
    for result in results {
      table.append([
        result.file, result.model, "\(result.compared)", "\(result.mismatches)",
        result.firstText ?? "-", result.pass ? "pass" : "FAIL",
      ])
    }
    let compared = results.reduce(0) { $0 + $1.compared }
    let mismatches = results.reduce(0) { $0 + $1.mismatches }
    return table.text() + "\n\(compared) values compared, \(mismatches) differ\n"
  }

  /// Values that differ come first: they decide the exit code.
  func judge() throws {
    let different = results.filter { $0.mismatches > 0 }.map { result in
      Failure(
        .outOfTolerance,
        "\(result.mismatches) of \(result.compared) values differ; first"
          + " \(result.firstText ?? "")", at: result.file)
    }
    let faulty = results.compactMap { result in
      result.fault.map { Failure(.goldenFile, $0, at: result.file) }
    }
    guard different.isEmpty, faulty.isEmpty else { throw Failures(list: different + faulty) }
  }
}
