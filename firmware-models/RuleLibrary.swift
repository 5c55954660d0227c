/// Finds rules: the built-in ones by name, any other by path.
public enum RuleLibrary {
  /// The built-in rules' files, by name; a new file of `rules/` becomes one line here.
  private static let files: KeyValuePairs<String, [UInt8]> = [
    "pair-stdp": PackageResources.pair_stdp_rule,
    "triplet-stdp": PackageResources.triplet_stdp_rule,
    "r-stdp": PackageResources.r_stdp_rule,
    "homeostasis": PackageResources.homeostasis_rule,
    "structural": PackageResources.structural_rule,
    "burst": PackageResources.burst_rule,
    "digit-features": PackageResources.digit_features_rule,
    "delta": PackageResources.delta_rule,
    "four-bit-rounding": PackageResources.four_bit_rounding_rule,
    "four-bit-carry": PackageResources.four_bit_carry_rule,
    "superspike": PackageResources.superspike_rule,
    "e-prop": PackageResources.e_prop_rule,
    "error-descent": PackageResources.error_descent_rule,
    "decolle": PackageResources.decolle_rule,
    "likelihood": PackageResources.likelihood_rule,
    "feedback": PackageResources.feedback_rule,
    "burst-balance": PackageResources.burst_balance_rule,
  ]

  /// The built-in rules, by name.
  public static var names: [String] { files.map(\.key) }

  /// The text of a built-in rule's file.
  public static func text(of name: String) -> String? {
    files.first { $0.key == name }.map { String(decoding: $0.value, as: UTF8.self) }
  }

  /// A built-in rule.
  public static func rule(_ name: String) throws(RuleError) -> LearningRule {
    guard let text = text(of: name) else { throw .unknownRule(name: name, known: names) }
    return try LearningRule(parsing: text, file: "\(name).rule")
  }

  /// The first sentence of the comment that a rule's text begins with.
  public static func summary(of text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { $0.hasPrefix("#") }
      .map { $0.drop { $0 == "#" || $0 == " " } }
      .prefix { !$0.isEmpty }
    let words = lines.joined(separator: " ")
    guard let end = words.firstRange(of: ". ") else { return words }
    return String(words[..<end.lowerBound]) + "."
  }
}
