import Yams

/// Reads typed values out of one mapping of a chip file, and collects every fault with its line.
final class FaultList {
  private(set) var faults: [SpecError.Fault] = []

  func add(_ node: Node, _ message: String) {
    faults.append(.init(line: node.mark?.line ?? 1, message: message))
  }
}

/// One mapping of a chip file; a key that nobody asked for is a fault.
struct SectionReader {
  private let node: Node
  private let path: String
  private let faults: FaultList

  /// Opens a mapping and refuses keys that are not among `keys`.
  init(_ node: Node, path: String, keys: [String], _ faults: FaultList) {
    (self.node, self.path, self.faults) = (node, path, faults)
    guard case .mapping(let mapping) = node else {
      faults.add(node, "'\(path)' must be a mapping of \(keys.joined(separator: ", "))")
      return
    }
    for (key, _) in mapping where !keys.contains(key.string ?? "") {
      faults.add(
        key,
        "unknown key '\(key.string ?? "?")' in \(label); allowed are \(keys.joined(separator: ", "))"
      )
    }
  }

  private var label: String { path.isEmpty ? "the chip file" : "'\(path)'" }

  func section(_ key: String, keys: [String]) -> SectionReader {
    SectionReader(value(key) ?? Node([(Node, Node)]()), path: key, keys: keys, faults)
  }

  func text(_ key: String, allowed: [String]? = nil) -> String {
    guard let node = value(key) else { return "" }
    guard let text = node.string, allowed?.contains(text) ?? !text.isEmpty else {
      let list = allowed.map { "one of \($0.joined(separator: ", "))" } ?? "a text"
      faults.add(node, "'\(name(key))' must be \(list)")
      return ""
    }
    return text
  }

  func integer(_ key: String, _ range: ClosedRange<Int>) -> Int {
    guard let node = value(key) else { return range.lowerBound }
    guard let number = node.int, range.contains(number) else {
      faults.add(
        node,
        "'\(name(key))' is \(node.string ?? "no number"); a whole number from \(range.lowerBound) to "
          + "\(range.upperBound) is allowed")
      return range.lowerBound
    }
    return number
  }

  func number(_ key: String, _ range: ClosedRange<Double>) -> Double {
    guard let node = value(key) else { return range.lowerBound }
    guard let number = node.float, range.contains(number) else {
      faults.add(
        node,
        "'\(name(key))' is \(node.string ?? "no number"); a number from \(range.lowerBound) to "
          + "\(range.upperBound) is allowed")
      return range.lowerBound
    }
    return number
  }

  func law(_ key: String, _ range: ClosedRange<Double>) -> ParameterLaw {
    let shapes = ParameterLaw.Shape.allCases.map(\.rawValue)
    let inner = section(key, keys: ["law", "at_zero", "at_full", "highest_code"])
    let shape = ParameterLaw.Shape(rawValue: inner.text("law", allowed: shapes)) ?? .linear
    return ParameterLaw(
      shape, atZero: inner.number("at_zero", range), atFull: inner.number("at_full", range),
      highestCode: inner.integer("highest_code", 1...4095))
  }

  func spread(_ key: String, _ range: ClosedRange<Double>) -> Spread {
    let inner = section(key, keys: ["block", "local"])
    return Spread(block: inner.number("block", range), local: inner.number("local", range))
  }

  /// A fault of the whole section, for rules between keys.
  func fault(_ message: String) { faults.add(node, message) }

  private func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func value(_ key: String) -> Node? {
    guard case .mapping(let mapping) = node else { return nil }
    if let value = mapping[Node(key)] { return value }
    faults.add(node, "'\(name(key))' is missing")
    return nil
  }
}
