/// A text cut into lines of Unicode scalars, so that columns count what an editor counts.
struct RuleLines {
  /// The longest text that is read, in bytes.
  static let mostBytes = 65_536

  let lines: [[Unicode.Scalar]]

  init(_ text: String) {
    var lines: [[Unicode.Scalar]] = [[]]
    for scalar in text.unicodeScalars where scalar != "\r" {
      if scalar == "\n" { lines.append([]) } else { lines[lines.count - 1].append(scalar) }
    }
    self.lines = lines
  }
}
