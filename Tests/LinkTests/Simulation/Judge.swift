import Link

/// Looks at everything that happens in a simulation, and says when a promise is broken.
///
/// It knows more than server and clients: what arrived, what is on disk, what each worker holds.
final class Judge {
  /// A session's place on a chip.
  struct Seat: Hashable {
    let session: String
    let chip: Int
  }

  /// What is known of a request by what arrived and what was ordered for it, in this life.
  struct Asked {
    var arrivals = 0
    var finals = 0
    var askers: [Peer] = []
    /// Connections over which it came itself.
    var senders: [Peer] = []
    /// Whether its id stands for several requests.
    var isAmbiguous = false
    /// Epochs of its chip that were granted before it came.
    var epoch = 0
    /// The type of the first answer, or the code of the error.
    var first: String?
    var session: String?
    var user = ""
    var type = ""
    var fingerprint: UInt64?
    var step: Int?
    var slot: Int?
    var image: String?
    var chip = 0
    /// What a commit must hold at least: steps that were acknowledged before it arrived.
    var owed: Set<Int> = []
  }

  unowned let world: Simulation
  private(set) var fault: String?
  var trace: [String] = []
  var coverage = Coverage()

  // MARK: This life of the server

  var asked: [String: Asked] = [:]
  var streams: [String: StreamTruth] = [:]
  var unreachable: Set<Peer> = []
  /// Chips whose worker has said that it is ready, and the order that each has.
  var ready: Set<Int> = []
  var orders: [Int: Int] = [:]
  /// Runs that a worker has taken up, by chip and job.
  var taken: [Seat: (id: String, session: String, epoch: Int)] = [:]
  var leases: [Int: [Lease]] = [:]
  /// When something, and when a ping, with a session's token came last.
  var heard: [String: Int] = [:]
  var pinged: [String: Int] = [:]
  var timesToLive: [Seat: ClosedRange<Int>] = [:]
  var slots: [Int: String] = [:]
  /// The image that a session was told to have, and its slot where it was loaded in this life.
  var images: [Seat: String] = [:]
  var currentSlots: [Seat: Int] = [:]
  /// Steps that a worker has finished.
  var finished: Set<Int> = []
  /// Steps that were acknowledged and that no crash may have taken since.
  var owed: [Seat: Set<Int>] = [:]
  /// Acknowledged steps that a crash took, and those of which the server knows and the session not.
  var crashLosses: [Seat: Set<Int>] = [:]
  var untold: [Seat: Set<Int>] = [:]
  /// Those of which a session may still hear that they are gone.
  var losses: [Seat: Set<Int>] = [:]
  /// Leases that were granted in the event in work.
  var fresh: Set<String> = []
  var lastSequence: Int?
  /// Sessions that the journal held at the start.
  var recovered = 0

  // MARK: All lives

  var lastEpoch: [String: Int] = [:]
  var epochsBefore: [String: Int] = [:]
  var epochOwners: [String: String] = [:]
  /// Whose image has that name.
  var imageOwners: [String: String] = [:]
  /// Runs between two checkpoints of an image, where that was asked for.
  var cadences: [String: Int] = [:]
  var closed: Set<String> = []
  /// Whose session it is, by what its opening was answered.
  var users: [String: String] = [:]
  /// Images that were loaded; requests of earlier lives; when leases were granted.
  var loaded: Set<String> = []
  var earlier: Set<String> = []
  var grants: [String: Int] = [:]
  var stopsBy: Int?
  private var stopsAtOnce = false
  private var looks = 0
  private var tickets: [Int: [JournalEntry]] = [:]
  private var loadJobs: [Int: (image: String, session: String)] = [:]
  private var imageSlots: [String: Int] = [:]

  init(_ world: Simulation) { self.world = world }

  /// Notes the first fault.
  func fail(_ what: String) { if fault == nil { fault = "at \(world.now) ms: \(what)" } }

  func require(_ isKept: Bool, _ what: @autoclosure () -> String) {
    if !isKept { fail(what()) }
  }

  // MARK: The server's life

