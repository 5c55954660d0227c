import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// What the coupling of an image's circuits needs at every tick, as the kernels take it.
struct CouplingTables {
  /// Circuits of all membranes.
  var members: [synapus_coupled_circuit] = []
  /// Lanes that are joined alike, cluster by cluster.
  var runs: [synapus_joined_run] = []
  /// Groups with conductances, cluster by cluster.
  var groups: [synapus_compartment_group] = []
  /// The membranes: those of groups with conductances, and joined ones.
  var compartments: [synapus_compartment] = []
  /// The groups' matrices and tables.
  var numbers: [Float] = []
  /// For each core in use and lane, the number of its membrane, or −1.
  var membraneOfLane: [Int32] = []

  /// Adds groups without conductances; neighbouring lanes that are joined alike share a run.
  mutating func add(joined groups: [[synapus_coupled_circuit]]) {
    for circuits in groups {
      if continuesLastRun(circuits) {
        runs[runs.count - 1].lanes += 1
      } else {
        runs.append(
          synapus_joined_run(
            lanes: 1, first_member: Int32(members.count), members: Int32(circuits.count),
            part: 1 / Float(circuits.count)))
      }
      compartments.append(membrane(of: circuits))
    }
  }

  private func continuesLastRun(_ circuits: [synapus_coupled_circuit]) -> Bool {
    guard let run = runs.last, Int(run.members) == circuits.count else { return false }
    let first = Int(run.first_member)
    return circuits.indices.allSatisfy { m in
      members[first + m].slot == circuits[m].slot
        && members[first + m].lane + run.lanes == circuits[m].lane
    }
  }

  /// Adds a group with conductances.
  mutating func add(
    _ group: CoupledGroup, circuits: [[synapus_coupled_circuit]], fires: [Bool],
    rates: [MembraneRates]
  ) {
    let (number, firstNumber) = (groups.count, numbers.count)
    groups.append(
      synapus_compartment_group(
        first_compartment: Int32(compartments.count), compartments: Int32(circuits.count),
        first_number: Int32(firstNumber)))
    let dynamics = CompartmentDynamics(rates: rates, conductances: group.conductances)
    let firing = fires.indices.filter { fires[$0] }
    for mask in 0..<1 << firing.count {
      let held = Set(firing.indices.filter { mask >> $0 & 1 != 0 }.map { firing[$0] })
      let solved = dynamics.tick(held: held)
      numbers += solved.ofStart.numbers.map { Float($0) }
      numbers += solved.ofAlone.numbers.map { Float($0) }
    }
    for (c, circuits) in circuits.enumerated() {
      var membrane = membrane(of: circuits)
      membrane.group = Int32(number)
      if let bit = firing.firstIndex(of: c) {
        membrane.hold_bit = Int32(bit)
        membrane.tables = Int32(numbers.count - firstNumber)
        numbers += dynamics.release(of: c).map { Float($0) }
        numbers += dynamics.spread(from: c).map { Float($0) }
        numbers += dynamics.flow(to: c).map { Float($0) }
      }
      compartments.append(membrane)
    }
  }

  /// Adds the circuits of a membrane.
  private mutating func membrane(of circuits: [synapus_coupled_circuit]) -> synapus_compartment {
    let first = members.count
    members += circuits
    return synapus_compartment(
      first_member: Int32(first), members: Int32(circuits.count), group: -1, hold_bit: -1,
      tables: 0, part: 1 / Float(circuits.count))
  }

  /// Notes for each lane of each core which membrane it is part of.
  mutating func indexLanes(slots: Int, lanes: Int) {
    membraneOfLane = Array(repeating: -1, count: slots * lanes)
    for (number, membrane) in compartments.enumerated() {
      for member in members[Int(membrane.first_member)...].prefix(Int(membrane.members)) {
        membraneOfLane[Int(member.slot) * lanes + Int(member.lane)] = Int32(number)
      }
    }
  }
}
