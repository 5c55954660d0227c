import ChipInterface
import HardwareSpec

/// The judge of the spike network: steps every clock cycle, one packet at a time.
///
/// Written from the rules of `docs/spike-network.md` and from nothing else: packets carry the list
/// of the targets that they still have to reach, routers look at coordinates, and every buffer is
/// looked at in every cycle. Slow on purpose.
struct ClockSteppedNetwork {
  /// What came of the spikes, counted in row pairs.
  struct Tally {
    var sent = 0, lostAtEncoder = 0, lostAtOutput = 0, lostOnLinks = 0, lostAtRows = 0
    var delivered = 0, driven = 0, leftInNetwork = 0, leftAtRows = 0
    var latency = 0, crossings = 0
    /// Cycles from the arrival of an event at its core to its row driver, over all driven.
    var rowWait = 0
  }

  /// A target of a spike.
  private struct Target {
    var core, pair, delayTicks: Int
  }

  /// A copy of a spike on its way.
  private struct Packet {
    var targets: [Target]
    var born, source: Int
    /// The circuit that fired, by core and column.
    var circuit: Int
    /// The buffers that its parts go to behind the one it is in.
    var next: [Int] = []
  }

  /// A FIFO with the line behind it.
  private struct Buffer {
    var packets: [Packet] = []
    var places, period, flight: Int
    /// The core that the line leads to; nil for a bus of a crossbar: the way ends there.
    var leadsTo: Int?
    var isLink: Bool
    /// Places promised to packets that are still on a line.
    var promised = 0
    var lastTaken = -1_000_000

    /// Places that a newcomer finds in a cycle.
    func free(in cycle: Int) -> Int {
      places - packets.count - promised - (lastTaken == cycle ? 1 : 0)
    }
  }

  /// A part of a packet, and the buffer that it goes to.
  private typealias Part = (buffer: Int, packet: Packet)

  private let spec: ChipSpec
  private let network: NetworkSpec
  private let width: Int
  private var targets: [[Target]]
  private var buffers: [Buffer] = []
  /// Links by core and direction; buses by core and bus.
  private var links: [[Int]] = []
  private var buses: [[Int]] = []
  /// Packets on lines, by the cycle in which they land.
  private var flights: [[Part]]
  /// What outputs hand to links in this cycle.
  private var handed: [Part] = []
  /// For each encoder, when each of its columns asked; nil when it does not.
  private var asking: [[Int?]]
  private var askingCount: [Int]
  private var lastGrant: [Int]
  private var rows: RowDrivers
  private var tally = Tally()

  init(_ spec: ChipSpec, _ network: NetworkSpec, routes: [SpikeRoute]) {
    (self.spec, self.network, width) = (spec, network, spec.geometry.meshColumns)
    let (cores, columns) = (spec.geometry.coreCount, spec.geometry.circuitsPerCore)
    targets = Array(repeating: [], count: cores * columns)
    for route in routes {
      targets[route.source.core.index * columns + route.source.column] += route.targets.map {
        Target(core: $0.core.index, pair: $0.pair, delayTicks: Int(route.delayTicks))
      }
    }
    let encoders = cores * network.arbitersPerCore
    let share = columns / network.arbitersPerCore
    asking = Array(repeating: Array(repeating: nil, count: share), count: encoders)
    askingCount = Array(repeating: 0, count: encoders)
    lastGrant = Array(repeating: -1_000_000, count: encoders)
    let longest = max(spec.events.hopLatencyCycles, network.chips?.linkLatencyCycles ?? 0)
    flights = Array(repeating: [], count: longest + 1)
    rows = RowDrivers(spec, buses: network.busesPerCore)
    buffers = (0..<encoders).map { encoder in
      Buffer(
        places: network.output.waitingEvents, period: network.output.cyclesPerEvent, flight: 0,
        leadsTo: encoder / network.arbitersPerCore, isLink: false)
    }
    if network.router == .mesh { layMesh(cores) } else { layCrossbar(cores) }
  }