  func begin(_ disk: SimulatedDisk) {
    earlier.formUnion(asked.keys)
    let before = owed
    (asked, streams, unreachable) = ([:], [:], [])
    (ready, orders, taken) = ([], [:], [:])
    (leases, heard, pinged, timesToLive) = ([:], [:], [:], [:])
    (slots, images, currentSlots) = ([:], [:], [:])
    (finished, owed, lastSequence, stopsBy) = ([], [:], nil, nil)
    (crashLosses, untold, losses) = ([:], [:], [:])
    (tickets, loadJobs, stopsAtOnce) = ([:], [:], false)
    if !world.scenario.isDurable { (lastEpoch, epochOwners) = ([:], [:]) }
    (epochsBefore, recovered) = (lastEpoch, disk.sessions.count)
    for (chip, name) in world.scenario.chips.enumerated() {
      for session in disk.sessions {
        guard let image = session.images[name] else { continue }
        guard let content = image.content else {
          fail("on disk an image has the state of another one")
          continue
        }
        let seat = Seat(session: session.digest, chip: chip)
        images[seat] = content.image
        owed[seat] = Set(content.steps)
        untold[seat] = (before[seat] ?? []).subtracting(content.steps)
        losses[seat] = untold[seat]
        require(
          imageOwners[content.image] == session.digest,
          "the journal gave session \(session.digest.prefix(6)) another one's image")
      }
    }
  }

  /// The server shall stop; a second time means at once.
  func stopping(_ now: Int, atOnce: Bool = false) {
    if stopsBy != nil || atOnce { stopsAtOnce = true }
    stopsBy = stopsBy ?? now + 5_000
  }

  func checkStop(_ now: Int) {
    if let stopsBy { require(now <= stopsBy + 100, "the server has not stopped after 5 s") }
  }

  /// The server halted: every request that came and was not answered was left without a word.
  func halted() {
    guard stopsBy != nil else { return fail("the server halted unasked") }
    guard !stopsAtOnce else { return }
    for (id, request) in asked.sorted(by: { $0.key < $1.key })
    where request.finals == 0 && !request.isSilent {
      let peers = request.senders.filter { !unreachable.contains($0) }
      require(peers.isEmpty, "the server stopped and never answered \(id) (\(request.type))")
    }
  }

  /// Some quantities are costly to count, so not after each event.
  func look(at server: ServerState?) {
    looks += 1
    guard looks % 32 == 0, let server else { return }
    bound(server)
  }

  // MARK: What comes in

  func arrived(id: String?, from peer: Peer) {
    unreachable.remove(peer)
    guard let id else { return }
    asked[id, default: Asked()].arrivals += 1
    asked[id]?.askers.append(peer)
  }

  /// What came under this id is no request.
  func malformed(id: String?) { if let id { asked[id]?.isAmbiguous = true } }

  func arrived(_ request: Request, from peer: Peer, by user: User) {
    arrived(id: request.id, from: peer)
    let digest = request.session?.digest
    identify(request, digest, peer)
    asked[request.id]?.user = user.name
    coverage.requests.insert(request.message.type)
    switch request.command {
    case .attach(let target, let credit):
      asked[target, default: Asked()].arrivals += 1
      asked[target]?.askers.append(peer)
      streams[target, default: StreamTruth()].wanted(from: credit)
    case .credit(let target, let credit): streams[target, default: StreamTruth()].granted(credit)
    case .work(.run(let terms)):
      streams[request.id, default: StreamTruth()].asked(terms.credit, of: world.scenario.limits)
    case .breakLeases: mayEnd(nil, on: nil)
    case .stopServer: if user.may(.administer) { stopping(world.now) }
    default: break
    }
    // A token is good for its own user only.
    if let digest, users[digest] == user.name { note(request, digest) }
  }

  private func identify(_ request: Request, _ digest: String?, _ peer: Peer) {
    var known = asked[request.id, default: Asked()]
    known.senders.append(peer)
    if let fingerprint = known.fingerprint {
      known.isAmbiguous = known.isAmbiguous || fingerprint != request.fingerprint
    } else {
      known.fingerprint = request.fingerprint
      known.type = request.message.type
      known.session = digest
      known.chip = world.chip(of: request) ?? 0
      known.step = request.message.number("sim_step")
    }
    // Which chip is meant where none is named is the server's to say.
    known.epoch = world.chip(of: request).flatMap { lastEpoch[world.scenario.chips[$0]] } ?? 0
    asked[request.id] = known
  }

