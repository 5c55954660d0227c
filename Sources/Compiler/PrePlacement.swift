import HardwareSpec
import Yams

/// Where the user wants parts of a network: populations, or parts of them, on cores.
public struct PrePlacement: Equatable, Sendable {
  /// One wish.
  public struct Place: Equatable, Sendable {
    /// The population, and the number of its part; nil for a population of one part.
    public var population: String
    /// The part.
    public var part: Int?
    /// Column and row of the core on the mesh; of joined cores, of the first one.
    public var column, row: Int
    /// The line of the file.
    public var line: Int

    /// Makes a wish.
    public init(_ population: String, part: Int? = nil, column: Int, row: Int, line: Int = 0) {
      (self.population, self.part) = (population, part)
      (self.column, self.row, self.line) = (column, row, line)
    }
  }

  /// The file, for messages.
  public var file: String
  /// The wishes, in the order of the file.
  public var places: [Place]

  /// Makes wishes.
  public init(_ places: [Place], file: String = "pre-placement") {
    (self.places, self.file) = (places, file)
  }

  /// Reads wishes from the text of a YAML file.
  ///
  ///     format: synapus-preplace/1
  ///     places:
  ///       hidden: [1, 2]       # column and row of the core
  ///       wide[0]: [0, 0]      # the first part of a population that takes several cores
  ///
  /// - Throws: ``CompilerError/faultyFile(_:_:)`` with all faults, each with its line.
  public init(yaml: String, file: String) throws(CompilerError) {
    let faults = FaultList(of: "the file of places")
    do {
      if let fault = FileGuard.registerFile.fault(in: yaml) {
        throw SpecError.faults(file: file, [fault])
      }
      let root = try YAMLDocument.root(of: yaml, file: file)
      let section = SectionReader(root, path: "", keys: ["format", "places"], faults)
      _ = section.word("format", allowed: ["synapus-preplace/1"])
      self.init(Self.places(section, faults), file: file)
      try faults.throwAny(file: file)
    } catch SpecError.faults(let file, let faults) {
      throw .faultyFile(file, faults)
    } catch {
      throw .faultyFile(file, [.init(line: 1, message: "\(error)")])
    }
  }

  private static func places(_ section: SectionReader, _ faults: FaultList) -> [Place] {
    guard let node = section.value("places") else { return [] }
    guard case .mapping(let mapping) = node else {
      faults.add(node, "'places' must be a mapping of populations, as in 'hidden: [1, 2]'")
      return []
    }
    return mapping.compactMap { key, value in place(key, value, faults) }
  }

  private static func place(_ key: Node, _ value: Node, _ faults: FaultList) -> Place? {
    guard let name = key.string, let match = name.wholeMatch(of: /(.+?)(?:\[(\d{1,6})\])?/) else {
      faults.add(key, "a place needs the name of a population, as 'hidden' or 'hidden[0]'")
      return nil
    }
    let numbers = value.sequence?.compactMap { $0.scalar.flatMap { Int($0.string) } } ?? []
    guard numbers.count == 2, value.sequence?.count == 2, numbers.allSatisfy({ $0 >= 0 }) else {
      faults.add(value, "'\(name.prefix(64))' needs column and row of a core, as [1, 2]")
      return nil
    }
    return Place(
      String(match.1), part: match.2.flatMap { Int($0) }, column: numbers[0], row: numbers[1],
      line: key.mark?.line ?? 1)
  }

  // MARK: Use

  /// The core that a part shall have, by its number on the mesh.
  func core(
    ofPart part: Int, siblings: Int, population: String, _ geometry: ChipGeometry
  ) -> Int? {
    let place = places.first {
      $0.population == population && ($0.part == part || $0.part == nil && siblings == 1)
    }
    guard let place, place.column < geometry.meshColumns, place.row < geometry.meshRows else {
      return nil
    }
    return place.row * geometry.meshColumns + place.column
  }

  /// Refuses places that the mesh, and parts that the network does not have.
  func check(
    parts: [String: Int], on geometry: ChipGeometry
  ) throws(CompilerError) {
    var faults: [SpecError.Fault] = []
    for place in places {
      if let message = fault(of: place, parts[place.population], geometry) {
        faults.append(.init(line: place.line, message: message))
      }
    }
    guard faults.isEmpty else { throw .faultyFile(file, faults) }
  }

  private func fault(of place: Place, _ parts: Int?, _ geometry: ChipGeometry) -> String? {
    let name = place.population
    guard let parts else { return "the network has no population '\(name)'" }
    if place.column >= geometry.meshColumns || place.row >= geometry.meshRows {
      return "there is no core [\(place.column), \(place.row)]; the mesh has"
        + " \(geometry.meshColumns) columns and \(geometry.meshRows) rows, from 0"
    }
    if let part = place.part {
      return part < parts
        ? nil : "population '\(name)' has \(parts) parts, from 0; there is no part \(part)"
    }
    return parts == 1
      ? nil
      : "population '\(name)' has \(parts) parts; name them one by one, '\(name)[0]' to"
        + " '\(name)[\(parts - 1)]'"
  }
}
