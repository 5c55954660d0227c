import Link
import TestSupport

/// Key files: what is understood is written, and read again, as it was.
struct KeyFuzz: FuzzTarget {
  static let name = "keys"
  private let good: [UInt8]

  init() throws {
    let keys = try required(CurveKeyPair(secretKey: Self.secret), "pair of keys")
    good = Array(
      """
      #   ****  made by a test  ****
      metadata
          name = "alice"
          role = "runner"
          chips = "0,second"
          server-key = "\(keys.publicKey)"
      curve
          public-key = "\(keys.publicKey)"
          secret-key = "\(Self.secret)"

      """.utf8)
  }

  private static let secret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

  func seeds() throws -> [[UInt8]] {
    let text = String(decoding: good, as: UTF8.self)
    let publicOnly = text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("secret") && !$0.contains("role") }.joined(separator: "\n")
    let other = text.replacing("\"", with: "'").replacing("\n", with: "\r\n")
    return [good, Array(publicOnly.utf8), Array(other.utf8)]
  }

  func take(_ bytes: [UInt8]) throws {
    let file: KeyFile
    do throws(KeyFault) {
      file = try KeyFile(reading: bytes)
    } catch {
      try FuzzFinding.require(!error.description.isEmpty, "no reason given")
      return
    }
    let again = try? KeyFile(reading: Array(file.text.utf8))
    try FuzzFinding.require(again == file, "a key file is not read as it was written")
  }

  func takeGood() throws {
    let text = try KeyFile(reading: good).text
    try FuzzFinding.require(text.contains("alice"), "a good key file is not understood")
  }
}
