import Foundation

/// Finds chips: the built-in ones by name, meshes of them by size, any other by path.
public enum ChipLibrary {
  /// The built-in chips, by name.
  public static let names = [
    "synapus-1", "bss2-like", "bss1-like", "dynapse2-like", "loihi", "truenorth",
  ]
  /// How a chip with another mesh is named, C and R from 1 to 256.
  public static let meshPattern = "synapus-1-mesh-CxR"

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

  /// Reads a chip by built-in name, by `NAME-mesh-CxR`, or by path of a chip file.
  public static func chip(_ name: String) throws(SpecError) -> ChipSpec {
    if let text = text(of: name) { return try ChipSpec(yaml: text, file: "\(name).yaml") }
    if let mesh = try mesh(name) { return mesh }
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
}
