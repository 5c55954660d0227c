extension HTMLReport {
  /// The page as text, figures inside.
  public func html() -> String {
    html(
      sections.flatMap(\.blocks).compactMap { block in
        guard case .figure(let figure, _, _) = block else { return nil }
        return figure.svg()
      })
  }

  /// The page around figures that were drawn already, in the order of the blocks.
  func html(_ drawn: [String]) -> String {
    var rest = drawn[...]
    let body = sections.map { section in
      let blocks = section.blocks.map { HTMLReport.html($0, &rest) }.joined(separator: "\n")
      return "<section>\n<h2>\(escape(section.heading))</h2>\n\(blocks)\n</section>"
    }
    let quiet = subtitle.isEmpty ? "" : "<p class=\"quiet\">\(escape(subtitle))</p>\n"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'unsafe-inline'"/>
      <title>\(escape(title))</title>
      <style>
      \(HTMLReport.styleSheet)
      </style>
      </head>
      <body>
      <main>
      <h1>\(escape(title))</h1>
      \(quiet)\(body.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  private static func html(_ block: Block, _ drawn: inout ArraySlice<String>) -> String {
    switch block {
    case .paragraph(let text): "<p>\(escape(text))</p>"
    case .preformatted(let text): "<pre>\(escapeLines(text))</pre>"
    case .table(let table): html(table)
    case .keyFigures(let figures):
      "<dl class=\"keys\">\n" + figures.map(html).joined(separator: "\n") + "\n</dl>"
    case .figure(_, let file, let caption):
      """
      <figure>
      \(drawn.popFirst() ?? "")<figcaption>\(escape(caption)) \
      <a href="\(escape(file))">SVG</a></figcaption>
      </figure>
      """
    }
  }

  private static func html(_ key: KeyFigure) -> String {
    "<div><dt>\(escape(key.label))</dt><dd>\(escape(key.value))</dd></div>"
  }

  private static func html(_ table: TextTable) -> String {
    let cells = { (tag: String, texts: [String]) in
      texts.enumerated().map { column, text in
        let side = table.isRightAligned(column) ? " class=\"number\"" : ""
        return "<\(tag)\(side)>\(escape(text))</\(tag)>"
      }.joined()
    }
    let rows = table.rows.map { "<tr>\(cells("td", $0))</tr>\n" }.joined()
    return """
      <div class="wide"><table>
      <thead><tr>\(cells("th", table.columns.map(\.title)))</tr></thead>
      <tbody>
      \(rows)</tbody>
      </table></div>
      """
  }

  private static func escapeLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { escape(String($0)) }
      .joined(separator: "\n")
  }

  private static func escape(_ text: String) -> String { MarkupText.escaped(text) }
  private func escape(_ text: String) -> String { MarkupText.escaped(text) }

  /// Light by default; by night the named colours of the figures are exchanged by class.
  private static var styleSheet: String {
    let night = Paint.all.map { paint in
      "  .fill-\(paint.name) { fill: \(paint.dark); } "
        + ".stroke-\(paint.name) { stroke: \(paint.dark); }"
    }
    return baseStyle + "\n@media (prefers-color-scheme: dark) {\n"
      + "  :root { --paper: #16191d; --text: #e6e8eb; --quiet: #a3abb5; --rule: #343a42; "
      + "--link: #4aa8e0; }\n" + night.joined(separator: "\n") + "\n}"
  }

  private static let baseStyle = """
    :root { color-scheme: light dark; --paper: #ffffff; --text: #1f2328; --quiet: #5b636d;
      --rule: #d5d9de; --link: #0072b2; }
    body { margin: 0; background: var(--paper); color: var(--text);
      font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
    main { max-width: 760px; margin: 0 auto; padding: 24px 20px 64px; }
    h1 { font-size: 1.7rem; line-height: 1.25; margin: 0.5em 0 0.2em; }
    h2 { font-size: 1.2rem; margin: 2em 0 0.5em; }
    a { color: var(--link); }
    .quiet, figcaption, dt { color: var(--quiet); font-size: 0.9rem; }
    .keys { display: flex; flex-wrap: wrap; gap: 12px 36px; margin: 1.2em 0; }
    .keys dd { margin: 0; font-size: 1.6rem; font-variant-numeric: tabular-nums; }
    figure { margin: 1.5em 0; }
    figure svg { display: block; max-width: 100%; height: auto; border: 1px solid var(--rule);
      border-radius: 6px; }
    figcaption { margin-top: 6px; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: 4px 18px 4px 0; border-bottom: 1px solid var(--rule); }
    th { font-weight: 600; }
    .number { text-align: right; }
    pre { overflow-x: auto; padding: 10px 12px; border: 1px solid var(--rule);
      border-radius: 6px; font-size: 0.85rem; }
    """
}
