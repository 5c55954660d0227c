/// A table for people: aligned columns as text, or as HTML in the report.
public struct TextTable: Equatable, Sendable {
  /// On which side a column's cells stand.
  public enum Alignment: Equatable, Sendable {
    /// Right when every cell is a number or empty, else left.
    case automatic
    /// At the left side.
    case left
    /// At the right side.
    case right
  }

  /// A column: its heading and alignment.
  public struct Column: Equatable, Sendable {
    /// The heading, with the unit where there is one.
    public var title: String
    /// The side on which cells stand.
    public var alignment: Alignment

    /// Makes a column; `automatic` puts numbers right and words left.
    public init(_ title: String, _ alignment: Alignment = .automatic) {
      (self.title, self.alignment) = (title, alignment)
    }
  }

  /// The columns from left to right.
  public let columns: [Column]
  /// The rows; each has as many cells as there are columns.
  public private(set) var rows: [[String]] = []

  /// Makes an empty table.
  public init(columns: [Column]) { self.columns = columns }

  /// Makes an empty table with automatic alignment.
  public init(_ titles: String...) { columns = titles.map { Column($0) } }

  /// Adds a row; missing cells are empty, cells beyond the last column join the last one.
  public mutating func append(_ cells: [String]) {
    let clean = cells.map(DisplayWidth.sanitised)
    guard let last = columns.indices.last else { return }
    if clean.count <= columns.count {
      rows.append(clean + Array(repeating: "", count: columns.count - clean.count))
    } else {
      rows.append(Array(clean[..<last]) + [clean[last...].joined(separator: " ")])
    }
  }

  /// The table as lines of text: heading, rule, rows; no trailing blanks, ends in a newline.
  public func text() -> String {
    guard !columns.isEmpty else { return "" }
    let titles = columns.map { DisplayWidth.sanitised($0.title) }
    let widths = columns.indices.map { column in
      (rows.map { $0[column] } + [titles[column]]).map(DisplayWidth.columns).max() ?? 0
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([line(titles, widths), line(rule, widths)] + rows.map { line($0, widths) })
      .map { $0 + "\n" }.joined()
  }

  /// Whether a column's cells stand at the right.
  public func isRightAligned(_ column: Int) -> Bool {
    switch columns[column].alignment {
    case .left: false
    case .right: true
    case .automatic: isNumeric(column)
    }
  }

  private func isNumeric(_ column: Int) -> Bool {
    let cells = rows.map { $0[column] }.filter { !$0.isEmpty && $0 != "-" && $0 != "–" }
    return !cells.isEmpty && cells.allSatisfy(TextTable.isNumber)
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var result = ""
    for (column, cell) in cells.enumerated() {
      let blanks = String(repeating: " ", count: widths[column] - DisplayWidth.columns(of: cell))
      result += (column > 0 ? "  " : "") + (isRightAligned(column) ? blanks + cell : cell + blanks)
    }
    while result.last == " " { result.removeLast() }
    return result
  }

  /// A number as tables hold it: sign, grouped thousands, decimals, then at most a unit of a few
  /// letters (`97.1 %`, `12,000`, `-3.5e-6`, `40 MiB/s`).
  static func isNumber(_ cell: String) -> Bool {
    let parts = cell.split(separator: " ", omittingEmptySubsequences: true)
    guard let first = parts.first, parts.count <= 2 else { return false }
    if parts.count == 2, parts[1].count > 8 || parts[1].contains(where: \.isNumber) { return false }
    let plain = first.replacing(",", with: "").replacing("\u{2212}", with: "-")
    let digits = plain.hasSuffix("%") ? plain.dropLast() : plain[...]
    return digits.contains(where: \.isNumber) && Double(digits) != nil
  }
}
