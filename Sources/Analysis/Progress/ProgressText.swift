/// Progress as text: a pure function of what is known at one moment.
public struct ProgressText: Equatable, Sendable {
  /// What is being done, in two or three words.
  public var label: String
  /// Share that is done, 0 to 1; out of range is clamped, NaN means unknown.
  public var fraction: Double
  /// Seconds since the start.
  public var elapsed: Double
  /// What else to say, such as the epoch's accuracy; may be empty.
  public var note: String

  /// Makes the text of one moment.
  public init(label: String, fraction: Double, elapsed: Double, note: String = "") {
    self.label = DisplayWidth.sanitised(label)
    self.fraction = fraction.isNaN ? .nan : min(max(fraction, 0), 1)
    self.elapsed = elapsed.isFinite ? max(0, elapsed) : 0
    self.note = DisplayWidth.sanitised(note)
  }

  /// Estimated seconds left at the mean pace so far; `nil` before 1 % or the first half second.
  public var secondsLeft: Double? {
    guard fraction >= 0.01, elapsed >= 0.5 else { return nil }
    return elapsed * (1 - fraction) / fraction
  }

  /// One plain line, for logs: `train: 42 %, 0:12 gone, 0:17 left, epoch 17`.
  public func line() -> String {
    ([share, ProgressText.clock(elapsed) + " gone"] + left + noted).joined(separator: ", ")
      .withLabel(label)
  }

  /// A bar of at most `columns` terminal columns, without line ends.
  public func bar(columns: Int, coloured: Bool) -> String {
    let tail = ([share] + left + noted).joined(separator: "  ")
    let head = label.isEmpty ? "" : label + " "
    let room = min(
      30, columns - DisplayWidth.columns(of: head) - DisplayWidth.columns(of: tail) - 4)
    guard room >= 5 else {
      return DisplayWidth.prefix(of: head + tail, columns: max(0, columns - 1))
    }
    return head + "[" + track(room, coloured: coloured) + "] " + tail
  }

  /// The last line: `train: done in 0:29, accuracy 95.6 %`.
  public func lastLine() -> String {
    (["done in " + ProgressText.clock(elapsed)] + noted).joined(separator: ", ").withLabel(label)
  }

  /// Seconds as `0:07`, `12:34` or `1:02:03`.
  public static func clock(_ seconds: Double) -> String {
    guard seconds < 360_000 else { return "over 99 h" }
    let whole = Int(max(0, seconds).rounded())
    let (minutes, rest) = (whole / 60, whole % 60)
    if minutes < 60 { return "\(minutes):\(padded(rest))" }
    return "\(minutes / 60):\(padded(minutes % 60)):\(padded(rest))"
  }

  private var share: String { fraction.isNaN ? "working" : "\(Int(fraction * 100)) %" }
  private var left: [String] { secondsLeft.map { [ProgressText.clock($0) + " left"] } ?? [] }
  private var noted: [String] { note.isEmpty ? [] : [note] }

  private func track(_ room: Int, coloured: Bool) -> String {
    let filled = fraction.isNaN ? 0 : Int(Double(room) * fraction)
    let done = String(repeating: "=", count: filled)
    let rest = String(repeating: "-", count: room - filled)
    return coloured ? "\u{1B}[36m\(done)\u{1B}[2;39m\(rest)\u{1B}[0m" : done + rest
  }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

extension String {
  fileprivate func withLabel(_ label: String) -> String {
    label.isEmpty ? self : "\(label): \(self)"
  }
}
