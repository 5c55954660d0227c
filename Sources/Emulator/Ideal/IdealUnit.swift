import ChipInterface
import HardwareSpec

/// Circuits of the ideal chip beyond the plain one: a single circuit with options, or a group.
///
/// Solved by Runge-Kutta steps of fourth order, at most 1/16 tick long, between the events of the
/// tick; a crossing is interpolated within its step. Joined circuits are one membrane with the
/// sum of their capacitances.
final class IdealUnit {
  /// One circuit of the unit.
  struct Member {
    /// Position of the core among the cores in use, and the column there.
    var slot, column: Int
    var circuit: NominalCircuit
    var options: NominalOptions
    /// The membrane that the circuit is part of.
    var node = 0
    /// Synapses, in steps of weight; adaptation and shift of the threshold, in volts.
    var excitation = 0.0, inhibition = 0.0, adaptation = 0.0, shift = 0.0
    /// When the comparator's delay ends, if it runs, in ticks from the tick's start.
    var fuse: Double?
  }

  /// A conductance between two membranes: the rate with which one circuit follows the other.
  struct Link {
    var first, second: Int
    var rate: Double
  }

  /// Charge that arrives at a member, at a part of the tick.
  struct Arrival {
    var time: Double
    var member: Int
    var excitation, inhibition: Double
  }

  /// A spike: which member, and when in the tick, in 1/64.
  struct Spike {
    var member, phase: Int
  }

  /// A membrane: its potential, and who holds it in reset until when.
  private struct Node {
    var potential = 0.0
    var capacitance = 0.0
    var heldUntil = 0.0
    var resetter = -1
  }

  private static let longestStep = 1.0 / 16

  private(set) var members: [Member]
  private var nodes: [Node]
  private let links: [Link]
  private let atRest: [Member]

  init(_ members: [Member], links: [Link]) {
    (self.members, self.links, atRest) = (members, links, members)
    nodes = Array(repeating: Node(), count: (members.map(\.node).max() ?? 0) + 1)
    for member in members { nodes[member.node].capacitance += 1 }
    rewind()
  }

  /// The potential of a member's membrane, in volts.
  func potential(of member: Int) -> Double { nodes[members[member].node].potential }

  /// Puts all membranes at rest; joined circuits rest at the mean of their leak potentials.
  func rewind() {
    members = atRest
    for n in nodes.indices {
      let leaks = members.filter { $0.node == n }.map(\.circuit.leak)
      nodes[n].potential = leaks.reduce(0, +) / Double(max(1, leaks.count))
      (nodes[n].heldUntil, nodes[n].resetter) = (0, -1)
    }
  }

  /// Advances by one tick under arrivals in ascending order of time.
  func step(_ arrivals: [Arrival]) -> [Spike] {
    var (time, next, spikes): (Double, Int, [Spike]) = (0, 0, [])
    while time < 1 {
      while next < arrivals.count, arrivals[next].time <= time {
        members[arrivals[next].member].excitation += arrivals[next].excitation
        members[arrivals[next].member].inhibition += arrivals[next].inhibition
        next += 1
      }
      var end = min(
        1,
        (time / Self.longestStep + 1e-9).rounded(.down) * Self.longestStep
          + Self.longestStep)
      if next < arrivals.count { end = min(end, arrivals[next].time) }
      for moment in members.compactMap(\.fuse) + nodes.map(\.heldUntil) where moment > time {
        end = min(end, moment)
      }
      advance(from: time, to: end)
      time = max(end, time + 1e-12)
      spikes += fire(at: time)
    }
    passTick()
    return spikes
  }

  // MARK: The membranes' course

  /// What changes in a step: potentials by membrane, then synapses and adaptation by member.
  private var state: [Double] {
    get {
      nodes.map(\.potential) + members.flatMap { [$0.excitation, $0.inhibition, $0.adaptation] }
    }
    set {
      for n in nodes.indices { nodes[n].potential = newValue[n] }
      for m in members.indices {
        let place = nodes.count + 3 * m
        members[m].excitation = newValue[place]
        members[m].inhibition = newValue[place + 1]
        members[m].adaptation = newValue[place + 2]
      }
    }
  }

