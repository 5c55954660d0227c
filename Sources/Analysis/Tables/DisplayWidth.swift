/// The number of terminal columns that text takes.
public enum DisplayWidth {
  /// Columns of a text: East Asian wide characters and emoji take two, combining marks none.
  public static func columns(of text: String) -> Int {
    text.reduce(0) { $0 + columns(of: $1) }
  }

  /// The longest beginning of a text that takes at most `columns`.
  public static func prefix(of text: String, columns limit: Int) -> String {
    var used = 0
    var result = ""
    for character in text {
      used += columns(of: character)
      guard used <= limit else { break }
      result.append(character)
    }
    return result
  }

  /// The text with control characters replaced, so that a name cannot move the cursor.
  public static func sanitised(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
          default: scalar
          }
        }))
  }

  private static func columns(of character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if character.unicodeScalars.contains("\u{FE0F}") { return 2 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .control, .format: return 0
    default: return isWide(first) ? 2 : 1
    }
  }

  /// The wide and full-width blocks of Unicode Standard Annex 11, in outline.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
      0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
