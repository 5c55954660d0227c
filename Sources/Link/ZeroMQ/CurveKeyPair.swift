import CZeroMQ

/// A key pair of CURVE (RFC 26), in the text form Z85 (RFC 32): 40 characters for 32 bytes.
package struct CurveKeyPair: Equatable, Sendable {
  /// What others may know.
  package let publicKey: String
  /// What nobody else may know.
  package let secretKey: String

  /// Makes a fresh pair.
  package static func random() throws(LinkError) -> CurveKeyPair {
    try requireCurve()
    var publicKey: [CChar] = Array(repeating: 0, count: Z85.keyLength + 1)
    var secretKey = publicKey
    guard zmq_curve_keypair(&publicKey, &secretKey) == 0 else {
      throw .system(call: "zmq_curve_keypair", zmq_errno())
    }
    return CurveKeyPair(publicKey: Z85.text(publicKey), secretKey: Z85.text(secretKey))
  }

  /// Takes a secret key, and finds the public one; nil when it is no key.
  package init?(secretKey: String) {
    guard Z85.isKey(secretKey) else { return nil }
    var publicKey: [CChar] = Array(repeating: 0, count: Z85.keyLength + 1)
    guard zmq_curve_public(&publicKey, secretKey) == 0 else { return nil }
    (self.publicKey, self.secretKey) = (Z85.text(publicKey), secretKey)
  }

  private init(publicKey: String, secretKey: String) {
    (self.publicKey, self.secretKey) = (publicKey, secretKey)
  }

  /// Throws where libzmq was built without CURVE.
  package static func requireCurve() throws(LinkError) {
    guard LinkLibrary.hasCurve else { throw .curveMissing(version: LinkLibrary.version) }
  }
}

/// Binary keys as text (RFC 32): five characters for four bytes, most significant first.
package enum Z85 {
  /// Characters of a key.
  package static let keyLength = 40
  private static let alphabet = Array(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)
  private static let values: [UInt8: UInt64] = Dictionary(
    uniqueKeysWithValues: alphabet.enumerated().map { ($1, UInt64($0)) })

  /// Whether a text stands for exactly 32 bytes.
  package static func isKey(_ text: String) -> Bool {
    let characters = Array(text.utf8)
    guard characters.count == keyLength else { return false }
    return stride(from: 0, to: keyLength, by: 5).allSatisfy { start in
      var word: UInt64 = 0
      for character in characters[start..<start + 5] {
        guard let value = values[character] else { return false }
        word = word * 85 + value
      }
      return word <= UInt64(UInt32.max)
    }
  }

  /// The text of 32 bytes; nil for another number of bytes.
  package static func key(_ bytes: [UInt8]) -> String? {
    guard bytes.count == 32 else { return nil }
    var characters: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 4) {
      var word = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      var group: [UInt8] = []
      for _ in 0..<5 {
        group.append(alphabet[word % 85])
        word /= 85
      }
      characters += group.reversed()
    }
    return String(decoding: characters, as: UTF8.self)
  }

  fileprivate static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix(keyLength).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
