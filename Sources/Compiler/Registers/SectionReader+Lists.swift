import HardwareSpec
import Yams

/// Numbers in lists and tables, which register files have and chip files do not.
extension SectionReader {
  /// The mappings of a list; none where the key is missing.
  func sections(_ key: String, keys: [String]) -> [SectionReader] {
    entries(key).enumerated().map { index, entry in
      SectionReader(entry, path: "\(name(key))[\(index)]", keys: keys, faults)
    }
  }

  /// The entries of a list; none where the key is missing.
  func entries(_ key: String) -> [Node] {
    guard has(key), let node = value(key) else { return [] }
    return list(node, key)
  }

  /// The entries of a node that must be a list.
  func list(_ node: Node, _ key: String) -> [Node] {
    if case .sequence(let sequence) = node { return Array(sequence) }
    faults.add(node, "'\(name(key))' must be a list")
    return []
  }

  /// An integer that may be missing.
  func integer(_ key: String, _ range: ClosedRange<Int>, absent: Int) -> Int {
    has(key) ? integer(key, range) : absent
  }

  /// `true` or `false`; may be missing.
  func flag(_ key: String, absent: Bool) -> Bool {
    has(key) ? word(key, allowed: ["true", "false"]) == "true" : absent
  }

  /// One number for all, or a list with one for each; `absent` where the key is missing.
  func values(_ key: String, _ range: ClosedRange<Int>, count: Int, absent: Int) -> [Int] {
    guard has(key), let node = value(key) else { return Array(repeating: absent, count: count) }
    guard case .sequence(let sequence) = node else {
      return Array(repeating: integer(key, range), count: count)
    }
    guard sequence.count == count else {
      faults.add(
        node, "'\(name(key))' has \(sequence.count) numbers; one, or a list of \(count), is allowed"
      )
      return Array(repeating: absent, count: count)
    }
    return sequence.map { number($0, name(key), range) }
  }

  /// `true` or `false` for all, or a list with one for each; false where the key is missing.
  func flags(_ key: String, count: Int, absent: Bool) -> [Bool] {
    guard has(key), let node = value(key), case .sequence(let sequence) = node else {
      return Array(repeating: flag(key, absent: absent), count: count)
    }
    if sequence.count == count, sequence.allSatisfy({ ["true", "false"].contains($0.string) }) {
      return sequence.map { $0.string == "true" }
    }
    faults.add(node, "'\(name(key))' must be true or false, or a list of \(count) of them")
    return Array(repeating: absent, count: count)
  }

  /// Rows of so many numbers each; empty where the key is missing.
  func table(
    _ key: String, _ range: ClosedRange<Int>, rows: Int, columns: ClosedRange<Int>
  ) -> [[Int]] {
    guard has(key) else { return [] }
    let list = entries(key)
    if list.count != rows, let node = value(key) {
      faults.add(node, "'\(name(key))' has \(list.count) rows; \(rows) are needed")
      return []
    }
    return list.map { row($0, name(key), range, columns: columns) }
  }

  /// The whole numbers of one row.
  func row(
    _ node: Node, _ name: String, _ range: ClosedRange<Int>, columns: ClosedRange<Int>
  ) -> [Int] {
    guard case .sequence(let sequence) = node, columns.contains(sequence.count) else {
      let count =
        columns.lowerBound == columns.upperBound
        ? "\(columns.lowerBound)" : "\(columns.lowerBound) to \(columns.upperBound)"
      faults.add(node, "a row of '\(name)' must be a list of \(count) numbers")
      return []
    }
    return sequence.map { number($0, name, range) }
  }

  /// One whole number of a list.
  func number(_ node: Node, _ name: String, _ range: ClosedRange<Int>) -> Int {
    guard let number = numeral(node).flatMap({ Int($0) }), range.contains(number) else {
      faults.add(
        node,
        "a number of '\(name)' is \(shown(node)); a whole number from \(range.lowerBound) to"
          + " \(range.upperBound) is allowed")
      return range.lowerBound
    }
    return number
  }
}
