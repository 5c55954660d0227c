/// Who uses a chip next: start-time fair queueing over users, then over each user's sessions.
///
/// Service is chip time in microseconds. Whoever comes back from a pause is put `quantum` behind
/// the one in service at most, so that pauses save nothing up (Goyal, Vin and Cheng, IEEE/ACM
/// Trans. Netw. 5, 1997, with that lag allowed for clients that think between requests).
package struct FairShare: Sendable {
  /// How long a session keeps the chip while it has work and others wait, in microseconds.
  package static let quantum = 100_000
  /// Users whose totals are kept; those without sessions go first.
  private static let mostUsers = 1_024

  /// What a user, or a session, has had.
  private struct Account: Sendable {
    var service = 0
    var turn = 0

    func rank<Name>(_ name: Name) -> Ranking<Name>.Rank {
      .init(service: service, turn: turn, name: name)
    }

    mutating func catchUp(with floor: Int) {
      service = max(service, floor - FairShare.quantum)
    }
  }

  private struct Share: Sendable {
    var account = Account()
    var total = 0
    var floor = 0
    var sessions: [Int: Account] = [:]
    var ready = Ranking<Int>()
  }

  private var shares: [String: Share] = [:]
  private var ready = Ranking<String>()
  private var users: [Int: String] = [:]
  private var floor = 0
  private var turns = 0
  private var holder: (session: Int, used: Int)?
  private var readySessions: Set<Int> = []

  /// Makes shares that nobody has used.
  package init() {}

  /// A session can use the chip: it has work.
  package mutating func enter(_ session: Int, of user: String) {
    guard readySessions.insert(session).inserted else { return }
    users[session] = user
    if shares[user] == nil { makeRoom() }
    var share = shares.removeValue(forKey: user) ?? Share()
    if share.ready.isEmpty {
      share.account.catchUp(with: floor)
      ready.insert(share.account.rank(user))
    }
    var account = share.sessions[session] ?? Account()
    account.catchUp(with: share.floor)
    share.sessions[session] = account
    share.ready.insert(account.rank(session))
    shares[user] = share
  }

  /// A session cannot use the chip now.
  package mutating func leave(_ session: Int) {
    guard readySessions.remove(session) != nil, let user = users[session],
      var share = shares.removeValue(forKey: user)
    else { return }
    if let account = share.sessions[session] { share.ready.remove(account.rank(session)) }
    if share.ready.isEmpty { ready.remove(share.account.rank(user)) }
    shares[user] = share
  }

  /// Takes the session whose turn it is out of those that can use the chip.
  package mutating func next() -> Int? {
    guard let session = choice, let user = users[session] else { return nil }
    turns += 1
    if holder?.session != session || (holder?.used ?? 0) >= Self.quantum {
      holder = (session, 0)
    }
    leave(session)
    if var share = shares.removeValue(forKey: user) {
      floor = max(floor, share.account.service)
      share.floor = max(share.floor, share.sessions[session]?.service ?? 0)
      if !share.ready.isEmpty { ready.remove(share.account.rank(user)) }
      share.account.turn = turns
      share.sessions[session]?.turn = turns
      if !share.ready.isEmpty { ready.insert(share.account.rank(user)) }
      shares[user] = share
    }
    return session
  }

  private var choice: Int? {
    if let holder, holder.used < Self.quantum, readySessions.contains(holder.session) {
      return holder.session
    }
    return ready.first.flatMap { shares[$0]?.ready.first }
  }

  /// A session, or one that has ended, has used the chip for so many microseconds.
  package mutating func charge(_ session: Int, of user: String, _ microseconds: Int) {
    if holder?.session == session { holder?.used += microseconds }
    if shares[user] == nil { makeRoom() }
    var share = shares.removeValue(forKey: user) ?? Share()
    if !share.ready.isEmpty { ready.remove(share.account.rank(user)) }
    share.account.service += microseconds
    share.total += microseconds
    if var account = share.sessions[session] {
      let isReady = readySessions.contains(session)
      if isReady { share.ready.remove(account.rank(session)) }
      account.service += microseconds
      if isReady { share.ready.insert(account.rank(session)) }
      share.sessions[session] = account
    }
    if !share.ready.isEmpty { ready.insert(share.account.rank(user)) }
    shares[user] = share
  }

  /// A session has ended; what its user has had stays.
  package mutating func forget(_ session: Int) {
    leave(session)
    guard let user = users.removeValue(forKey: session) else { return }
    shares[user]?.sessions[session] = nil
    if holder?.session == session { holder = nil }
  }

  /// Whether a session can use the chip.
  package func isReady(_ session: Int) -> Bool { readySessions.contains(session) }

  /// Chip time of each user, in microseconds, by name.
  package var totals: [(user: String, microseconds: Int)] {
    shares.map { ($0.key, $0.value.total) }.sorted { $0.0 < $1.0 }
      .map { (user: $0.0, microseconds: $0.1) }
  }

  private mutating func makeRoom() {
    guard shares.count >= Self.mostUsers else { return }
    let idle = shares.filter { $0.value.sessions.isEmpty }.min {
      ($0.value.total, $0.key) < ($1.value.total, $1.key)
    }
    if let idle { shares[idle.key] = nil }
  }
}
