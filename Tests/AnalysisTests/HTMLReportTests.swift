import Analysis
import Foundation
import Testing

@Suite struct HTMLReportTests {
  private func report(_ name: String = "a") -> HTMLReport {
    var table = TextTable("condition", "accuracy")
    table.append([FigureSamples.hostile, "97.1 %"])
    let figures = FigureSamples.all().enumerated().map { index, figure in
      HTMLReport.Block.figure(figure, file: "\(name)\(index).svg", caption: FigureSamples.hostile)
    }
    return HTMLReport(
      title: FigureSamples.hostile, subtitle: "seed 0",
      sections: [
        .init(
          "Numbers",
          [
            .keyFigures([.init("deployed", "70.1 %")]), .table(table),
            .paragraph(FigureSamples.hostile), .preformatted("$ tools/demo\n  <x>"),
          ]),
        .init("Pictures", figures),
      ])
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "/synapus-report-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func pageIsWellFormedEscapedAndLoadsNothing() throws {
    let page = report().html()
    let reader = try #require(MarkupReader.read(page))
    #expect(!reader.elements.contains { ["script", "link", "img", "b"].contains($0.name) })
    #expect(reader.elements.count { $0.name == "svg" } == FigureSamples.all().count)
    #expect(reader.elements.count { $0.name == "figcaption" } == FigureSamples.all().count)
    #expect(!page.contains("src=") && !page.contains("url("))
    #expect(page.contains("prefers-color-scheme: dark"))
    #expect(page.contains("<td class=\"number\">97.1 %</td>"))
    #expect(page == report().html())
  }

  /// Every colour by name in a figure can be exchanged by the page's dark style.
  @Test func everyPaintHasItsDarkStyle() {
    let page = report().html()
    for paint in Paint.all {
      #expect(page.contains(".fill-\(paint.name) { fill: \(paint.dark); }"))
      #expect(page.contains(".stroke-\(paint.name) { stroke: \(paint.dark); }"))
    }
  }

  @Test func writesThePageAndEachPicture() throws {
    try withFolder { folder in
      let paths = try report().write(to: folder + "/new/deep")
      let pictures = (0..<FigureSamples.all().count).map { "a\($0).svg" }
      let expected = (pictures + ["report.html"]).sorted()
      #expect(try names(folder + "/new/deep") == expected)
      #expect(paths.first == folder + "/new/deep/report.html")
      let picture = try String(contentsOfFile: folder + "/new/deep/a0.svg", encoding: .utf8)
      #expect(picture == FigureSamples.all()[0].svg())
      try report().write(to: folder + "/new/deep")
      #expect(try names(folder + "/new/deep") == expected)
    }
  }

  /// The disk takes `room` bytes and is then full, for every eighth of the report's size.
  @Test(arguments: 0..<8)
  func aFullDiskLeavesWhatWasThere(eighth: Int) throws {
    let size = FigureSamples.all().reduce(report().html().utf8.count) { $0 + $1.svg().utf8.count }
    try withFolder { folder in
      try AtomicFiles.write("old", to: folder + "/report.html")
      var room = size * eighth / 8
      let call: AtomicFiles.WriteCall = { descriptor, bytes in
        guard room > 0 else {
          errno = ENOSPC
          return -1
        }
        let taken = UnsafeRawBufferPointer(rebasing: bytes.prefix(room))
        room -= taken.count
        return AtomicFiles.systemWrite(descriptor, taken)
      }
      let error = #expect(throws: AnalysisError.self) {
        _ = try report().write(to: folder, page: "report.html", using: call)
      }
      guard case .diskFull = error else {
        Issue.record("not diskFull: \(String(describing: error))")
        return
      }
      #expect(try names(folder) == ["report.html"])
      #expect(try String(contentsOfFile: folder + "/report.html", encoding: .utf8) == "old")
    }
  }

  @Test func aFullDiskLeavesNoNewFolder() throws {
    try withFolder { folder in
      #expect(throws: AnalysisError.diskFull(path: folder + "/x/y/a0.svg")) {
        _ = try report().write(to: folder + "/x/y", page: "p.html") { _, _ in
          errno = ENOSPC
          return -1
        }
      }
      let left = try names(folder)
      #expect(left.isEmpty)
    }
  }

  @Test func aFileInTheWayIsReported() throws {
    try withFolder { folder in
      try AtomicFiles.write("x", to: folder + "/file")
      #expect(throws: AnalysisError.self) { try report().write(to: folder + "/file") }
      #expect(throws: AnalysisError.self) { try report().write(to: folder + "/file/below") }
      #expect(try names(folder) == ["file"])
      try FileManager.default.createDirectory(
        atPath: folder + "/report.html", withIntermediateDirectories: false)
      #expect(throws: AnalysisError.notWritable(path: folder + "/report.html", code: EISDIR)) {
        try report().write(to: folder)
      }
      #expect(!(try names(folder)).contains { $0.hasSuffix(".tmp") })
    }
  }

  @Test(arguments: ["", "../x.svg", "a/b.svg", ".hidden", "ä.svg", "x y.svg", "report.html"])
  func refusesFileNames(name: String) throws {
    let figure = FigureSamples.all()[0]
    let report = HTMLReport(
      title: "x", sections: [.init("s", [.figure(figure, file: name, caption: "")])])
    try withFolder { folder in
      #expect(throws: AnalysisError.self) { try report.write(to: folder) }
      let left = try names(folder)
      #expect(left.isEmpty)
    }
  }

  @Test func errorsAreOneSentence() {
    let errors: [AnalysisError] = [
      .diskFull(path: "p"), .notWritable(path: "p", code: EACCES), .fileNameNotAllowed(name: "/"),
      .fileNameRepeated(name: "a"), .timeConstantOutOfRange(0), .shiftCostOutOfRange(-1),
      .toleranceOutOfRange(-1), .durationOutOfRange(0), .spikeTimeNotFinite(index: 3),
      .tooManySpikePairs(first: 1, second: 2, allowed: 1),
    ]
    for error in errors {
      #expect(error.description.hasSuffix(".") && !error.description.contains("\n"))
    }
    #expect(errors[1].description.contains("Permission denied"))
  }
}
