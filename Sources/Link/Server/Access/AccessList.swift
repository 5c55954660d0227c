import Synchronization

/// Who may come in: the users' keys as they were last read, for any thread.
package final class AccessList: Sendable {
  fileprivate struct State {
    var usersByKey: [String: User] = [:]
    var stamp: [String] = []
    var losses = 0
  }

  private let folder: KeyFolder
  private let state: Mutex<State>

  /// The server's own pair.
  package let serverKeys: CurveKeyPair

  /// Reads a folder; anything wrong in it is thrown, so that nobody serves with a leak.
  package init(_ path: String) throws(LinkError) {
    folder = KeyFolder(path)
    try CurveKeyPair.requireCurve()
    try folder.checkFolders()
    serverKeys = try folder.serverKeys()
    var state = State()
    state.stamp = folder.stamp()
    for name in try folder.userNames() { try state.add(name, try folder.userFile(name), folder) }
    self.state = Mutex(state)
  }

  /// Reads the users again if something has changed; files that cannot be used let nobody in, and
  /// are told.
  package func refresh(always: Bool = false) -> [LinkError] {
    let stamp = folder.stamp()
    guard always || stamp != state.withLock(\.stamp) else { return [] }
    var fresh = State(stamp: stamp)
    var faults: [LinkError] = []
    do throws(LinkError) {
      try folder.checkFolders()
      for name in try folder.userNames() {
        do throws(LinkError) {
          try fresh.add(name, try folder.userFile(name), folder)
        } catch { faults.append(error) }
      }
    } catch { faults.append(error) }
    state.withLock { state in
      let isLoss = state.usersByKey.keys.contains { fresh.usersByKey[$0] == nil }
      fresh.losses = state.losses + (isLoss ? 1 : 0)
      state = fresh
    }
    return faults
  }

  /// What libzmq is to remember of a connection with that key; nil: it may not be made.
  package func userID(publicKey: String) -> String? {
    state.withLock { $0.usersByKey[publicKey] }.map { "\($0.name) \(publicKey)" }
  }

  /// Who sends over a connection; nil once their key was taken away.
  package func user(id: String) -> User? {
    guard let space = id.firstIndex(of: " ") else { return nil }
    let user = state.withLock { $0.usersByKey[String(id[id.index(after: space)...])] }
    return user?.name == String(id[..<space]) ? user : nil
  }

  /// How often keys were taken away; connections that they opened may still be there.
  package var losses: Int { state.withLock(\.losses) }

  /// Users that may come in.
  package var count: Int { state.withLock { $0.usersByKey.count } }
}

extension AccessList.State {
  fileprivate mutating func add(
    _ name: String, _ file: KeyFile, _ folder: KeyFolder
  ) throws(LinkError) {
    if let other = usersByKey[file.publicKey] {
      throw .keys(path: "\(folder.usersPath)/\(name).key", .sameKey(as: other.name))
    }
    usersByKey[file.publicKey] = User(name, file.role ?? .viewer, chips: file.chips)
  }
}
