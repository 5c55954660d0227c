import Analysis
import Testing

@Suite struct TextTableTests {
  @Test func alignsNumbersRightAndWordsLeft() {
    var table = TextTable("layer", "neurons", "accuracy")
    table.append(["input", "5", "97.1 %"])
    table.append(["hidden", "1,200", ""])
    #expect(
      table.text() == """
        layer   neurons  accuracy
        ------  -------  --------
        input         5    97.1 %
        hidden    1,200

        """)
  }

  @Test func everyLineIsAsWideWithWideCharacters() {
    var table = TextTable(columns: [.init("名前"), .init("x", .right)])
    table.append(["日本語", "1"])
    table.append(["e\u{301}", "2"])
    table.append(["👍🏽", "3"])
    let widths = table.text().split(separator: "\n").map { DisplayWidth.columns(of: String($0)) }
    #expect(widths == [9, 9, 9, 9, 9])
  }

  @Test func raggedRowsLoseNothing() {
    var table = TextTable("a", "b")
    table.append(["1"])
    table.append(["1", "2", "3"])
    #expect(table.rows == [["1", ""], ["1", "2 3"]])
    #expect(TextTable(columns: []).text() == "")
    var none = TextTable(columns: [])
    none.append(["x"])
    #expect(none.rows.isEmpty)
  }

  @Test func controlCharactersCannotMoveTheCursor() {
    var table = TextTable("a")
    table.append(["\u{1B}[2Jx\ny"])
    #expect(!table.text().contains("\u{1B}"))
    #expect(table.text().split(separator: "\n").count == 3)
  }

  @Test(arguments: ["12", "-3.5", "\u{2212}3.5e-6", "97.1 %", "97%", "1,000 MiB/s", "0.5 us"])
  func isANumber(cell: String) {
    var table = TextTable("a")
    table.append([cell])
    #expect(table.isRightAligned(0))
  }

  @Test(arguments: ["core 3", "3 of 5", "1 2", "nan", "-", "x1", "infinity"])
  func isNoNumber(cell: String) {
    var table = TextTable("a")
    table.append([cell])
    #expect(!table.isRightAligned(0))
  }
}

@Suite struct NumberTextTests {
  @Test func fixedPlaces() {
    #expect(NumberText.fixed(12345.678, places: 1) == "12,345.7")
    #expect(NumberText.fixed(-0.04, places: 1) == "0.0")
    #expect(NumberText.fixed(-1234, places: 0) == "\u{2212}1234")
    #expect(NumberText.fixed(.nan, places: 1) == "not a number")
    #expect(NumberText.fixed(1e300, places: 2) == "1e+300")
    #expect(NumberText.count(1_234_567) == "1,234,567")
    #expect(NumberText.count(.min) == "\u{2212}9,223,372,036,854,775,808")
    #expect(NumberText.percent(0.9714) == "97.1 %")
    #expect(NumberText.percent(.nan) == "–")
    #expect(NumberText.brief(0.20149) == "0.201")
    #expect(NumberText.brief(0) == "0")
  }
}

@Suite struct ProgressTextTests {
  @Test func lineTellsShareTimeAndTimeLeft() {
    let text = ProgressText(label: "train", fraction: 0.4, elapsed: 12, note: "epoch 16")
    #expect(text.line() == "train: 40 %, 0:12 gone, 0:18 left, epoch 16")
    #expect(abs((text.secondsLeft ?? 0) - 18) < 1e-9)
    #expect(text.lastLine() == "train: done in 0:12, epoch 16")
  }

  @Test func barHasItsWidthAndFill() {
    let text = ProgressText(label: "train", fraction: 0.5, elapsed: 10)
    let bar = text.bar(columns: 80, coloured: false)
    #expect(bar == "train [===============---------------] 50 %  0:10 left")
    #expect(text.bar(columns: 80, coloured: true).contains("\u{1B}[36m"))
  }

  @Test(arguments: 0...120)
  func barNeverExceedsTheTerminal(columns: Int) {
    for fraction in [-1, 0, 0.3, 1, 7, .nan] {
      let text = ProgressText(label: "日本語 train", fraction: fraction, elapsed: 5000, note: "note")
      let bar = text.bar(columns: columns, coloured: false)
      #expect(DisplayWidth.columns(of: bar) <= max(0, columns - 1))
    }
  }

  @Test func unknownsAreNotGuessed() {
    #expect(ProgressText(label: "x", fraction: .nan, elapsed: 9).line() == "x: working, 0:09 gone")
    #expect(ProgressText(label: "x", fraction: 0, elapsed: 9).secondsLeft == nil)
    #expect(ProgressText(label: "x", fraction: 0.5, elapsed: 0.1).secondsLeft == nil)
    #expect(ProgressText(label: "x", fraction: 2, elapsed: 9).secondsLeft == 0)
  }

  @Test func clocks() {
    #expect(ProgressText.clock(7.4) == "0:07")
    #expect(ProgressText.clock(59.6) == "1:00")
    #expect(ProgressText.clock(3723) == "1:02:03")
    #expect(ProgressText.clock(1e300) == "over 99 h")
    #expect(ProgressText.clock(.nan) == "over 99 h")
  }
}
