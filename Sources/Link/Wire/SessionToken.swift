import HardwareSpec

/// The secret name of a session: 128 random bits, in hexadecimal.
package struct SessionToken: Hashable, Sendable {
  /// 32 hexadecimal digits.
  package let text: String

  /// Makes a token from random bits.
  package init(_ high: UInt64, _ low: UInt64) { text = Self.digits(high) + Self.digits(low) }

  /// Takes what a client sent for a token.
  package init(text: String) { self.text = text }

  /// What the server keeps and the journal holds in place of the secret.
  package var digest: String { ContentHash.hexadecimal(of: text.utf8) }

  private static func digits(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
