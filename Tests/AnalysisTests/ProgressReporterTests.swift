import Analysis
import Synchronization
import Testing

@Suite struct ProgressReporterTests {
  /// A clock that the test moves and a place where lines arrive.
  private final class Stage: Sendable {
    let time = Mutex(100.0)
    let output = Mutex<[String]>([])

    func reporter(_ style: ProgressReporter.Style) -> ProgressReporter {
      ProgressReporter(
        label: "run", style: style, now: { self.time.withLock { $0 } },
        write: { text in self.output.withLock { $0.append(text) } })
    }

    func play(_ style: ProgressReporter.Style) -> [String] {
      let reporter = reporter(style)
      for step in 0..<120 {
        time.withLock { $0 += 0.125 }
        reporter.update(fraction: Double(step) / 120)
      }
      reporter.finish()
      reporter.finish()
      reporter.update(fraction: 1)
      return output.withLock { $0 }
    }
  }

  @Test func aLogGetsALineEveryFiveSeconds() {
    let lines = Stage().play(.lines)
    #expect(lines.count == 4)
    #expect(lines.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\u{1B}") && !$0.contains("\r") })
    #expect(lines.last == "run: done in 0:15\n")
  }

  @Test func aTerminalGetsABarInPlace() {
    let redraws = Stage().play(.bar(columns: 60, coloured: false))
    #expect(redraws.count == 121)
    #expect(redraws.allSatisfy { $0.hasPrefix("\r\u{1B}[K") })
    #expect(redraws.count { $0.contains("\n") } == 1)
  }

  @Test func silenceIsSilent() { #expect(Stage().play(.silent).isEmpty) }

  @Test func dumbTerminalsGetLines() {
    #expect(ProgressReporter.Style.detected(environment: ["TERM": "dumb"]) == .lines)
  }
}
