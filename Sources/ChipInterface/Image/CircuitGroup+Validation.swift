import HardwareSpec

/// What makes a group of circuits impossible on a chip.
public enum GroupFault: Equatable, Sendable, CustomStringConvertible {
  /// No wire of the chip connects the membranes of two circuits, joined as they are.
  case notNeighbours(CircuitOnChip, CircuitOnChip)
  /// Some circuits are not connected with the others.
  case notConnected(CircuitOnChip)
  /// The group reaches over too many cores, or has too many compartments.
  case tooMany(what: String, found: Int, allowed: Int)
  /// A conductance's code is above the DAC's highest.
  case code(found: Int, highest: Int)
  /// Two comparators watch one joined membrane.
  case twoComparators(CircuitOnChip, CircuitOnChip)

  /// A clause: what, where, what is allowed.
  public var description: String {
    switch self {
    case .notNeighbours(let a, let b):
      return "connects \(a) with \(b), which are no neighbours: neighbours are circuits of one"
        + " column in cores next to each other, and columns within the chip's reach on one core"
    case .notConnected(let circuit): return "names \(circuit), which nothing connects with the rest"
    case .tooMany(let what, let found, let allowed):
      return "has \(found) \(what) where \(allowed) are allowed"
    case .code(let found, let highest):
      return "has a conductance of code \(found), above \(highest)"
    case .twoComparators(let a, let b):
      return "joins \(a) and \(b), which both fire: switch one of the comparators off"
    }
  }
}

/// Holds the groups of an image against the wires of a chip.
struct WiringCheck {
  private let image: ChipImage
  private let spec: ChipSpec
  private let slots: [CoreOnChip: Int]

  init(_ image: ChipImage, _ spec: ChipSpec) {
    (self.image, self.spec) = (image, spec)
    slots = image.slots
  }

  /// What the wires do not allow; members and couplings are known to be in range.
  func faults(of group: CircuitGroup, index: Int) -> [ImageFault] {
    guard let coupling = spec.coupling else {
      return [.notOnChip(what: "group \(index)", needs: "connections between circuits")]
    }
    let wiring = GroupWiring(group, coupling, spec.geometry)
    let fires = group.members.map { member in
      slots[member.core].map { image.cores[$0].circuits[member.column].fires } ?? false
    }
    return (wiring.faults + wiring.comparatorFaults(fires)).map { .group(index: index, $0) }
  }
}

/// A group laid over the wires of a chip.
private struct GroupWiring {
  private let group: CircuitGroup
  private let spec: CouplingSpec
  private let geometry: ChipGeometry
  /// The membrane of each member, named by its first member.
  private let membranes: [Int]

  init(_ group: CircuitGroup, _ spec: CouplingSpec, _ geometry: ChipGeometry) {
    (self.group, self.spec, self.geometry) = (group, spec, geometry)
    membranes = Self.parts(
      group.members.count,
      group.couplings.filter { $0.conductance == nil }.map { ($0.first, $0.second) })
  }

  var faults: [GroupFault] {
    var faults: [GroupFault] = []
    let cores = Set(group.members.map(\.core)).count
    if cores > spec.mostCores {
      faults.append(.tooMany(what: "cores", found: cores, allowed: spec.mostCores))
    }
    let compartments = Set(membranes).count
    if compartments > spec.mostCompartments {
      faults.append(
        .tooMany(what: "compartments", found: compartments, allowed: spec.mostCompartments))
    }
    let highest = spec.interCompartmentTime.highestCode
    for coupling in group.couplings {
      if let code = coupling.conductance, code > highest {
        faults.append(.code(found: Int(code), highest: highest))
      }
    }
    return faults + faultsOfConnection
  }

  /// Joined circuits must hang together by wires; compartments must touch where they connect.
  private var faultsOfConnection: [GroupFault] {
    let all = Self.parts(
      group.members.count, group.couplings.map { ($0.first, $0.second) })
    if let loose = all.firstIndex(where: { $0 != 0 }) {
      return [.notConnected(group.members[loose])]
    }
    var faults: [GroupFault] = []
    for membrane in Set(membranes).sorted() {
      let members = group.members.indices.filter { membranes[$0] == membrane }
      if let loose = unwired(members) {
        faults.append(.notNeighbours(group.members[members[0]], group.members[loose]))
      }
    }
    for coupling in group.couplings where coupling.conductance != nil {
      let (a, b) = (membranes[coupling.first], membranes[coupling.second])
      if a != b, !touch(a, b) {
        faults.append(
          .notNeighbours(group.members[coupling.first], group.members[coupling.second]))
      }
    }
    return faults
  }

  func comparatorFaults(_ fires: [Bool]) -> [GroupFault] {
    var first: [Int: Int] = [:]
    var faults: [GroupFault] = []
    for member in group.members.indices where fires[member] {
      if let other = first[membranes[member]] {
        faults.append(.twoComparators(group.members[other], group.members[member]))
      } else {
        first[membranes[member]] = member
      }
    }
    return faults
  }

  /// A member that no chain of wires among the members reaches from the first.
  private func unwired(_ members: [Int]) -> Int? {
    var (reached, rest) = ([members[0]], Array(members.dropFirst()))
    while let from = reached.popLast() {
      reached += rest.filter { areNeighbours(from, $0) }
      rest.removeAll { areNeighbours(from, $0) }
    }
    return rest.first
  }

  private func touch(_ a: Int, _ b: Int) -> Bool {
    let members = group.members.indices
    return members.contains { i in
      membranes[i] == a && members.contains { membranes[$0] == b && areNeighbours(i, $0) }
    }
  }

  private func areNeighbours(_ a: Int, _ b: Int) -> Bool {
    let (a, b) = (group.members[a], group.members[b])
    if a.core == b.core { return abs(a.column - b.column) <= spec.columnReach }
    return a.column == b.column && geometry.hops(from: a.core, to: b.core) == 1
  }

  /// The first element that each element is linked with.
  private static func parts(_ count: Int, _ links: [(Int, Int)]) -> [Int] {
    var root = Array(0..<count)
    func find(_ element: Int) -> Int {
      var element = element
      while root[element] != element { element = root[element] }
      return element
    }
    for (a, b) in links {
      let (a, b) = (find(a), find(b))
      root[max(a, b)] = min(a, b)
    }
    return root.indices.map { find($0) }
  }
}
