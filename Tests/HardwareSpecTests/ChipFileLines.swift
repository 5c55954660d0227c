import HardwareSpec
import Testing

/// A chip file as lines that tests damage one key at a time.
///
/// It reads the canonical form with nothing but string splitting, so that it shares no code with
/// the reader under test.
struct ChipFileLines {
  /// One `key: value` whose value is no section.
  struct Leaf: Sendable, CustomTestStringConvertible {
    /// For example `neuron.gain_volts_per_weight.at_zero`.
    var path: String
    /// The line, from 0.
    var line: Int
    /// The line of the first key of the mapping that holds the key, from 0.
    var mappingLine: Int
    var key, value: String
    /// Whether the pair stands inside `{ }`.
    var isInline: Bool
    var testDescription: String { path }
  }

  var lines: [String]
  let leaves: [Leaf]

  init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var (found, section, sectionLine): ([Leaf], String, Int) = ([], "", 0)
    for (number, line) in lines.enumerated() where line.contains(":") {
      let (key, value) = Self.pair(line)
      let isInner = line.hasPrefix("  ")
      if value.isEmpty {
        (section, sectionLine) = (key, number + 1)
        continue
      }
      let path = isInner ? "\(section).\(key)" : key
      guard value.hasPrefix("{") else {
        found.append(
          Leaf(
            path: path, line: number, mappingLine: isInner ? sectionLine : 0, key: key,
            value: value, isInline: false))
        continue
      }
      for item in value.dropFirst().dropLast().split(separator: ",") {
        let (inner, innerValue) = Self.pair(String(item))
        found.append(
          Leaf(
            path: "\(path).\(inner)", line: number, mappingLine: number, key: inner,
            value: innerValue, isInline: true))
      }
    }
    leaves = found
  }

  /// A built-in chip without the sections `circuits` and `network`, which have tests of their own.
  static func plain(_ name: String) -> ChipFileLines {
    guard var spec = try? ChipLibrary.chip(name) else { return ChipFileLines("") }
    (spec.circuits, spec.network) = (nil, nil)
    return ChipFileLines(spec.canonicalYAML)
  }

  /// The text without one key.
  func without(_ leaf: Leaf) -> String {
    var lines = lines
    if leaf.isInline {
      lines[leaf.line] = replacing("\(leaf.key): \(leaf.value)", in: leaf.line, with: "")
        .replacing("{ ,", with: "{").replacing(", ,", with: ",").replacing(",  }", with: " }")
    } else {
      lines.remove(at: leaf.line)
    }
    return lines.joined(separator: "\n")
  }

  /// The text with another value for one key.
  func with(_ leaf: Leaf, _ value: String) -> String {
    var lines = lines
    lines[leaf.line] = replacing(
      "\(leaf.key): \(leaf.value)", in: leaf.line, with: "\(leaf.key): \(value)")
    return lines.joined(separator: "\n")
  }

  /// The text with an extra key beside one key, on the line that follows unless inline.
  func with(extraKey: String, beside leaf: Leaf) -> String {
    var lines = lines
    if leaf.isInline {
      lines[leaf.line] = replacing("{", in: leaf.line, with: "{ \(extraKey): 1,")
    } else {
      let indent = lines[leaf.line].prefix { $0 == " " }
      lines.insert("\(indent)\(extraKey): 1", at: leaf.line + 1)
    }
    return lines.joined(separator: "\n")
  }

  private func replacing(_ old: String, in line: Int, with new: String) -> String {
    lines[line].replacing(old, with: new, maxReplacements: 1)
  }

  private static func pair(_ text: String) -> (String, String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let trimmed = parts.map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    return (trimmed[0], trimmed.count > 1 ? trimmed[1] : "")
  }
}

/// The faults that a text is refused with; none when it is accepted.
func faults(of text: String) -> [SpecError.Fault] {
  do {
    _ = try ChipSpec(yaml: text, file: "test.yaml")
    return []
  } catch {
    if case .faults(_, let list) = error { return list }
    return []
  }
}
