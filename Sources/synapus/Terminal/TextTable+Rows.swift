import Analysis

extension TextTable {
  /// Makes a table of rows below their headings.
  init(_ titles: [String], _ rows: [[String]]) {
    self.init(columns: titles.map { Column($0) })
    for row in rows { append(row) }
  }

  /// The lines of the table, each behind an indent.
  func lines(indent: String) -> [String] {
    text().split(separator: "\n").map { indent + $0 }
  }
}
