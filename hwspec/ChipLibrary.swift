import Foundation

/// Finds chips: the built-in ones by name, meshes of them by size, any other by path.
public enum ChipLibrary {
  /// The built-in chips, by name.
  public static let names = [
    "synapus-1", "bss2-like", "bss1-like", "dynapse2-like", "loihi", "truenorth",
  ]
  /// How a chip with another mesh is named, C and R from 1 to 256.
  public static let meshPattern = "synapus-1-mesh-CxR"
  /// How several chips that are joined by links are named, C and R chips side by side.
  public static let chipsPattern = "synapus-1-chips-CxR"

  /// The text of a built-in chip's file.
  public static func text(of name: String) -> String? {
    switch name {
    case "synapus-1": return String(decoding: PackageResources.synapus_1_yaml, as: UTF8.self)
    case "bss2-like": return String(decoding: PackageResources.bss2_like_yaml, as: UTF8.self)
    case "bss1-like": return String(decoding: PackageResources.bss1_like_yaml, as: UTF8.self)
    case "dynapse2-like":
      return String(decoding: PackageResources.dynapse2_like_yaml, as: UTF8.self)
    case "loihi": return String(decoding: PackageResources.loihi_yaml, as: UTF8.self)
    case "truenorth": return String(decoding: PackageResources.truenorth_yaml, as: UTF8.self)
    default: return nil
    }
  }

  /// Reads a chip by built-in name, by `NAME-mesh-CxR`, by `CHIP-chips-CxR`, or by path of
  /// a chip file.
  public static func chip(_ name: String) throws(SpecError) -> ChipSpec {
    if let text = text(of: name) { return try ChipSpec(yaml: text, file: "\(name).yaml") }
    if let mesh = try mesh(name) { return mesh }
    if let chips = try chips(name) { return chips }
    guard
      name.contains("/") || name.hasSuffix(".yaml") || FileManager.default.fileExists(atPath: name)
    else { throw .unknownChip(name: name, known: names + [meshPattern]) }
    return try ChipSpec(yaml: try fileText(name), file: name)
  }

  /// The text of a chip file: at most as much as a chip file may hold, and only UTF-8.
  private static func fileText(_ path: String) throws(SpecError) -> String {
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: FileGuard.chipFile.largestBytes + 1)
    else { throw .unreadable(path: path) }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .faults(file: path, [.init(line: 1, message: "the file is not UTF-8 text")])
    }
    return text
  }

  /// A built-in chip with another mesh, for example `synapus-1-mesh-40x25`.
  private static func mesh(_ name: String) throws(SpecError) -> ChipSpec? {
    guard let match = name.wholeMatch(of: /(.+)-mesh-(\d{1,3})x(\d{1,3})/),
      let text = text(of: String(match.1)), let columns = Int(match.2), let rows = Int(match.3),
      (1...256).contains(columns), (1...256).contains(rows)
    else { return nil }
    var spec = try ChipSpec(yaml: text, file: "\(match.1).yaml")
    spec.name = name
    (spec.geometry.meshColumns, spec.geometry.meshRows) = (columns, rows)
    // Read once more: a network of so many cores may not fit the router.
    return try ChipSpec(yaml: spec.canonicalYAML, file: name)
  }

  /// Several chips side by side, for example `synapus-1-chips-2x1`.
  private static func chips(_ name: String) throws(SpecError) -> ChipSpec? {
    guard let match = name.wholeMatch(of: /(.+)-chips-(\d{1,3})x(\d{1,3})/),
      let columns = Int(match.2), let rows = Int(match.3), columns >= 1, rows >= 1
    else { return nil }
    return try chip(String(match.1)).joined(columns: columns, rows: rows)
  }
}

extension ChipSpec {
  /// Chips of this kind side by side, joined by the links that `network.chip_links`
  /// describes.
  ///
  /// - Throws: ``SpecError/faults(file:_:)`` where the chip's file gives no such links, or where the
  ///   mesh would be larger than 256 x 256 cores.
  public func joined(columns: Int, rows: Int) throws(SpecError) -> ChipSpec {
    let joinedName = "\(name)-chips-\(columns)x\(rows)"
    guard let links = network?.chipLinks, network?.router == .mesh else {
      let message = "chip '\(name)' has no links to other chips (network.chip_links)"
      throw .faults(file: joinedName, [.init(line: 1, message: message)])
    }
    var spec = self
    // A chip that consists of tiles already keeps them: its borders are theirs.
    spec.network?.chips =
      network?.chips
      ?? ChipTileSpec(
        columns: geometry.meshColumns, rows: geometry.meshRows, link: links.link,
        linkLatencyCycles: links.latencyCycles)
    spec.name = joinedName
    spec.geometry.meshColumns *= columns
    spec.geometry.meshRows *= rows
    // Read once more: the mesh may be too large.
    return try ChipSpec(yaml: spec.canonicalYAML, file: joinedName)
  }
}