  private mutating func layMesh(_ cores: Int) {
    for core in 0..<cores {
      links.append(
        [1, -1, width, -width].map { step in
          let (x, y) = (core % width, core / width)
          let next = core + step
          let exists =
            step == 1 ? x + 1 < width : step == -1 ? x > 0 : (0..<cores).contains(next)
          guard exists else { return -1 }
          let (toX, toY) = (next % width, next / width)
          var (line, flight) = (network.link, spec.events.hopLatencyCycles)
          if let chips = network.chips,
            x / chips.columns != toX / chips.columns || y / chips.rows != toY / chips.rows
          {
            (line, flight) = (chips.link, chips.linkLatencyCycles)
          }
          buffers.append(
            Buffer(
              places: line.waitingEvents, period: line.cyclesPerEvent, flight: flight,
              leadsTo: next, isLink: true))
          return buffers.count - 1
        })
    }
  }

  private mutating func layCrossbar(_ cores: Int) {
    for _ in 0..<cores {
      buses.append(
        (0..<network.busesPerCore).map { _ in
          buffers.append(
            Buffer(
              places: network.link.waitingEvents, period: network.link.cyclesPerEvent, flight: 0,
              leadsTo: nil, isLink: true))
          return buffers.count - 1
        })
    }
  }

  /// Runs spikes given as (cycle, core, column) in ascending cycles.
  mutating func run(_ spikes: [(cycle: Int, core: Int, column: Int)], cycles: Int) -> Tally {
    var next = 0
    for cycle in 0..<cycles {
      land(cycle)
      while next < spikes.count, spikes[next].cycle == cycle {
        ask(spikes[next].core, spikes[next].column, cycle)
        next += 1
      }
      encode(cycle)
      takeTurns(cycle)
    }
    countRemainders()
    rows.step(until: cycles, &tally)
    return tally
  }

  /// Packets whose flight ends in this cycle come to their next buffers.
  private mutating func land(_ cycle: Int) {
    let landed = flights[cycle % flights.count]
    if landed.isEmpty { return }
    flights[cycle % flights.count] = []
    put(landed, cycle)
  }

  /// Parts that come in the same cycle enter in the order of the circuits that fired.
  private mutating func put(_ parts: [Part], _ cycle: Int) {
    for part in parts.sorted(by: { $0.packet.circuit < $1.packet.circuit }) {
      if network.whenFull == .backPressure {
        buffers[part.buffer].promised -= 1
      } else if buffers[part.buffer].free(in: cycle) <= 0 {
        tally.lostOnLinks += part.packet.targets.count
        continue
      }
      append(part.packet, to: part.buffer)
    }
  }

  private mutating func append(_ packet: Packet, to index: Int) {
    var packet = packet
    packet.next = parts(of: packet, from: buffers[index]).map(\.buffer)
    buffers[index].packets.append(packet)
  }

  private mutating func ask(_ core: Int, _ column: Int, _ cycle: Int) {
    let share = spec.geometry.circuitsPerCore / network.arbitersPerCore
    let encoder = core * network.arbitersPerCore + column / share
    let copies = targets[core * spec.geometry.circuitsPerCore + column].count
    if copies == 0 { return }
    tally.sent += copies
    if asking[encoder][column % share] != nil {
      tally.lostAtEncoder += copies
    } else {
      asking[encoder][column % share] = cycle
      askingCount[encoder] += 1
    }
  }

  /// Each encoder that is free lets its lowest column through.
  private mutating func encode(_ cycle: Int) {
    for encoder in asking.indices
    where askingCount[encoder] > 0
      && lastGrant[encoder] + network.arbiterCyclesPerEvent <= cycle
    {
      guard let lane = asking[encoder].firstIndex(where: { $0 != nil }),
        let born = asking[encoder][lane]
      else { continue }
      let isFull = buffers[encoder].free(in: cycle) <= 0
      if isFull && network.whenFull == .backPressure { continue }
      asking[encoder][lane] = nil
      askingCount[encoder] -= 1
      lastGrant[encoder] = cycle
      let share = asking[encoder].count
      let core = encoder / network.arbitersPerCore
      let column = encoder % network.arbitersPerCore * share + lane
      let circuit = core * spec.geometry.circuitsPerCore + column
      let all = targets[circuit]
      if isFull {
        tally.lostAtOutput += all.count
      } else {
        append(Packet(targets: all, born: born, source: core, circuit: circuit), to: encoder)
      }
    }
  }

  /// All buffers take turns; then links may go on with what outputs handed over.
  private mutating func takeTurns(_ cycle: Int) {
    takeTurnsOnce(cycle)
    if handed.isEmpty { return }
    put(handed, cycle)
    handed = []
    takeTurnsOnce(cycle)
  }