  private func note(_ request: Request, _ digest: String) {
    wakes(digest, after: world.now - (pinged[digest] ?? 0))
    heard[digest] = world.now
    if request.command == .ping { pinged[digest] = world.now }
    if [.closeSession, .bye].contains(request.command) { closed.insert(digest) }
    if request.command == .releaseLease { mayEnd(digest, on: nil) }
    guard let chip = world.chip(of: request) else { return }
    let seat = Seat(session: digest, chip: chip)
    if case .work(.commitImage) = request.command, asked[request.id]?.arrivals == 1 {
      asked[request.id]?.owed = owed[seat] ?? []
      asked[request.id]?.image = images[seat]
    }
    guard case .acquireLease(let terms) = request.command else { return }
    let time = min(terms.timeToLive, world.scenario.limits.leaseMilliseconds)
    let before = timesToLive[seat] ?? time...time
    timesToLive[seat] = min(before.lowerBound, time)...max(before.upperBound, time)
    // Another mode gives up what there was.
    mayEnd(digest, on: chip)
  }

  func lost(_ peer: Peer) { unreachable.insert(peer) }

  /// An event reached the server.
  func told(_ event: ServerEvent) {
    fresh = []
    switch event {
    case .worker(let chip, .ready): ready.insert(chip)
    case .worker(let chip, .slice(let job, _)): if orders[chip] == job { orders[chip] = nil }
    case .worker(let chip, .finished(let job, let outcome)):
      if orders[chip] == job { orders[chip] = nil }
      if !world.scenario.isDurable, case .success = outcome.result, let load = loadJobs[job] {
        isLoaded(load.image, load.session, chip)
      }
    case .worker(let chip, .ended):
      ready.remove(chip)
      // Who loses what was learnt loses the lease too.
      mayEnd(nil, on: chip)
      orders[chip] = nil
      heardOfCrash(chip)
    case .journaled(let ticket, let fault):
      if fault == nil { stored(tickets[ticket] ?? []) }
      for case .image(let session, let name, _, _, let bytes) in tickets[ticket] ?? []
      where fault == nil {
        let chip = world.scenario.chips.firstIndex(of: name)
        isLoaded(String(decoding: bytes, as: UTF8.self), session, chip ?? 0)
      }
    default: break
    }
  }

  /// An image became the session's.
  private func isLoaded(_ image: String, _ session: String, _ chip: Int) {
    let seat = Seat(session: session, chip: chip)
    images[seat] = image
    loaded.insert(image)
    owed[seat] = []
    (crashLosses[seat], untold[seat], losses[seat]) = (nil, nil, nil)
    currentSlots[seat] = slots.first { $0.value == session && imageSlots[image] == $0.key }?.key
  }

  /// What is written to the journal, and what orders may load.
  func asks(_ entries: [JournalEntry], ticket: Int) { tickets[ticket] = entries }
  func loads(_ image: String, _ session: String, slot: Int, job: Int) {
    (loadJobs[job], imageSlots[image]) = ((image, session), slot)
  }
}

extension Judge.Asked {
  /// Whether it gets no answer by rights.
  var isSilent: Bool { type == "run.credit" || type.isEmpty }
}

/// What was seen over many simulations.
struct Coverage: Equatable {
  var codes: Set<String> = []
  var answers: Set<String> = []
  var requests: Set<String> = []
  var orders: Set<String> = []
  var entries: Set<String> = []
  var events: Set<String> = []
  var happenings: Set<String> = []

  mutating func formUnion(_ other: Coverage) {
    codes.formUnion(other.codes)
    answers.formUnion(other.answers)
    requests.formUnion(other.requests)
    orders.formUnion(other.orders)
    entries.formUnion(other.entries)
    events.formUnion(other.events)
    happenings.formUnion(other.happenings)
  }
}
