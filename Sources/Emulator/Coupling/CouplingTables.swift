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
  var compartments: [synapus_compartment] = []
  /// The groups' matrices.
  var numbers: [Float] = []
  /// Membranes of more than one circuit: they reset together.
  var joined: [synapus_compartment] = []
  /// For each core in use and lane, the number of its joined membrane, or −1.
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
      addMembrane(circuits, holdBit: -1, clamps: false)
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
    groups.append(
      synapus_compartment_group(
        first_compartment: Int32(compartments.count), compartments: Int32(circuits.count),
        first_number: Int32(numbers.count)))
    var bits: Int32 = 0
    for (c, circuits) in circuits.enumerated() {
      compartments.append(
        addMembrane(
          circuits, holdBit: fires[c] ? bits : -1, clamps: fires[c] && rates[c].held == nil))
      bits += fires[c] ? 1 : 0
    }
    for mask in 0..<1 << bits { addMatrices(group, held: mask, fires, rates) }
  }

  private mutating func addMatrices(
    _ group: CoupledGroup, held mask: Int, _ fires: [Bool], _ rates: [MembraneRates]
  ) {
    var bit = 0
    let effective = zip(fires, rates).map { fires, rates in
      guard fires else { return rates.free as Double? }
      bit += 1
      return mask >> (bit - 1) & 1 != 0 ? rates.held : rates.free
    }
    let solved = CompartmentMatrices(rates: effective, conductances: group.conductances)
    numbers += solved.ofStart.numbers.map { Float($0) }
    numbers += solved.ofAlone.numbers.map { Float($0) }
  }

  /// Adds the circuits of a membrane.
  @discardableResult
  private mutating func addMembrane(
    _ circuits: [synapus_coupled_circuit], holdBit: Int32, clamps: Bool
  ) -> synapus_compartment {
    let membrane = synapus_compartment(
      first_member: Int32(members.count), members: Int32(circuits.count), hold_bit: holdBit,
      clamps: clamps ? 1 : 0, part: 1 / Float(circuits.count))
    members += circuits
    if circuits.count > 1 { joined.append(membrane) }
    return membrane
  }

  /// Notes for each lane of each core which joined membrane it is part of.
  mutating func indexLanes(slots: Int, lanes: Int) {
    membraneOfLane = Array(repeating: -1, count: slots * lanes)
    for (number, membrane) in joined.enumerated() {
      for member in members[Int(membrane.first_member)...].prefix(Int(membrane.members)) {
        membraneOfLane[Int(member.slot) * lanes + Int(member.lane)] = Int32(number)
      }
    }
  }
}
