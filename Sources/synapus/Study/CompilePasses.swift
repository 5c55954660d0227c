import Analysis
import Compiler
import Foundation
import Synchronization

/// Shows how far a compilation is, and measures its passes.
final class CompilePasses: Sendable {
  private struct State {
    var starts: [(pass: String, seconds: Double)] = []
    var wasShown = false
  }

  /// What part of a large compilation's time a pass takes, roughly.
  private static let shares: [(pass: String, share: Double)] = [
    ("lower", 0.25), ("legalise", 0.02), ("quantise", 0.23), ("split", 0.03), ("partition", 0.07),
    ("place", 0.15), ("route", 0.05), ("emit", 0.1), ("check", 0.05), ("report", 0.05),
  ]

  private let reporter: ProgressReporter
  private let begin = ProcessInfo.processInfo.systemUptime
  private let state = Mutex(State())

  init() { reporter = ProgressReporter(label: "compile") }

  /// What the compiler tells.
  var progress: CompileProgress {
    CompileProgress { [self] pass, share in
      let now = ProcessInfo.processInfo.systemUptime - begin
      state.withLock { state in
        if state.starts.last?.pass != pass { state.starts.append((pass, now)) }
        if now > 1 { state.wasShown = true }
      }
      reporter.update(fraction: Self.fraction(pass, share), note: pass)
    }
  }

  private static func fraction(_ pass: String, _ share: Double) -> Double {
    guard let place = shares.firstIndex(where: { $0.pass == pass }) else { return 1 }
    return shares[..<place].reduce(0) { $0 + $1.share } + share * shares[place].share
  }

  /// Ends the last pass; gives the seconds of each, those of one name together.
  func finish() -> [String: Double] {
    let now = ProcessInfo.processInfo.systemUptime - begin
    let (starts, wasShown) = state.withLock { ($0.starts, $0.wasShown) }
    if wasShown { reporter.finish() }
    var seconds: [String: Double] = [:]
    for (i, start) in starts.enumerated() {
      let end = i + 1 < starts.count ? starts[i + 1].seconds : now
      seconds[start.pass, default: 0] += end - start.seconds
    }
    return seconds
  }
}
