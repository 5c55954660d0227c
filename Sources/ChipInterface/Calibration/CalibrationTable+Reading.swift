import Foundation
import HardwareSpec

extension CalibrationTable {
  /// The largest file that is read: a thousand cores with all parameters.
  public static let largestBytes = 256 << 20

  /// Reads a table from a JSON file.
  ///
  /// - Throws: ``SpecError/faults(file:_:)`` with all faults, each with line and key.
  public init(reading path: String) throws(SpecError) {
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: Self.largestBytes + 1)
    else { throw .unreadable(path: path) }
    guard data.count <= Self.largestBytes else {
      throw .faults(
        file: path,
        [.init(line: 1, message: "the file is larger than \(Self.largestBytes >> 20) MiB")]
      )
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .faults(file: path, [.init(line: 1, message: "the file is not UTF-8 text")])
    }
    try self.init(json: text, file: path)
  }

  /// Reads a table from the text of a file; a hash that stands in it must be that of its content.
  public init(json: String, file: String) throws(SpecError) {
    let root: JSONNode
    do { root = try JSONParser.parse(json) } catch { throw .faults(file: file, [error.fault]) }
    var reader = CalibrationReader()
    let table = reader.table(root)
    if reader.faults.isEmpty, let hash = reader.hash, hash.value != table.hash {
      reader.add(
        hash.line,
        "hash is not that of the content; the file was changed, remove the line to use it"
      )
    }
    guard reader.faults.isEmpty else { throw .faults(file: file, reader.faults) }
    self = table
  }
}

/// Turns JSON into a table and notes all faults.
private struct CalibrationReader {
  private(set) var faults: [SpecError.Fault] = []
  private(set) var hash: (value: String, line: Int)?

  mutating func add(_ line: Int, _ message: String) {
    if faults.count < 50 { faults.append(.init(line: line, message: message)) }
  }

  mutating func table(_ root: JSONNode) -> CalibrationTable {
    let file = members(
      root, "the file",
      ["format", "chip", "spec_hash", "chip_seed", "hash", "targets", "cores"])
    if text(file, "format", root.line) != CalibrationTable.format {
      add(file["format"]?.line ?? root.line, "format must be '\(CalibrationTable.format)'")
    }
    let seed = number(file, "chip_seed", root.line)
    if !(seed >= 0 && seed == seed.rounded() && seed < 0x1p53) {
      add(file["chip_seed"]?.line ?? root.line, "chip_seed must be a whole number from 0 to 2^53")
    }
    if let node = file["hash"] { hash = (text(file, "hash", root.line), node.line) }
    return CalibrationTable(
      chipName: text(file, "chip", root.line), specHash: text(file, "spec_hash", root.line),
      chipSeed: UInt64(exactly: seed) ?? 0, targets: targets(file["targets"], root.line),
      cores: cores(file["cores"], root.line))
  }

  // MARK: Members

  /// The members of an object; unknown and doubled keys are faults.
  private mutating func members(
    _ node: JSONNode, _ name: String, _ known: [String]
  ) -> [String: JSONNode] {
    guard case .object(let members) = node.content else {
      add(node.line, "\(name) is \(node.kind); an object is needed")
      return [:]
    }
    var found: [String: JSONNode] = [:]
    for (key, value) in members {
      if !known.contains(key) {
        add(
          value.line,
          "\(name) has an unknown key '\(key.prefix(40))'; \(known.joined(separator: ", ")) are known"
        )
      } else if found.updateValue(value, forKey: key) != nil {
        add(value.line, "\(name) has the key '\(key)' twice")
      }
    }
    return found
  }

  private mutating func text(_ file: [String: JSONNode], _ key: String, _ line: Int) -> String {
    if case .text(let text)? = file[key]?.content { return text }
    add(file[key]?.line ?? line, "\(key) is missing or no text")
    return ""
  }

  private mutating func number(_ file: [String: JSONNode], _ key: String, _ line: Int) -> Double {
    if case .number(let number)? = file[key]?.content { return number }
    add(file[key]?.line ?? line, "\(key) is missing or no number")
    return 0
  }

  private static let parameters = CircuitParameter.allCases.map(\.rawValue)

  private mutating func targets(
    _ node: JSONNode?, _ line: Int
  ) -> [CircuitParameter: Double] {
    guard let node else {
      add(line, "targets is missing")
      return [:]
    }
    let members = members(node, "targets", Self.parameters)
    var targets: [CircuitParameter: Double] = [:]
    for parameter in CircuitParameter.allCases where members[parameter.rawValue] != nil {
      targets[parameter] = number(members, parameter.rawValue, node.line)
    }
    return targets
  }

  // MARK: Cores

  private mutating func cores(_ node: JSONNode?, _ line: Int) -> [CalibratedCore] {
    switch node?.content {
    case .list(let nodes)?: return nodes.map { core($0) }
    case .numbers(let numbers)? where numbers.isEmpty: return []
    default:
      add(node?.line ?? line, "cores is missing or no list of objects")
      return []
    }
  }

  private mutating func core(_ node: JSONNode) -> CalibratedCore {
    let members = members(node, "a core", ["core", "columns", "success", "codes", "residuals"])
    let index = number(members, "core", node.line)
    if Int(exactly: index).map({ (0..<1 << 20).contains($0) }) != true {
      add(members["core"]?.line ?? node.line, "core must be a whole number")
    }
    let name = "core \(index)"
    let columns = whole(members["columns"], "columns of \(name)", 0...65_535, nil, node.line)
    let success = whole(
      members["success"], "success of \(name)", 0...1, columns.count, node.line)
    var core = CalibratedCore(
      index: Int(exactly: index) ?? 0, columns: columns, success: success.map { $0 == 1 },
      codes: [:])
    for (parameter, list) in lists(members["codes"], "codes of \(name)") {
      core.codes[parameter] = whole(
        list, "\(parameter.rawValue) in codes of \(name)", 0...65_535, columns.count, node.line
      ).map { UInt16($0) }
    }
    for (parameter, list) in lists(members["residuals"], "residuals of \(name)") {
      core.residuals[parameter] = numbers(
        list, "\(parameter.rawValue) in residuals of \(name)", columns.count, node.line)
    }
    return core
  }

  private mutating func lists(
    _ node: JSONNode?, _ name: String
  ) -> [(CircuitParameter, JSONNode)] {
    guard let node else { return [] }
    let members = members(node, name, Self.parameters)
    return CircuitParameter.allCases.compactMap { parameter in
      members[parameter.rawValue].map { (parameter, $0) }
    }
  }

  private mutating func numbers(
    _ node: JSONNode?, _ name: String, _ count: Int?, _ line: Int
  ) -> [Double] {
    guard case .numbers(let numbers)? = node?.content else {
      add(node?.line ?? line, "\(name) is missing or no list of numbers")
      return []
    }
    if let count, numbers.count != count {
      add(node?.line ?? line, "\(name) has \(numbers.count) entries; \(count) are needed")
    }
    return numbers
  }

  private mutating func whole(
    _ node: JSONNode?, _ name: String, _ range: ClosedRange<Int>, _ count: Int?, _ line: Int
  ) -> [Int] {
    numbers(node, name, count, line).map { number in
      guard let value = Int(exactly: number), range.contains(value) else {
        add(
          node?.line ?? line,
          "\(name) has \(number); whole numbers from \(range.lowerBound) to \(range.upperBound) are"
            + " allowed")
        return range.lowerBound
      }
      return value
    }
  }
}
