import Foundation
import Synchronization

/// Tells on standard error how far a long job is: a bar on a terminal, else a line every 5 s.
///
/// Cheap to call often and from any thread.
public final class ProgressReporter: Sendable {
  /// How progress is shown.
  public enum Style: Equatable, Sendable {
    /// One line redrawn in place, at most ten times a second.
    case bar(columns: Int, coloured: Bool)
    /// A new line every 5 s.
    case lines
    /// Nothing at all.
    case silent

    /// The style that suits standard error now: a bar on a terminal that can redraw a line,
    /// colour unless `NO_COLOR` is set and not empty.
    public static func detected(
      environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Style {
      guard isatty(STDERR_FILENO) == 1, environment["TERM"] != "dumb" else { return .lines }
      var size = winsize()
      let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
      return .bar(
        columns: known ? Int(size.ws_col) : 80,
        coloured: environment["NO_COLOR", default: ""].isEmpty)
    }

    var secondsBetween: Double {
      switch self {
      case .bar: 0.1
      case .lines: 5
      case .silent: .infinity
      }
    }
  }

  private struct State {
    var lastShown: Double
    var isFinished = false
  }

  private let label: String
  private let style: Style
  private let now: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  private let start: Double
  private let state: Mutex<State>

  /// Starts the clock of a job; `now` (seconds) and `write` are for tests.
  public init(
    label: String, style: Style = .detected(),
    now: @escaping @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime },
    write: @escaping @Sendable (String) -> Void = ProgressReporter.writeToStandardError
  ) {
    (self.label, self.style, self.now, self.write) = (label, style, now, write)
    start = now()
    state = Mutex(State(lastShown: start))
  }

  /// Tells the share that is done, 0 to 1, and shows it when it is time to.
  public func update(fraction: Double, note: String = "") {
    let time = now()
    state.withLock { state in
      guard !state.isFinished, time - state.lastShown >= style.secondsBetween else { return }
      state.lastShown = time
      show(ProgressText(label: label, fraction: fraction, elapsed: time - start, note: note))
    }
  }

  /// Ends the job with one last line; later calls do nothing.
  public func finish(note: String = "") {
    let elapsed = now() - start
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      let last = ProgressText(label: label, fraction: 1, elapsed: elapsed, note: note).lastLine()
      switch style {
      case .bar: write("\r\u{1B}[K" + last + "\n")
      case .lines: write(last + "\n")
      case .silent: break
      }
    }
  }

  private func show(_ text: ProgressText) {
    switch style {
    case .bar(let columns, let coloured):
      write("\r\u{1B}[K" + text.bar(columns: columns, coloured: coloured))
    case .lines: write(text.line() + "\n")
    case .silent: break
    }
  }

  /// Writes text to standard error, unbuffered; a closed standard error is no reason to stop.
  @Sendable public static func writeToStandardError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes {
        Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