  /// Buffers that can send do so, one after the other; the one whose last turn is longest ago first.
  private mutating func takeTurnsOnce(_ cycle: Int) {
    var candidates = buffers.indices.filter { mayTake($0, cycle) }
    while let index = candidates.filter({ hasRoomAhead($0, cycle) }).min(by: isBefore) {
      let packet = buffers[index].packets.removeFirst()
      buffers[index].lastTaken = cycle
      send(packet, from: index, cycle)
      candidates.removeAll { $0 == index }
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    (buffers[a].lastTaken, a) < (buffers[b].lastTaken, b)
  }

  private func mayTake(_ index: Int, _ cycle: Int) -> Bool {
    !buffers[index].packets.isEmpty && buffers[index].lastTaken + buffers[index].period <= cycle
  }

  private func hasRoomAhead(_ index: Int, _ cycle: Int) -> Bool {
    network.whenFull == .loss
      || buffers[index].packets[0].next.allSatisfy { buffers[$0].free(in: cycle) > 0 }
  }

  private mutating func send(_ packet: Packet, from index: Int, _ cycle: Int) {
    let buffer = buffers[index]
    if buffer.isLink { tally.crossings += 1 }
    let arrival = cycle + buffer.flight
    for target in packet.targets where buffer.leadsTo == nil || isHere(target, buffer) {
      deliver(target, packet, arrival)
    }
    let parts = parts(of: packet, from: buffer)
    if parts.isEmpty { return }
    if network.whenFull == .backPressure {
      for part in parts { buffers[part.buffer].promised += 1 }
    }
    if buffer.flight == 0 { handed += parts } else { flights[arrival % flights.count] += parts }
  }

  private func isHere(_ target: Target, _ buffer: Buffer) -> Bool {
    network.router == .mesh && target.core == buffer.leadsTo
  }

  private mutating func deliver(_ target: Target, _ packet: Packet, _ arrival: Int) {
    var latency = arrival - packet.born + spec.events.localLatencyCycles
    if network.router == .crossbar, target.core != packet.source {
      latency += spec.events.hopLatencyCycles
    }
    tally.delivered += 1
    tally.latency += latency
    rows.add(
      core: target.core, pair: target.pair,
      at: packet.born + latency + (1 + target.delayTicks) * spec.time.cyclesPerTick)
  }

  /// Where the parts of a packet go next.
  private func parts(of packet: Packet, from buffer: Buffer) -> [Part] {
    guard let here = buffer.leadsTo else { return [] }
    if network.router == .crossbar {
      return buses.indices.flatMap { core in
        buses[core].indices.compactMap { bus in
          part(of: packet, into: buses[core][bus]) {
            $0.core == core && $0.pair % network.busesPerCore == bus
          }
        }
      }
    }
    return links[here].enumerated().compactMap { direction, link in
      part(of: packet, into: link) { direction == self.direction(from: here, to: $0.core) }
    }
  }

  private func part(
    of packet: Packet, into buffer: Int, where fits: (Target) -> Bool
  ) -> Part? {
    let some = packet.targets.filter(fits)
    return some.isEmpty
      ? nil
      : (
        buffer,
        Packet(
          targets: some, born: packet.born, source: packet.source, circuit: packet.circuit)
      )
  }

  /// East, west, south or north: first along the row.
  private func direction(from here: Int, to core: Int) -> Int {
    let (x, y) = (here % width, here / width)
    let (toX, toY) = (core % width, core / width)
    if x != toX { return toX > x ? 0 : 1 }
    return y == toY ? -1 : toY > y ? 2 : 3
  }

  private mutating func countRemainders() {
    let share = spec.geometry.circuitsPerCore / network.arbitersPerCore
    for (encoder, lanes) in asking.enumerated() {
      for (lane, born) in lanes.enumerated() where born != nil {
        let core = encoder / network.arbitersPerCore
        let column = encoder % network.arbitersPerCore * share + lane
        tally.leftInNetwork += targets[core * spec.geometry.circuitsPerCore + column].count
      }
    }
    for buffer in buffers {
      for packet in buffer.packets { tally.leftInNetwork += packet.targets.count }
    }
    for landing in flights {
      for part in landing { tally.leftInNetwork += part.packet.targets.count }
    }
  }
}
