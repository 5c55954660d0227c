import HardwareSpec

extension ChipSheet {
  /// The sections that a chip file may leave out, read off its canonical form.
  ///
  /// Keys inside of keys are joined by points; a law or a spread stands as it is written.
  static func optionalSections(
    of chip: ChipSpec
  ) -> [(name: String, entries: [(key: String, value: JSON)])] {
    let mandatory: Set = [
      "format", "name", "summary", "geometry", "time", "synapse", "neuron", "readout", "events",
      "imperfections",
    ]
    var sections: [(name: String, entries: [(key: String, value: JSON)])] = []
    var path: [(indent: Int, key: String)] = []
    for line in chip.canonicalYAML.split(separator: "\n") {
      let indent = line.prefix { $0 == " " }.count
      let parts = line.dropFirst(indent).split(separator: ":", maxSplits: 1)
      let key = String(parts[0])
      let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
      path.removeAll { $0.indent >= indent }
      if indent == 0 {
        sections.append((key, []))
      } else if value.isEmpty {
        path.append((indent, key))
      } else {
        let name = (path.map(\.key) + [key]).joined(separator: ".")
        sections[sections.count - 1].entries.append((name, number(value) ?? .text(String(value))))
      }
    }
    return sections.filter { !mandatory.contains($0.name) }
  }

  private static func number(_ text: Substring) -> JSON? {
    Int(text).map { .integer($0) } ?? Double(text).map { .number($0) }
  }
}
