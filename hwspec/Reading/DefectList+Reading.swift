import Foundation
import Yams

extension DefectList {
  /// The largest file that is read.
  private static let largestBytes = 8 << 20

  /// Reads a list of defects from a YAML or JSON file, and checks it against a chip.
  ///
  /// All keys but `format: synapus-defects/1` may be missing: `cores: [3]`,
  /// `dead_neurons: [[core, column]]`, `stuck_neurons`, `rows: [[core, row]]`,
  /// `synapses: [[core, row, column]]`, `links: [[from, to]]`.
  /// - Throws: ``SpecError/faults(file:_:)`` with all faults, each with its line.
  public init(reading path: String, on geometry: ChipGeometry) throws(SpecError) {
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: Self.largestBytes + 1)
    else { throw .unreadable(path: path) }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .faults(file: path, [.init(line: 1, message: "the file is not UTF-8 text")])
    }
    try self.init(yaml: text, file: path, on: geometry)
  }

  /// Reads a list of defects from the text of a YAML or JSON file.
  public init(yaml: String, file: String, on geometry: ChipGeometry) throws(SpecError) {
    if let fault = Self.refusal(of: yaml) { throw .faults(file: file, [fault]) }
    let faults = FaultList()
    let reader = DefectReader(
      try YAMLDocument.root(of: yaml, file: file), geometry: geometry, faults: faults)
    self.init(
      cores: reader.cores(), deadNeurons: reader.circuits("dead_neurons"),
      stuckNeurons: reader.circuits("stuck_neurons"), rows: reader.rows(),
      synapses: reader.synapses(), links: reader.links())
    try faults.throwAny(file: file)
  }

  /// The reason to refuse a text that only a hostile or damaged file holds, or nil.
  private static func refusal(of text: String) -> SpecError.Fault? {
    guard text.utf8.count <= largestBytes else {
      return .init(line: 1, message: "the file is larger than \(largestBytes >> 20) MiB")
    }
    var (line, depth, indent, atStart) = (1, 0, 0, true)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\n"): (line, indent, atStart) = (line + 1, 0, true)
      case UInt8(ascii: " ") where atStart: indent += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "&"), UInt8(ascii: "*"):
        return .init(
          line: line, message: "a list of defects has no '&' and no '*'; write the numbers out")
      default: atStart = atStart && byte == UInt8(ascii: "-")
      }
      if depth > 8 || indent > 32 {
        return .init(line: line, message: "the file is nested more deeply than a list of defects")
      }
    }
    return nil
  }
}

/// Reads the keys of a list of defects.
private struct DefectReader {
  let root: SectionReader
  let geometry: ChipGeometry

  init(_ node: Node, geometry: ChipGeometry, faults: FaultList) {
    root = SectionReader(
      node, path: "",
      keys: ["format", "cores", "dead_neurons", "stuck_neurons", "rows", "synapses", "links"],
      faults)
    self.geometry = geometry
    _ = root.word("format", allowed: ["synapus-defects/1"])
  }

  private var core: (String, Int) { ("core", geometry.coreCount) }
  private var row: (String, Int) { ("row", geometry.synapseRowsPerCore) }
  private var column: (String, Int) { ("column", geometry.circuitsPerCore) }

  func cores() -> [CoreOnChip] {
    root.coordinates("cores", [core]).compactMap { CoreOnChip($0[0], on: geometry) }
  }

  func circuits(_ key: String) -> [CircuitOnChip] {
    root.coordinates(key, [core, column]).compactMap { numbers in
      CoreOnChip(numbers[0], on: geometry).flatMap {
        CircuitOnChip($0, column: numbers[1], on: geometry)
      }
    }
  }

  func rows() -> [DefectList.Row] {
    root.coordinates("rows", [core, row]).compactMap { numbers in
      CoreOnChip(numbers[0], on: geometry).map { .init(core: $0, row: numbers[1]) }
    }
  }

  func synapses() -> [DefectList.Synapse] {
    root.coordinates("synapses", [core, row, column]).compactMap { numbers in
      CoreOnChip(numbers[0], on: geometry).map {
        .init(core: $0, row: numbers[1], column: numbers[2])
      }
    }
  }

  func links() -> [DefectList.Link] {
    let geometry = geometry
    let pairs = root.coordinates("links", [core, core]) { numbers in
      let columns = geometry.meshColumns
      let (a, b) = (numbers[0], numbers[1])
      let hops = abs(a % columns - b % columns) + abs(a / columns - b / columns)
      return hops == 1 ? nil : "cores \(a) and \(b) are no neighbours and have no link"
    }
    return pairs.compactMap { numbers in
      guard let from = CoreOnChip(numbers[0], on: geometry),
        let to = CoreOnChip(numbers[1], on: geometry)
      else { return nil }
      return .init(from: from, to: to)
    }
  }
}
