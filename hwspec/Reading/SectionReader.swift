import Yams

/// The faults of a file in YAML, each with its line.
package final class FaultList {
  /// A damaged file may have a fault on every line; people read the first ones.
  static let most = 100
  /// What the file is, for sentences.
  let subject: String
  private(set) var faults: [SpecError.Fault] = []

  package init(of subject: String = "the chip file") { self.subject = subject }

  /// Throws what was found, in the order of lines.
  package func throwAny(file: String) throws(SpecError) {
    guard faults.isEmpty else {
      throw .faults(file: file, faults.sorted { $0.line < $1.line })
    }
  }

  /// Notes a fault at a node, or so many lines below it.
  package func add(_ node: Node, _ message: String, linesBelow: Int = 0) {
    guard faults.count < Self.most else { return }
    faults.append(.init(line: (node.mark?.line ?? 1) + linesBelow, message: message))
  }
}

/// One mapping of a file in YAML; a key that nobody asked for is a fault.
package struct SectionReader {
  /// The section, or nil when it is missing as a whole: that is one fault, not one a key.
  private let node: Node?
  private let path: String
  package let faults: FaultList
  /// Faults that were known before the section.
  private let earlier: Int

  /// Opens a mapping and refuses keys that are not among `keys`.
  package init(_ node: Node?, path: String, keys: [String], _ faults: FaultList) {
    (self.path, self.faults, earlier) = (path, faults, faults.faults.count)
    guard let node else {
      self.node = nil
      return
    }
    guard case .mapping(let mapping) = node else {
      self.node = nil
      let name = path.isEmpty ? faults.subject : "'\(path)'"
      faults.add(node, "\(name) must be a mapping of \(keys.joined(separator: ", "))")
      return
    }
    self.node = node
    for (key, _) in mapping where !keys.contains(key.string ?? "") {
      faults.add(
        key,
        "unknown key '\((key.string ?? "?").prefix(40))' in \(label); allowed are "
          + keys.joined(separator: ", "))
    }
  }

  private var label: String { path.isEmpty ? faults.subject : "'\(path)'" }

  package func section(_ key: String, keys: [String]) -> SectionReader {
    SectionReader(value(key), path: name(key), keys: keys, faults)
  }

  /// One of the words allowed.
  package func word(_ key: String, allowed: [String]) -> String {
    text(key, "one of \(allowed.joined(separator: ", "))", where: allowed.contains)
  }

  /// A text that passes a test; `rule` says what passes.
  package func text(_ key: String, _ rule: String, where passes: (String) -> Bool) -> String {
    guard let node = value(key) else { return "" }
    guard let text = node.string, passes(text) else {
      faults.add(node, "'\(name(key))' must be \(rule)")
      return ""
    }
    return text
  }

  package func integer(_ key: String, _ range: ClosedRange<Int>) -> Int {
    guard let node = value(key) else { return range.lowerBound }
    guard let number = numeral(node).flatMap({ Int($0) }), range.contains(number) else {
      faults.add(
        node,
        "'\(name(key))' is \(shown(node)); a whole number from \(range.lowerBound) to "
          + "\(range.upperBound) is allowed")
      return range.lowerBound
    }
    return number
  }

  package func number(_ key: String, _ range: ClosedRange<Double>) -> Double {
    guard let node = value(key) else { return range.lowerBound }
    guard let number = numeral(node).flatMap({ Double($0) }), range.contains(number) else {
      faults.add(
        node,
        "'\(name(key))' is \(shown(node)); a number from \(range.lowerBound) to "
          + "\(range.upperBound) is allowed")
      return range.lowerBound
    }
    return number
  }

  func law(_ key: String, _ range: ClosedRange<Double>) -> ParameterLaw {
    let shapes = ParameterLaw.Shape.allCases.map(\.rawValue)
    let inner = section(key, keys: ["law", "at_zero", "at_full", "highest_code"])
    let shape = ParameterLaw.Shape(rawValue: inner.word("law", allowed: shapes)) ?? .linear
    let (zero, full) = (inner.number("at_zero", range), inner.number("at_full", range))
    let highestCode = inner.integer("highest_code", 1...4095)
    inner.require(zero != full, "'\(name(key))' must differ between at_zero and at_full")
    inner.require(
      shape == .linear || min(zero, full) > 0,
      "'\(name(key))' needs positive ends for the law '\(shape.rawValue)'")
    guard inner.isFaultless else {
      return ParameterLaw(.linear, atZero: 0, atFull: 1, highestCode: 1)
    }
    return ParameterLaw(shape, atZero: zero, atFull: full, highestCode: highestCode)
  }

  func spread(_ key: String, _ range: ClosedRange<Double>) -> Spread {
    let inner = section(key, keys: ["block", "local"])
    return Spread(block: inner.number("block", range), local: inner.number("local", range))
  }

  /// Whether the section has a key: a chip file leaves out the parts that its chip lacks.
  package func has(_ key: String) -> Bool {
    guard let node, case .mapping(let mapping) = node else { return false }
    return mapping[Node(key)] != nil
  }

  /// A rule between the keys of the section; it can only be judged when each key is right.
  package func require(_ rule: Bool, _ message: @autoclosure () -> String) {
    if !rule, isFaultless, let node { faults.add(node, message()) }
  }

  /// Whether the section is there and nothing was wrong in it so far.
  package var isFaultless: Bool { node != nil && faults.faults.count == earlier }

  package func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// What stands behind a key that must be there.
  package func value(_ key: String) -> Node? {
    guard let node, case .mapping(let mapping) = node else { return nil }
    if let value = mapping[Node(key)] { return value }
    faults.add(node, "'\(name(key))' is missing")
    return nil
  }

  /// A number's text in decimal: YAML's octal, sexagesimal and named numbers are not for chips.
  package func numeral(_ node: Node) -> String? {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any,
      scalar.string.utf8.count <= 40,
      scalar.string.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) })
    else { return nil }
    return scalar.string
  }

  package func shown(_ node: Node) -> String {
    guard let text = node.string else { return "no number" }
    return text.count > 40 ? "\(text.prefix(40))…" : text.isEmpty ? "empty" : text
  }
}

