import ArgumentParser
import HardwareSpec
import Link

/// The chips of a server, read from a YAML file: by name, the flags that make each of them.
///
///     format: synapus-chips/1
///     chips:
///       left: { chip: synapus-1, chip_seed: 1 }
///       right: { chip: lab/right.yaml, chip_seed: 2, mismatch: 0.1 }
struct ChipList {
  /// One chip.
  struct Entry {
    var name: String
    var options: ChipOptions
  }

  static let mostChips = 64

  private(set) var entries: [Entry] = []

  /// The keys of an entry and the flags that they stand for; values stand behind them.
  private static let flags = [
    "chip", "chip_seed", "mismatch", "residual", "defects", "temperature", "seed", "kernel",
    "effects", "threads",
  ]

  /// Reads a file, and finds every chip in it; all faults are listed, each with its line.
  init(_ path: String) throws {
    let text = try InputFile.text(path, largest: FileGuard.sideFile.largestBytes)
    if let fault = FileGuard.sideFile.fault(in: text) {
      throw SpecError.faults(file: path, [fault])
    }
    let faults = FaultList(of: "the list of chips")
    let root = SectionReader(
      try YAMLDocument.root(of: text, file: path), path: "", keys: ["format", "chips"], faults)
    _ = root.word("format", allowed: ["synapus-chips/1"])
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    for (name, section) in root.members("chips", keys: Self.flags + ["ideal"]) {
      section.require(
        KeyFolder.isName(name), "'\(name.prefix(40))' cannot name a chip; use \(KeyFolder.names)")
      if let options = Self.options(section, name, folder) {
        entries.append(Entry(name: name, options: options))
      }
    }
    root.require(
      (1...Self.mostChips).contains(entries.count),
      "a server serves 1 to \(Self.mostChips) chips, and the list has \(entries.count)")
    try faults.throwAny(file: path)
  }

  private static func options(
    _ section: SectionReader, _ name: String, _ folder: String
  ) -> ChipOptions? {
    var arguments: [String] = []
    for key in flags {
      guard var value = section.scalar(key) else { continue }
      if ["defects", "chip"].contains(key) { value = located(value, folder) }
      arguments.append("--\(key.replacing("_", with: "-"))=\(value)")
    }
    switch section.scalar("ideal") {
    case "true": arguments.append("--ideal")
    case nil, "false": break
    default: section.require(false, "'\(section.name("ideal"))' must be true or false")
    }
    do {
      let options = try ChipOptions.parse(arguments)
      try options.check()
      return options
    } catch {
      section.require(false, "chip '\(name)': \(ChipOptions.sentence(of: error))")
      return nil
    }
  }

  /// Paths count from the folder of the list.
  private static func located(_ value: String, _ folder: String) -> String {
    let isPath = value.contains("/") || value.hasSuffix(".yaml") || value.hasSuffix(".json")
    return isPath && !value.hasPrefix("/") ? folder + value : value
  }
}

extension ChipOptions {
  /// Throws when there is no such chip, or no such device of it.
  func check() throws {
    let spec = try chip.map(ChipLibrary.chip) ?? ChipLibrary.chip("synapus-1")
    _ = try settings(on: spec)
  }

  /// What is wrong with a value, in one sentence.
  fileprivate static func sentence(of error: any Error) -> String {
    if error is SpecError { return "\(error)" }
    return ChipOptions.message(for: error).split(separator: "\n").joined(separator: " ")
  }
}
