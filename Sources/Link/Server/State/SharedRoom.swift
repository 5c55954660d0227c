/// Room that all users share, of which each may take as much as is left to the others.
///
/// Who is alone may have half of it, of two each may have a third, and so on: there is room for
/// somebody new at any time, and nobody's part depends on who came first.
package struct SharedRoom: Sendable {
  /// The whole of it, what the user has of it, and what all have.
  package let total, mine, all: Int

  /// Describes the room for one user.
  package init(_ total: Int, mine: Int, all: Int) {
    (self.total, self.mine, self.all) = (total, mine, all)
  }

  /// The most that the user may have, as long as the others have what they have.
  package var limit: Int { max(0, (total - (all - mine)) / 2) }

  /// Whether the user may take so much more.
  package func fits(_ more: Int) -> Bool {
    let (sum, overflow) = mine.addingReportingOverflow(more)
    return !overflow && sum <= limit
  }
}
