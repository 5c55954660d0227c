/// Rows of words below a heading, in columns that fit.
struct TextTable {
  private let rows: [[String]]

  init(_ heading: [String], _ rows: [[String]]) { self.rows = [heading] + rows }

  /// The lines, each behind an indent.
  func lines(indent: String = "") -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        column + 1 == row.count
          ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      return indent + cells.joined(separator: "  ")
    }
  }

  /// The whole table.
  var text: String { lines().joined(separator: "\n") }
}
