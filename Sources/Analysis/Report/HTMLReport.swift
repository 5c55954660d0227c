/// A report of text, tables and figures: one standalone HTML file, and its SVG files beside it.
///
/// The page has no script and loads nothing; figures stand inside it and follow dark mode.
public struct HTMLReport: Sendable {
  /// One number of the headline row.
  public struct KeyFigure: Equatable, Sendable {
    /// What the number is.
    public var label: String
    /// The number with its unit, as text.
    public var value: String

    /// Makes a key figure.
    public init(_ label: String, _ value: String) { (self.label, self.value) = (label, value) }
  }

  /// A piece of a section.
  public enum Block: Sendable {
    /// A paragraph of plain text.
    case paragraph(String)
    /// Numbers in large type, side by side.
    case keyFigures([KeyFigure])
    /// A table.
    case table(TextTable)
    /// A figure with the name of its SVG file and a sentence below.
    case figure(any Figure, file: String, caption: String)
    /// Text in fixed pitch, such as a command.
    case preformatted(String)
  }

  /// A heading and what stands below it.
  public struct Section: Sendable {
    /// The heading.
    public var heading: String
    /// The pieces in order.
    public var blocks: [Block]

    /// Makes a section.
    public init(_ heading: String, _ blocks: [Block]) {
      (self.heading, self.blocks) = (heading, blocks)
    }
  }

  /// The headline.
  public var title: String
  /// The quiet line below it: seeds, chip, version.
  public var subtitle: String
  /// The sections in order.
  public var sections: [Section]

  /// Makes a report.
  public init(title: String, subtitle: String = "", sections: [Section] = []) {
    (self.title, self.subtitle, self.sections) = (title, subtitle, sections)
  }

  /// Writes `report.html` and the SVG files into a folder, all or nothing.
  /// - Returns: The paths written, the page first.
  /// - Throws: ``AnalysisError``; then nothing half-written stands under a final name.
  @discardableResult
  public func write(
    to folder: String, page: String = "report.html"
  ) throws(AnalysisError) -> [String] {
    try write(to: folder, page: page, using: AtomicFiles.systemWrite)
  }

  package func write(
    to folder: String, page: String, using call: AtomicFiles.WriteCall
  ) throws(AnalysisError) -> [String] {
    let drawn = drawnFigures()
    try HTMLReport.check([page] + drawn.map(\.file))
    let pictures = drawn.map { AtomicFiles.File(name: $0.file, contents: $0.svg) }
    // The page is renamed last: a page that is there has its pictures beside it.
    let all = pictures + [AtomicFiles.File(name: page, contents: html(drawn.map(\.svg)))]
    try AtomicFiles.write(all, into: folder, using: call)
    return all.reversed().map { folder + "/" + $0.name }
  }

  private func drawnFigures() -> [(file: String, svg: String)] {
    sections.flatMap(\.blocks).compactMap { block in
      guard case .figure(let figure, let file, _) = block else { return nil }
      return (file, figure.svg())
    }
  }

  private static func check(_ names: [String]) throws(AnalysisError) {
    var seen: Set<String> = []
    for name in names {
      let isPlain = name.utf8.allSatisfy { byte in
        let scalar = Unicode.Scalar(byte)
        return scalar.isASCII
          && (scalar.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains(scalar))
      }
      guard isPlain, (1...100).contains(name.utf8.count), name.first != "." else {
        throw .fileNameNotAllowed(name: name)
      }
      guard seen.insert(name).inserted else { throw .fileNameRepeated(name: name) }
    }
  }
}
