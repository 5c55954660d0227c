import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// Turns the groups of an image into the tables of the coupling, cluster by cluster.
struct CouplingBuilder {
  /// Cores that share groups, and those groups.
  struct Cluster {
    var slots: [Int]
    var groups: [Int]
  }

  private let image: ChipImage
  private let spec: ChipSpec
  private let draw: ConductanceDraw
  private let slotOfCore: [CoreOnChip: Int]
  /// The clusters, in the order of their first cores.
  let clusters: [Cluster]

  init(_ image: ChipImage, spec: ChipSpec, draw: ConductanceDraw) {
    (self.image, self.spec, self.draw) = (image, spec, draw)
    let slots = image.slots
    slotOfCore = slots
    clusters = Self.clusters(
      image.groups.map { group in group.members.compactMap { slots[$0.core] } },
      slotCount: image.cores.count)
  }

  /// The clusters of groups, each of which is given by the cores of its circuits.
  static func clusters(_ slotsOfGroups: [[Int]], slotCount: Int) -> [Cluster] {
    var root = Array(0..<slotCount)
    func find(_ slot: Int) -> Int {
      var slot = slot
      while root[slot] != slot { slot = root[slot] }
      return slot
    }
    for slots in slotsOfGroups {
      for slot in slots.dropFirst() {
        let (a, b) = (find(slots[0]), find(slot))
        root[max(a, b)] = min(a, b)
      }
    }
    var groups = [[Int]](repeating: [], count: slotCount)
    for (g, slots) in slotsOfGroups.enumerated() where !slots.isEmpty {
      groups[find(slots[0])].append(g)
    }
    var slots = [[Int]](repeating: [], count: slotCount)
    for slot in 0..<slotCount { slots[find(slot)].append(slot) }
    return (0..<slotCount).filter { !groups[$0].isEmpty }
      .map { Cluster(slots: slots[$0], groups: groups[$0]) }
  }

  /// Adds groups to the tables: first those that only join, then those with conductances.
  func add(
    _ groups: [Int], to tables: inout CouplingTables, rates: (CircuitOnChip) -> MembraneRates
  ) {
    var joined: [[synapus_coupled_circuit]] = []
    for g in groups {
      let group = image.groups[g]
      let contracted = CoupledGroup(group) { conductance($0, in: group) }
      let circuits = contracted.membranes.map { members in
        members.map { circuit(group.members[$0]) }
      }
      if group.couplings.contains(where: { $0.conductance != nil }) {
        tables.add(
          contracted, circuits: circuits,
          fires: contracted.membranes.map { $0.contains { fires(group.members[$0]) } },
          rates: contracted.membranes.map { mean($0.map { rates(group.members[$0]) }) })
      } else {
        joined += circuits.filter { $0.count > 1 }.map { $0.sorted(by: Self.precedes) }
      }
    }
    tables.add(joined: joined.sorted { Self.precedesAsRun($0, $1) })
  }

  private func circuit(_ member: CircuitOnChip) -> synapus_coupled_circuit {
    synapus_coupled_circuit(
      slot: Int32(slotOfCore[member.core] ?? 0), lane: Int32(member.column))
  }

  private func settings(_ member: CircuitOnChip) -> CircuitSettings? {
    guard let slot = slotOfCore[member.core],
      image.cores[slot].circuits.indices.contains(member.column)
    else { return nil }
    return image.cores[slot].circuits[member.column]
  }

  private func fires(_ member: CircuitOnChip) -> Bool { settings(member)?.fires ?? false }

  /// `Δt/τ_icc` of a coupling, for the capacitance of one circuit.
  private func conductance(_ coupling: Coupling, in group: CircuitGroup) -> Double {
    spec.conductance(of: coupling)
      * draw.factor(group.members[coupling.first], group.members[coupling.second])
  }

  /// Conductances and capacitances of joined circuits add: the mean of the rates.
  private func mean(_ rates: [MembraneRates]) -> MembraneRates {
    let count = Double(rates.count)
    let held = rates.compactMap(\.held)
    return MembraneRates(
      free: rates.reduce(0) { $0 + $1.free } / count,
      held: held.count == rates.count ? held.reduce(0, +) / count : nil)
  }

  private static func precedes(_ a: synapus_coupled_circuit, _ b: synapus_coupled_circuit) -> Bool {
    (a.slot, a.lane) < (b.slot, b.lane)
  }

  /// Membranes in the order in which neighbouring lanes follow each other: by cores, then lanes.
  private static func precedesAsRun(
    _ a: [synapus_coupled_circuit], _ b: [synapus_coupled_circuit]
  ) -> Bool {
    let (slotsA, slotsB) = (a.map(\.slot), b.map(\.slot))
    if slotsA != slotsB { return slotsA.lexicographicallyPrecedes(slotsB) }
    return a.map(\.lane).lexicographicallyPrecedes(b.map(\.lane))
  }
}
