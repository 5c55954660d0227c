import HardwareSpec

/// The text form of an image: exact, one fact a line, made to be compared line by line.
///
/// docs/chip-image.md has the grammar. Writing what was parsed gives the same image, and parsing
/// what was written gives the same text.
public enum ChipImageText {
  /// The version in the first line.
  public static let version = 1

  /// Hexadecimal digits of one weight in a `row` line.
  static func digitsPerWeight(_ spec: ChipSpec) -> Int { spec.synapse.weightBits <= 4 ? 1 : 2 }

  /// A text in quotes; quotes, backslashes and control characters are escaped.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension CircuitSettings {
  /// The codes, each with its key in the text form, in the order of a `circuit` line.
  var namedCodes: [(String, Int)] {
    [
      ("leak", Int(leak)), ("reset", Int(reset)), ("threshold", Int(threshold)),
      ("membrane-time", Int(membraneTime)), ("excitatory-time", Int(excitatoryTime)),
      ("inhibitory-time", Int(inhibitoryTime)), ("excitatory-gain", Int(excitatoryGain)),
      ("inhibitory-gain", Int(inhibitoryGain)), ("refractory", Int(refractoryCount)),
    ]
  }
}
