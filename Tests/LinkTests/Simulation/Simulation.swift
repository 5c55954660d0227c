import ChipInterface
import HardwareSpec
import Link

/// A server's logic in a world of a seed: virtual time, lossy connections, a slow disk, workers
/// that crash, clients that keep to the protocol and some that do not.
///
/// The same seed gives the same world, event for event. ``Judge`` looks at every event and effect.
final class Simulation {
  /// What comes to pass.
  enum Happening {
    case tick
    case request(life: Int, Request, from: Peer, by: User)
    case malformed(life: Int, WireError, id: String?, from: Peer)
    case unreachable(life: Int, Peer)
    case delivery(Reply, to: Peer)
    case step(chip: Int, process: Int, job: Int)
    case report(life: Int, chip: Int, WorkerReport)
    case ready(life: Int, chip: Int, process: Int)
    case disk(life: Int)
    case client(Int)
    case start
    case heal
  }

  let seed: Int
  var dice: Dice
  var scenario: Scenario
  let info: ChipInfo
  var now = 0
  var agenda = Agenda<Happening>()
  var server: ServerState?
  /// Which life of the server it is; what was under way in an earlier one is void.
  var life = 0
  var disk = SimulatedDisk()
  var workers: [SimulatedWorker] = []
  var clients: [SimulatedClient] = []
  /// Connections by their routing id: whose they are.
  var connections: [Peer: Int] = [:]
  /// Connections that end soon, so that nothing is on its way twice.
  var ending: Set<Peer> = []
  private(set) lazy var judge = Judge(self)
  var sabotage: Sabotage?
  /// Whether a chip is out of order and somebody must see to it.
  var needsReset = false
  var isHealed = false
  private var steps = 0
  /// When the server was told to stop.
  var stoppedAt: Int?
  private var quietSince: Int?
  let trace: Bool

  init(seed: Int, sabotage: Sabotage? = nil, trace: Bool = false, info: ChipInfo) {
    (self.seed, self.trace, self.info) = (seed, trace, info)
    dice = Dice(seed: seed)
    scenario = Scenario(&dice)
    self.sabotage = sabotage
    for number in 0..<scenario.honest + scenario.hostile { addClient(number) }
    clients.append(
      SimulatedClient(clients.count, scenario.users[4], .operating, chip: "0", goal: 0))
  }

  private func addClient(_ number: Int) {
    let isHonest = number < scenario.honest
    let user = scenario.users[dice.integer(0...(isHonest ? 2 : 4))]
    let chip = dice.pick(scenario.chips.filter { user.may(.view, on: $0) })
    clients.append(
      SimulatedClient(
        number, user, isHonest ? .honest : .hostile, chip: chip,
        goal: isHonest ? scenario.goal : .max))
  }

  /// Lives through the world; gives the first fault, if there was one.
  func run() -> String? {
    agenda.add(.start, at: 0)
    agenda.add(.tick, at: 1)
    agenda.add(.heal, at: scenario.troubleMilliseconds)
    for client in clients { agenda.add(.client(client.number), at: dice.integer(0...500)) }
    while judge.fault == nil, let (time, event) = agenda.next() {
      now = time
      happen(event)
      if isOver { break }
      if now > scenario.troubleMilliseconds + Self.longestCure {
        judge.fail("the honest clients did not finish: \(unfinished)")
      }
    }
    return judge.fault
  }

  /// How long the cured world may take, in milliseconds.
  private static let longestCure = 90_000

  /// Everybody has finished, and the server has ended after that.
  private var isOver: Bool { isHealed && stoppedAt != nil && server == nil }

  private var unfinished: String {
    clients.filter { !$0.isFinished }.map(\.summary).joined(separator: "; ")
  }

  private func happen(_ event: Happening) {
    switch event {
    case .tick: tick()
    case .request(let life, let request, let peer, let user):
      if life == self.life { arrive(request, from: peer, by: user) }
    case .malformed(let life, let error, let id, let peer):
      if life == self.life, server != nil {
        judge.arrived(id: id, from: peer)
        judge.malformed(id: id)
        feed(.malformed(error, id: id, from: peer))
      }
    case .unreachable(let life, let peer): if life == self.life { giveUp(peer) }
    case .delivery(let reply, let peer): deliver(reply, to: peer)
    case .step(let chip, let process, let job): step(chip, process, job)
    case .report(let life, let chip, let report):
      if life == self.life { feed(.worker(chip: chip, report)) }
    case .ready(let life, let chip, let process): ready(life, chip, process)
    case .disk(let life): if life == self.life { workDisk() }
    case .client(let number): wake(number)
    case .start: start()
    case .heal: heal()
    }
  }

