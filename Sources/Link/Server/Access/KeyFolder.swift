import Foundation

/// The folder with a server's keys, and with those of its users.
///
///     DIR/server.key_secret   the server's pair, for the server alone
///     DIR/server.key          its public half, for clients
///     DIR/users/NAME.key      a user's public key, role and chips
public struct KeyFolder: Sendable {
  /// Somebody who has a key.
  public struct Holder: Equatable, Sendable {
    /// The name; the file is called so.
    public let name: String
    /// `viewer`, `runner`, `calibrator` or `admin`.
    public let role: String
    /// The chips that they may use, sorted; nil: all.
    public let chips: [String]?
    /// The public key in Z85.
    public let publicKey: String
  }

  /// The roles that there are, weakest first.
  public static var roles: [String] { Role.allCases.map(\.rawValue) }
  /// What users and chips can be called, in words.
  public static var names: String { KeyFile.namesAllowed }
  static let mostUsers = 10_000

  /// Whether a user or a chip can be called so.
  public static func isName(_ name: String) -> Bool { KeyFile.isName(name) }

  private let path: String
  private var secretPath: String { path + "/server.key_secret" }
  private var publicPath: String { path + "/server.key" }
  var usersPath: String { path + "/users" }

  /// Names a folder; it is looked at by what is asked of it.
  public init(_ path: String) { self.path = path }

  // MARK: Making and removing

  /// Makes the server's keys, and the folder where it is missing.
  public func makeServer() throws(LinkError) {
    try GuardedFile.createFolder(path)
    try GuardedFile.createFolder(usersPath)
    guard access(publicPath, F_OK) != 0 else { throw .keys(path: publicPath, .exists) }
    let keys = try CurveKeyPair.random()
    let secret = KeyFile(name: "server", publicKey: keys.publicKey, keys: keys)
    try GuardedFile.create(secretPath, secret.text, .secret)
    let open = KeyFile(name: "server", publicKey: keys.publicKey)
    try GuardedFile.create(publicPath, open.text, .open)
  }

  /// Makes a user's keys: the server keeps the public one, the user gets the file at `secret`.
  public func makeUser(
    _ name: String, role: String, chips: [String]? = nil, secret: String
  ) throws(LinkError) {
    let path = userPath(name)
    guard KeyFile.isName(name), name != "server" else {
      throw .keys(path: path, .value(entry: "name", allowed: KeyFile.namesAllowed))
    }
    guard let role = Role(rawValue: role) else {
      let allowed = Self.roles.joined(separator: ", ")
      throw .keys(path: path, .value(entry: "role", allowed: allowed))
    }
    var allowed: Set<String>?
    do {
      allowed = try chips.map { list throws(KeyFault) in
        try KeyFile.chips(list.joined(separator: ","))
      }
    } catch { throw .keys(path: path, error) }
    try checkFolders()
    let server = try KeyFile(publicPath, .open)
    guard access(path, F_OK) != 0 else { throw .keys(path: path, .exists) }
    let keys = try CurveKeyPair.random()
    let handedOut = KeyFile(
      name: name, publicKey: keys.publicKey, keys: keys, serverKey: server.publicKey)
    try GuardedFile.create(secret, handedOut.text, .secret)
    let known = KeyFile(name: name, role: role, chips: allowed, publicKey: keys.publicKey)
    do {
      try GuardedFile.create(path, known.text, .open)
    } catch {
      unlink(secret)
      throw error
    }
  }

  /// Takes a user's key away: it opens nothing from the next second on.
  public func removeUser(_ name: String) throws(LinkError) {
    let path = userPath(name)
    guard KeyFile.isName(name) else {
      throw .keys(path: path, .value(entry: "name", allowed: KeyFile.namesAllowed))
    }
    try checkFolders()
    guard unlink(path) == 0 else { throw .keys(path: path, .last) }
  }

  private func userPath(_ name: String) -> String { "\(usersPath)/\(name).key" }

  // MARK: Reading

  /// Throws where a server with this folder would refuse to start.
  public func check() throws(LinkError) { _ = try AccessList(path) }

  /// All users, by name.
  public func holders() throws(LinkError) -> [Holder] {
    try checkFolders()
    var holders: [Holder] = []
    for name in try userNames() {
      let file = try userFile(name)
      holders.append(
        Holder(
          name: name, role: (file.role ?? .viewer).rawValue, chips: file.chips?.sorted(),
          publicKey: file.publicKey))
    }
    return holders
  }

  /// Throws where others could read the server's secret, or let themselves in.
  func checkFolders() throws(LinkError) {
    try GuardedFile.checkFolder(path)
    try GuardedFile.checkFolder(usersPath)
  }

  /// The server's own pair.
  func serverKeys() throws(LinkError) -> CurveKeyPair {
    guard let keys = try KeyFile(secretPath, .secret).keys else {
      throw .keys(path: secretPath, .missing(entry: "secret-key"))
    }
    return keys
  }

  /// The names of all users that have a file.
  func userNames() throws(LinkError) -> [String] {
    guard let directory = opendir(usersPath) else { throw .keys(path: usersPath, .last) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let file = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard file.hasSuffix(".key"), KeyFile.isName(String(file.dropLast(4))) else { continue }
      guard names.count < Self.mostUsers else {
        throw .keys(
          path: usersPath, .value(entry: "number of users", allowed: "up to \(Self.mostUsers)"))
      }
      names.append(String(file.dropLast(4)))
    }
    return names.sorted()
  }

  /// A user's file; the name in it, if there is one, must be that of the file.
  func userFile(_ name: String) throws(LinkError) -> KeyFile {
    let path = userPath(name)
    let file = try KeyFile(path, .open)
    guard file.name.isEmpty || file.name == name else {
      throw .keys(path: path, .value(entry: "name", allowed: "'\(name)', as the file is called"))
    }
    guard file.keys == nil else {
      throw .keys(path: path, .value(entry: "secret-key", allowed: "none: it is the user's"))
    }
    return file
  }

  /// What changes when a user is added, changed or removed.
  func stamp() -> [String] {
    guard let names = try? userNames() else { return [] }
    return names.map { name in
      var status = stat()
      guard stat(userPath(name), &status) == 0 else { return name }
      let changed = status.st_ctim
      return "\(name) \(status.st_ino) \(status.st_size) \(changed.tv_sec).\(changed.tv_nsec)"
    }
  }
}
