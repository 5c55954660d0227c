/// What a key file says: a certificate with what Synapus needs to know in its metadata.
package struct KeyFile: Equatable {
  var name: String
  var role: Role?
  /// The chips that the user may use; nil: all.
  var chips: Set<String>?
  var publicKey: String
  /// The whole pair, in a secret file.
  var keys: CurveKeyPair?
  /// The public key of the server that the pair is for.
  var serverKey: String?

  /// Makes the content of a file.
  init(
    name: String, role: Role? = nil, chips: Set<String>? = nil, publicKey: String,
    keys: CurveKeyPair? = nil, serverKey: String? = nil
  ) {
    (self.name, self.role, self.chips, self.publicKey) = (name, role, chips, publicKey)
    (self.keys, self.serverKey) = (keys, serverKey)
  }

  /// Reads a file.
  init(_ path: String, _ secrecy: GuardedFile.Secrecy) throws(LinkError) {
    let bytes = try GuardedFile.read(path, atMost: KeyText.largest, secrecy)
    do {
      try self.init(reading: bytes)
    } catch { throw .keys(path: path, error) }
    if secrecy == .secret, keys == nil {
      throw .keys(path: path, .missing(entry: "secret-key"))
    }
  }

  /// Understands the bytes of a file.
  package init(reading bytes: [UInt8]) throws(KeyFault) {
    let text = try KeyText(reading: bytes)
    name = text["metadata", "name"] ?? ""
    guard name.isEmpty || Self.isName(name) else {
      throw .value(entry: "name", allowed: Self.namesAllowed)
    }
    if let word = text["metadata", "role"] {
      guard let role = Role(rawValue: word) else {
        let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
        throw .value(entry: "role", allowed: roles)
      }
      self.role = role
    }
    chips = try text["metadata", "chips"].map(Self.chips)
    serverKey = try Self.key(text, "metadata", "server-key")
    guard let publicKey = try Self.key(text, "curve", "public-key") else {
      throw .missing(entry: "public-key")
    }
    self.publicKey = publicKey
    if let secret = try Self.key(text, "curve", "secret-key") {
      guard let pair = CurveKeyPair(secretKey: secret), pair.publicKey == publicKey else {
        throw .strangers
      }
      keys = pair
    }
  }

  private static func key(
    _ text: KeyText, _ section: String, _ name: String
  ) throws(KeyFault) -> String? {
    guard let key = text[section, name] else { return nil }
    guard Z85.isKey(key) else { throw .value(entry: name, allowed: "40 characters of Z85") }
    return key
  }

  /// Chips by name, separated by commas.
  static func chips(_ list: String) throws(KeyFault) -> Set<String> {
    let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.allSatisfy({ isName($0) }) else {
      throw .value(entry: "chips", allowed: "names of chips, separated by commas")
    }
    return Set(names)
  }

  static let namesAllowed = "1 to 64 letters, digits and -_. that do not begin with a dot"

  /// Whether users and chips may be called so: it stands in file names and in lines of logs.
  static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."):
          return true
        default: return false
        }
      }
  }

  /// The file's text.
  package var text: String {
    var entries: [(section: String, name: String, value: String)] = [("metadata", "name", name)]
    if let role { entries.append(("metadata", "role", role.rawValue)) }
    if let chips {
      entries.append(("metadata", "chips", chips.sorted().joined(separator: ",")))
    }
    if let serverKey { entries.append(("metadata", "server-key", serverKey)) }
    entries.append(("curve", "public-key", publicKey))
    if let keys { entries.append(("curve", "secret-key", keys.secretKey)) }
    let heading =
      keys == nil
      ? ["ZeroMQ CURVE public certificate, made by synapus keys."]
      : [
        "ZeroMQ CURVE **secret** certificate, made by synapus keys.",
        "Whoever has this file is \(name) to the server: keep it in mode 0600, send it to nobody.",
      ]
    return KeyText(entries).text(heading: heading)
  }
}