  private func advance(from start: Double, to end: Double) {
    let h = end - start
    guard h > 0 else { return }
    let before = nodes.map(\.potential)
    let y = state
    let k1 = slopes(y, start)
    let k2 = slopes(zip(y, k1).map { $0 + h / 2 * $1 }, start)
    let k3 = slopes(zip(y, k2).map { $0 + h / 2 * $1 }, start)
    let k4 = slopes(zip(y, k3).map { $0 + h * $1 }, start)
    state = y.indices.map { y[$0] + h / 6 * (k1[$0] + 2 * k2[$0] + 2 * k3[$0] + k4[$0]) }
    for m in members.indices { compare(m, before[members[m].node], start, h) }
    for m in members.indices {
      guard let part = members[m].options.thresholdAdaptation else { continue }
      members[m].shift *= DeterministicMath.exp(-h / part.ticks)
    }
  }

  private func slopes(_ y: [Double], _ time: Double) -> [Double] {
    var slopes = [Double](repeating: 0, count: y.count)
    for (m, member) in members.enumerated() {
      let place = nodes.count + 3 * m
      let (v, node) = (y[member.node], nodes[member.node])
      let pull = Self.pull(member, v, Array(y[place..<place + 3]))
      slopes[member.node] += pull / node.capacitance
      slopes[place] = -y[place] / member.circuit.excitatoryTicks
      slopes[place + 1] = -y[place + 1] / member.circuit.inhibitoryTicks
      if let part = member.options.adaptation {
        let goal = part.conductance * (v - member.circuit.leak)
        slopes[place + 2] = (goal - y[place + 2]) / part.ticks
      }
    }
    for link in links {
      let flow = link.rate * (y[link.second] - y[link.first])
      slopes[link.first] += flow / nodes[link.first].capacitance
      slopes[link.second] -= flow / nodes[link.second].capacitance
    }
    for (n, node) in nodes.enumerated() where node.heldUntil > time {
      let holder = members[node.resetter]
      if let reset = holder.options.reset {
        slopes[n] += (holder.circuit.reset - y[n]) / reset.ticks / node.capacitance
      } else {
        slopes[n] = 0
      }
    }
    return slopes
  }

  /// What one circuit alone does to its membrane, in volts a tick.
  private static func pull(_ member: Member, _ v: Double, _ y: [Double]) -> Double {
    let (circuit, options) = (member.circuit, member.options)
    var drive = circuit.leak - v - y[2]
    drive +=
      options.excitatory.map { y[0] * $0.perWeight * ($0.reversal - v) }
      ?? y[0] * circuit.excitatoryGain
    drive +=
      options.inhibitory.map { y[1] * $0.perWeight * ($0.reversal - v) }
      ?? -y[1] * circuit.inhibitoryGain
    if let term = options.exponential {
      // Beyond e^8 the upswing is over within the step anyway.
      drive += term.slope * DeterministicMath.exp(min((v - term.threshold) / term.slope, 8))
    }
    return drive / circuit.membraneTicks
  }

  // MARK: Spikes

  /// Lights the fuse of a comparator whose threshold the membrane crossed in a step.
  private func compare(_ m: Int, _ before: Double, _ start: Double, _ h: Double) {
    let member = members[m]
    let node = nodes[member.node]
    let limit = member.circuit.threshold + member.shift
    guard member.circuit.fires, member.fuse == nil, node.heldUntil <= start,
      node.potential >= limit
    else { return }
    let part = node.potential > before ? max(0, (limit - before) / (node.potential - before)) : 0
    members[m].fuse = start + h * part + (member.options.reset?.comparatorDelay ?? 0)
  }

  /// Fires the members whose comparators have answered by now.
  private func fire(at time: Double) -> [Spike] {
    var spikes: [Spike] = []
    for m in members.indices {
      guard let moment = members[m].fuse, moment <= time else { continue }
      let member = members[m]
      members[m].fuse = nil
      if let part = member.options.adaptation { members[m].adaptation += part.increment }
      if let part = member.options.thresholdAdaptation { members[m].shift += part.increment }
      nodes[member.node].heldUntil = moment + Double(member.circuit.refractoryTicks)
      nodes[member.node].resetter = m
      if member.options.reset == nil { nodes[member.node].potential = member.circuit.reset }
      spikes.append(Spike(member: m, phase: min(63, max(0, Int(moment * 64)))))
    }
    return spikes
  }

  private func passTick() {
    for m in members.indices { members[m].fuse = members[m].fuse.map { $0 - 1 } }
    for n in nodes.indices { nodes[n].heldUntil -= 1 }
  }
}
