import Analysis
import FirmwareModels
import HardwareSpec

/// What a rule is on a chip: products, traces, microcode, cost.
struct RuleSheet {
  let assembled: AssembledRule
  private let spec: ChipSpec
  private let learning: LearningSpec
  private let products: [LearningProduct]

  init(_ file: RuleFile, _ spec: ChipSpec) throws {
    guard let learning = spec.learning else {
      throw Failure(
        .ruleMisfit,
        "chip '\(spec.name)' has no learning engine: its file has no section"
          + " 'learning'", try: "--chip synapus-1")
    }
    (self.spec, self.learning) = (spec, learning)
    assembled = try file.rule.assemble(for: learning)
    products = try LearningProduct.decode(assembled.words)
  }

  /// The microcode with comments, as a file holds it.
  var listing: String {
    get throws {
      try MicrocodeListing.text(
        assembled.words, title: "rule \(assembled.name), microcode for chip \(spec.name)")
    }
  }

  private var settings: [(key: String, value: String)] { assembled.settings.headerLines }
  private var rows: Int { spec.geometry.rowPairsPerCore }
  private var cycles: Int {
    LearningCost.cycles(learning, rows: rows, words: assembled.words.count)
  }
  private var epochCycles: Int { assembled.settings.epochTicks * spec.time.cyclesPerTick }

  var text: String {
    get throws {
      ([
        "rule \(assembled.name) on chip \(spec.name)",
        settings.map { "  \($0.key): \($0.value)" }.joined(separator: "\n"), "",
      ]).joined(separator: "\n") + "\n" + (try table.text()) + "\n" + cost
    }
  }

  private var table: TextTable {
    get throws {
      var table = TextTable(columns: [
        .init("changes", .left), .init("when", .left), .init("scale", .right),
        .init("acts as", .right), .init("factors", .left), .init("microcode", .left),
      ])
      for product in products {
        table.append([
          product.target.letter, product.gate.text, "\(product.mantissa)*2^\(product.exponent)",
          "\(product.mantissa)*2^\(product.exponent - learning.shift(of: product))",
          product.factors.map(\.text).joined(separator: " "),
          try LearningProduct.encode([product]).map(\.hexadecimal).joined(separator: " "),
        ])
      }
      return table
    }
  }

  private var cost: String {
    let seconds = Double(cycles) / spec.time.clockHertz
    return """
      \(assembled.words.count) words of \(learning.microcodeWords)
      an epoch's end on all \(rows) \(spec.geometry.rowsPerAxon == 2 ? "row pairs" : "axons") of a core takes \(NumberText.count(cycles)) cycles, \
      \(NumberText.brief(seconds * 1e6)) us; the epoch itself lasts \
      \(NumberText.count(epochCycles)) cycles
      """
  }

  var json: JSON {
    get throws {
      .object([
        "name": .text(assembled.name), "chip": .text(spec.name),
        "settings": .object(settings.map { ($0.key, .text($0.value)) }),
        "products": .list(
          try products.map { product in
            .object([
              "target": .text(product.target.letter), "gate": .text(product.gate.text),
              "mantissa": .integer(product.mantissa), "exponent": .integer(product.exponent),
              "shift": .integer(learning.shift(of: product)),
              "factors": .list(product.factors.map { .text($0.text) }),
              "words": .list(
                try LearningProduct.encode([product]).map { .text($0.hexadecimal) }),
            ])
          }),
        "words": .list(assembled.words.map { .text($0.hexadecimal) }),
        "words_of_core": .integer(learning.microcodeWords), "rows": .integer(rows),
        "cycles_at_epoch_end": .integer(cycles), "cycles_of_epoch": .integer(epochCycles),
        "seconds_at_epoch_end": .number(Double(cycles) / spec.time.clockHertz),
        "notes": .list(assembled.notes.map { .text($0) }),
      ])
    }
  }
}