  /// A number that no request had before.
  func freshStep() -> Int {
    steps += 1
    return steps
  }

  /// The chip that a request names, or the only one.
  func chip(of request: Request) -> Int? {
    if let name = request.chip { return scenario.chips.firstIndex(of: name) }
    return scenario.chips.count == 1 ? 0 : nil
  }

  // MARK: The server's life

  var name: String { "server-\(life)" }

  private func start() {
    guard server == nil else { return }
    life += 1
    let description = ServerDescription(
      build: "simulated", serverSession: name, runEndpoint: "ipc:///r", eventEndpoint: "ipc:///e",
      limits: scenario.limits, features: scenario.features)
    judge.begin(disk)
    server = ServerState(
      description, chips: scenario.chips, isDurable: scenario.isDurable,
      recovered: sabotage?.changed(disk.recovered) ?? disk.recovered, at: moment)
    let count = scenario.chips.count + (scenario.features.contains("compile") ? 1 : 0)
    let process = (workers.map(\.process).max() ?? 0) + 1
    workers = (0..<count).map { _ in SimulatedWorker() }
    for chip in workers.indices {
      workers[chip].process = process + chip
      workers[chip].lastReport = now
      agenda.add(
        .ready(life: life, chip: chip, process: process + chip), at: now + dice.integer(5...400))
    }
    say("the server starts")
  }

  /// The server's process ends: connections, workers and what was not on disk are gone.
  func die(torn: Bool) {
    say(torn ? "the server is killed" : "the server has ended")
    server = nil
    stoppedAt = isHealed && !torn ? stoppedAt ?? now : nil
    life += 1
    if torn { disk.tear(&dice) }
    disk.pending = []
    if !scenario.isDurable { disk = SimulatedDisk() }
    disk.busyUntil = now
    for chip in workers.indices { workers[chip].die() }
    connections = [:]
    ending = []
    for client in clients { client.disconnect() }
    if !(isHealed && stoppedAt != nil) { agenda.add(.start, at: now + dice.integer(1...1_500)) }
  }

  var moment: Moment {
    Moment(milliseconds: now, freshToken: SessionToken(dice.next(), dice.next()))
  }

  /// Gives an event to the server, and does what it wants done.
  func feed(_ event: ServerEvent) {
    guard server != nil else { return }
    say("> \(Trace.text(event))")
    for event in sabotage?.changed(event) ?? [event] {
      judge.told(event)
      var effects = server?.handle(event, at: moment) ?? []
      sabotage?.change(&effects)
      var hasHalted = false
      for effect in effects {
        if trace { say("  < \(Trace.text(effect))") }
        if hasHalted { judge.fail("an effect after halt: \(Trace.text(effect))") }
        if case .halt = effect { hasHalted = true } else { perform(effect) }
      }
      judge.look(at: server)
      if hasHalted { return halt() }
    }
  }

  /// The server has said that it is over.
  private func halt() {
    for event in [ServerEvent.tick, .stop(atOnce: true)] {
      let late = server?.handle(event, at: moment) ?? []
      if !late.isEmpty { judge.fail("\(late.count) effects after halt") }
    }
    judge.halted()
    die(torn: false)
  }

  func say(_ text: @autoclosure () -> String) {
    if trace { judge.trace.append("\(now) \(text())") }
  }

  // MARK: Time

  private func tick() {
    agenda.add(.tick, at: now + 100)
    guard server != nil else { return }
    feed(.tick)
    judge.checkStop(now)
    guard server != nil else { return }
    let second = 0.1
    if dice.chance(scenario.kill * second) { return die(torn: true) }
    if dice.chance(scenario.stop * second) { stop(atOnce: dice.chance(0.2)) }
    guard isHealed, stoppedAt == nil, clients.allSatisfy(\.isFinished) else { return }
    // Whoever went without a word is forgotten after a while.
    let quiet = scenario.limits.sessionIdleSeconds * 1_000 + 2_000
    quietSince = quietSince ?? now
    let time = now - (quietSince ?? now)
    // Openings that the disk kept waiting begin to be idle later.
    if time > quiet, server?.holdings == .init() || time > 3 * quiet { finish() }
  }

  private func stop(atOnce: Bool) {
    say("stop")
    judge.stopping(now, atOnce: atOnce)
    stoppedAt = now
    feed(.stop(atOnce: atOnce))
  }

  /// All clients are gone: what they left must be nothing, and the server ends.
  private func finish() {
    if let server { judge.leaks(server) }
    stop(atOnce: false)
  }

  private func heal() {
    say("the world heals")
    isHealed = true
    scenario.heal()
    for client in clients { client.heal(now) }
    for client in clients where client.isHostile { client.isFinished = true }
  }
}
