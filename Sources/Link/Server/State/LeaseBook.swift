/// The leases of one chip: who holds it, who waits, and the epochs that fence them.
///
/// The queue is first come first served, users in turns: the n-th place of a user comes after the
/// n-th place of every user who waited before.
package struct LeaseBook: Sendable {
  /// Somebody who wants a lease.
  package struct Holder: Equatable, Sendable {
    package var session: Int
    package var user, client: String

    /// Names somebody.
    package init(session: Int, user: String, client: String) {
      (self.session, self.user, self.client) = (session, user, client)
    }
  }

  /// A lease that was granted.
  package struct Lease: Sendable {
    package let holder: Holder
    package let epoch: Int
    package internal(set) var terms: LeaseTerms
    /// When it was granted, in milliseconds.
    package let since: Int
  }

  /// A place in the queue.
  package struct Place: Sendable {
    package let holder: Holder
    package internal(set) var terms: LeaseTerms
    fileprivate let round, order: Int
  }

  /// Epochs that one transaction of the journal reserves.
  package static let block = 1_000

  private var held: [Int: Lease] = [:]
  private var exclusive: Int?
  /// Who waits, in the order in which they will be served.
  package private(set) var waiting: [Place] = []
  private var rounds: [String: Int] = [:]
  private var round = 0
  private var arrivals = 0
  /// The next epoch to give, and the first that may not be given yet.
  package private(set) var nextEpoch: Int
  package private(set) var reserved: Int

  /// Makes a book whose epochs go on from there.
  package init(from epoch: Int) {
    nextEpoch = max(1, epoch)
    reserved = nextEpoch
  }

  /// The lease of a session.
  package func lease(of session: Int) -> Lease? { held[session] }

  /// The leases, oldest first.
  package var leases: [Lease] { held.values.sorted { $0.epoch < $1.epoch } }

  /// Whether a session waits.
  package func waits(_ session: Int) -> Bool {
    waiting.contains { $0.holder.session == session }
  }

  /// How many will be served before the session, and it; from 1.
  package func position(of session: Int) -> Int? {
    waiting.firstIndex { $0.holder.session == session }.map { $0 + 1 }
  }

  /// Takes a place, or renews the terms of the place or lease that the session has.
  ///
  /// Asking for the other mode gives up what the session had.
  package mutating func ask(_ holder: Holder, _ terms: LeaseTerms) {
    if let lease = held[holder.session] {
      if lease.terms.mode == terms.mode {
        held[holder.session]?.terms = terms
        return
      }
      release(holder.session)
    }
    if let place = waiting.firstIndex(where: { $0.holder.session == holder.session }) {
      if waiting[place].terms.mode == terms.mode {
        waiting[place].terms = terms
        return
      }
      waiting.remove(at: place)
    }
    enqueue(holder, terms)
  }

  private mutating func enqueue(_ holder: Holder, _ terms: LeaseTerms) {
    let mine = max(round, (rounds[holder.user] ?? 0) + 1)
    rounds[holder.user] = mine
    arrivals += 1
    let place = Place(holder: holder, terms: terms, round: mine, order: arrivals)
    let index = waiting.firstIndex { ($0.round, $0.order) > (mine, arrivals) }
    waiting.insert(place, at: index ?? waiting.count)
  }

  /// Grants what can be granted now, in the order of the queue.
  package mutating func grant(at now: Int) -> [Lease] {
    var granted: [Lease] = []
    while let place = waiting.first, isFree(for: place.terms.mode), nextEpoch < reserved {
      waiting.removeFirst()
      round = max(round, place.round)
      let lease = Lease(holder: place.holder, epoch: nextEpoch, terms: place.terms, since: now)
      nextEpoch += 1
      held[place.holder.session] = lease
      if place.terms.mode == .exclusive { exclusive = place.holder.session }
      granted.append(lease)
    }
    if waiting.isEmpty { rounds.removeAll() }
    return granted
  }

  private func isFree(for mode: LeaseTerms.Mode) -> Bool {
    mode == .exclusive ? held.isEmpty : exclusive == nil
  }

  /// Whether the first of the queue waits for nothing but an epoch.
  package var lacksEpochs: Bool {
    guard let place = waiting.first else { return false }
    return isFree(for: place.terms.mode) && nextEpoch >= reserved
  }

  /// Ends the lease of a session.
  @discardableResult package mutating func release(_ session: Int) -> Lease? {
    if exclusive == session { exclusive = nil }
    return held.removeValue(forKey: session)
  }

  /// Gives up a session's place in the queue; whether it had one.
  @discardableResult package mutating func giveUp(_ session: Int) -> Bool {
    let count = waiting.count
    waiting.removeAll { $0.holder.session == session }
    return waiting.count < count
  }

  /// The exclusive lease, if others wait and it is older than allowed.
  package func overdue(at now: Int, longest: Int) -> Int? {
    guard let exclusive, !waiting.isEmpty, let lease = held[exclusive],
      now - lease.since > longest
    else { return nil }
    return exclusive
  }

  /// Where epochs must be reserved up to soon: none as long as half a block is left.
  package var wantedReserve: Int? {
    reserved - nextEpoch < Self.block / 2 ? nextEpoch + Self.block : nil
  }

  /// Epochs below this one are reserved on disk.
  package mutating func reserve(below epoch: Int) { reserved = max(reserved, epoch) }
}
