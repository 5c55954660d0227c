import ChipInterface
import HardwareSpec

/// A group of an image as membranes: joined circuits contracted, conductances between them.
package struct CoupledGroup: Equatable, Sendable {
  /// The membranes; each lists its circuits by their position in the group.
  package var membranes: [[Int]]
  /// What flows to a membrane (row) from another (column), per tick and difference of potential.
  package var conductances: SquareMatrix

  /// Contracts a group; `conductance` is that of a coupling, `Δt/τ_icc` for a single circuit.
  package init(_ group: CircuitGroup, conductance: (Coupling) -> Double) {
    let membrane = Self.membraneOfMember(group)
    var membranes = [[Int]](repeating: [], count: (membrane.max() ?? -1) + 1)
    for (member, index) in membrane.enumerated() { membranes[index].append(member) }
    var flows = SquareMatrix(zeroOf: membranes.count)
    for coupling in group.couplings where coupling.conductance != nil {
      let (a, b) = (membrane[coupling.first], membrane[coupling.second])
      guard a != b else { continue }
      let flow = conductance(coupling)
      flows[a, b] += flow / Double(membranes[a].count)
      flows[b, a] += flow / Double(membranes[b].count)
    }
    (self.membranes, conductances) = (membranes, flows)
  }

  /// The number of the membrane that each member is part of, numbered by their first members.
  private static func membraneOfMember(_ group: CircuitGroup) -> [Int] {
    var root = Array(group.members.indices)
    func find(_ member: Int) -> Int {
      var member = member
      while root[member] != member { member = root[member] }
      return member
    }
    for coupling in group.couplings where coupling.conductance == nil {
      let (a, b) = (find(coupling.first), find(coupling.second))
      root[max(a, b)] = min(a, b)
    }
    var numbers: [Int: Int] = [:]
    return root.indices.map { member in
      let first = find(member)
      let number = numbers[first] ?? numbers.count
      numbers[first] = number
      return number
    }
  }
}

extension ChipSpec {
  /// `Δt/τ_icc` of a coupling on the nominal device; 0 for joined circuits.
  func conductance(of coupling: Coupling) -> Double {
    guard let code = coupling.conductance, let law = self.coupling?.interCompartmentTime else {
      return 0
    }
    return time.tickSeconds / law.value(code: Int(code))
  }
}

/// The mismatch of the conductances between compartments.
package struct ConductanceDraw: Sendable {
  private let random: CounterRandom
  private let spread: Double

  /// Prepares the draw of a device; a spread of 0 draws nothing.
  package init(chipSeed: UInt64, spread: Double) {
    random = CounterRandom(seed: chipSeed, stream: 0x4943_4300)
    self.spread = spread
  }

  /// The factor of the conductance between two circuits: lognormal with mean 1.
  package func factor(_ a: CircuitOnChip, _ b: CircuitOnChip) -> Double {
    guard spread > 0 else { return 1 }
    let (first, second) = a < b ? (a, b) : (b, a)
    let normal = random.normal(
      first.core.index << 12 | first.column, second.core.index << 12 | second.column)
    return DeterministicMath.exp(spread * normal - spread * spread / 2)
  }
}