extension SectionReader {
  /// A section inside, without any check of its keys; nil when there is none.
  func inner(_ key: String) -> SectionReader? {
    guard let node, case .mapping(let mapping) = node, let value = mapping[Node(key)],
      case .mapping(let inner) = value
    else { return nil }
    return SectionReader(
      value, path: name(key), keys: inner.compactMap { $0.key.string }, faults)
  }

  /// A section that may be missing: then `absent`.
  func optional<Value>(
    _ key: String, keys: [String], _ absent: Value, _ read: (SectionReader) -> Value
  ) -> Value {
    has(key) ? read(section(key, keys: keys)) : absent
  }

  /// A list of coordinates: whole numbers, or lists of them, each from 0 to below its limit.
  ///
  /// A missing key is an empty list. `rule` gives what is wrong with a coordinate beyond that.
  func coordinates(
    _ key: String, _ limits: [(name: String, count: Int)], rule: ([Int]) -> String? = { _ in nil }
  ) -> [[Int]] {
    guard has(key), let list = value(key) else { return [] }
    let form =
      limits.count == 1 ? limits[0].name : "[\(limits.map(\.name).joined(separator: ", "))]"
    guard case .sequence(let entries) = list else {
      faults.add(list, "'\(name(key))' must be a list of \(form)")
      return []
    }
    return entries.compactMap { entry in
      guard let numbers = wholeNumbers(entry), numbers.count == limits.count else {
        faults.add(entry, "an entry of '\(name(key))' must be \(form), whole numbers")
        return nil
      }
      for (number, limit) in zip(numbers, limits) where !(0..<limit.count).contains(number) {
        faults.add(
          entry,
          "\(limit.name) \(number) in '\(name(key))' does not exist; the chip has"
            + " \(limit.name)s 0 to \(limit.count - 1)")
        return nil
      }
      if let wrong = rule(numbers) {
        faults.add(entry, "'\(name(key))': \(wrong)")
        return nil
      }
      return numbers
    }
  }

  private func wholeNumbers(_ node: Node) -> [Int]? {
    let nodes: [Node]
    if case .sequence(let sequence) = node { nodes = Array(sequence) } else { nodes = [node] }
    let numbers = nodes.compactMap { numeral($0).flatMap { Int($0) } }
    return numbers.count == nodes.count ? numbers : nil
  }
}
