import HardwareSpec

/// A learning rule as its author writes it, of no particular chip.
///
/// docs/learning-rules.md has the language. ``assemble(for:)`` makes microcode of it.
public struct LearningRule: Equatable, Sendable {
  /// The rule's name: that of its file, if no line gives another.
  public var name: String
  /// Epoch, traces, third factors, upkeep.
  public var settings: RuleSettings
  /// The products in the order of the text, weights first, then delays, then tags; literals are
  /// merged but not yet fitted to a chip's mantissa.
  public let products: [LearningProduct]

  /// The file of which faults speak.
  let file: String
  /// Where each product begins.
  let places: [RulePlace]
  /// Where each header line stands, by key; nil: the rule is not from a file, and has none.
  let lines: [String: RulePlace]?

  init(
    name: String, file: String, settings: RuleSettings,
    products: [(product: LearningProduct, place: RulePlace)], lines: [String: RulePlace]?
  ) {
    let targets = LearningProduct.Target.allCases
    let ordered = targets.flatMap { target in products.filter { $0.product.target == target } }
    (self.name, self.file, self.settings, self.lines) = (name, file, settings, lines)
    (self.products, places) = (ordered.map(\.product), ordered.map(\.place))
  }

  /// Reads a `.rule` file's text; all its faults are thrown at once.
  public init(parsing text: String, file: String) throws(RuleError) {
    let reader = RuleReader(text)
    guard reader.faults.faults.isEmpty else {
      throw .faults(file: file, reader.faults.sorted)
    }
    self.init(
      name: reader.header.name ?? Self.stem(file), file: file, settings: reader.header.settings,
      products: reader.products, lines: reader.header.places)
  }

  /// Reads bare equations, right sides only, as lava's `LoihiLearningRule` takes them.
  ///
  /// Traces are set in ``settings``; lines of faults count inside each text.
  public init(
    dw: String? = nil, dd: String? = nil, dt: String? = nil, name: String = "rule",
    settings: RuleSettings = RuleSettings()
  ) throws(RuleError) {
    let faults = RuleFaultList()
    let texts = [(dw, LearningProduct.Target.weight), (dd, .delay), (dt, .tag)]
    var products: [(product: LearningProduct, place: RulePlace)] = []
    for case (let text?, let target) in texts {
      products += Equation(text, target).products(faults, naming: true)
    }
    if texts.allSatisfy({ $0.0 == nil }) {
      faults.add(RulePlace(line: 1, column: 1), RuleReader.nothingLearns)
    }
    guard faults.faults.isEmpty else { throw .faults(file: name, faults.faults) }
    self.init(name: name, file: name, settings: settings, products: products, lines: nil)
  }

  /// `pair-stdp` of `rules/pair-stdp.rule`.
  private static func stem(_ file: String) -> String {
    let last = file.split(separator: "/").last.map(String.init) ?? file
    return last.hasSuffix(".rule") && last.count > 5 ? String(last.dropLast(5)) : last
  }
}
