import ChipInterface
import HardwareSpec

/// The circuits of the ideal chip that are more than plain: which they are, and how they connect.
struct IdealUnitPlan: Sendable {
  /// A circuit by its core's position among the cores in use, and its column.
  struct Place: Hashable, Sendable {
    var slot, column: Int
  }

  /// Circuits that are solved together, the membranes they belong to, and what links those.
  struct Unit: Sendable {
    var places: [Place]
    var nodes: [Int]
    var links: [IdealUnit.Link]
  }

  let units: [Unit]
  /// For each core in use, whether each column belongs to a unit.
  let isSpecial: [[Bool]]

  init(_ image: ChipImage, _ spec: ChipSpec) {
    let slots = image.slots
    var units = image.groups.map { Self.unit($0, slots, spec) }
    var special = image.cores.map { core in
      core.circuits.map { !$0.options.isPlain || !core.rowPlasticity.isEmpty }
    }
    let grouped = Set(units.flatMap(\.places))
    for (slot, columns) in special.enumerated() {
      for column in columns.indices where columns[column] {
        let place = Place(slot: slot, column: column)
        if !grouped.contains(place) { units.append(Unit(places: [place], nodes: [0], links: [])) }
      }
    }
    for place in grouped { special[place.slot][place.column] = true }
    (self.units, isSpecial) = (units, special)
  }

  private static func unit(
    _ group: CircuitGroup, _ slots: [CoreOnChip: Int], _ spec: ChipSpec
  ) -> Unit {
    let places = group.members.map { Place(slot: slots[$0.core] ?? 0, column: $0.column) }
    let contracted = CoupledGroup(group, conductance: spec.conductance)
    var nodes = [Int](repeating: 0, count: places.count)
    for (node, members) in contracted.membranes.enumerated() {
      for member in members { nodes[member] = node }
    }
    let links = group.couplings.filter { $0.conductance != nil }.map { coupling in
      IdealUnit.Link(
        first: nodes[coupling.first], second: nodes[coupling.second],
        rate: spec.conductance(of: coupling))
    }
    return Unit(places: places, nodes: nodes, links: links)
  }
}

/// The special circuits of the ideal chip for one sample, and the row drivers before them.
final class IdealUnits {
  private let plan: IdealUnitPlan
  private let cores: [IdealCore]
  private let units: [IdealUnit]
  /// For each core in use, the unit and member of each special column.
  private let owners: [[(column: Int, unit: Int, member: Int)]]
  private var arrivals: [[IdealUnit.Arrival]]
  /// For each core in use, its row drivers by pair; empty without plasticity.
  private var drivers: [[RowDriver]]
  private let laws: [[RowDriver.Constants]]

  init(_ plan: IdealUnitPlan, _ image: ChipImage, _ cores: [IdealCore], _ spec: ChipSpec) {
    (self.plan, self.cores) = (plan, cores)
    units = plan.units.map { unit in
      let members = zip(unit.places, unit.nodes).map { place, node in
        IdealUnit.Member(
          slot: place.slot, column: place.column,
          circuit: cores[place.slot].circuits[place.column],
          options: NominalOptions(image.cores[place.slot].circuits[place.column], on: spec),
          node: node)
      }
      return IdealUnit(members, links: unit.links)
    }
    var owners = [[(column: Int, unit: Int, member: Int)]](repeating: [], count: cores.count)
    for (u, unit) in plan.units.enumerated() {
      for (m, place) in unit.places.enumerated() {
        owners[place.slot].append((place.column, u, m))
      }
    }
    self.owners = owners
    arrivals = Array(repeating: [], count: units.count)
    laws = image.cores.map { FullCore.drivers($0, spec) }
    drivers = laws.map { Array(repeating: RowDriver(), count: $0.count) }
  }

  /// Puts everything to rest.
  func rewind() {
    for unit in units { unit.rewind() }
    drivers = laws.map { Array(repeating: RowDriver(), count: $0.count) }
  }

  /// Takes the tick's events of one core.
  func take(_ events: UnsafeBufferPointer<IdealEvents.Event>, _ slot: Int, tick: Int) {
    if owners[slot].isEmpty { return }
    let core = cores[slot]
    for event in events.sorted(by: { $0.phase < $1.phase }) {
      let pair = Int(event.pair)
      var amplitude = 1.0
      if !laws[slot].isEmpty {
        amplitude = Double(
          drivers[slot][pair].amplitude(
            tick: Int32(tick), phase: event.phase, laws[slot][pair]))
      }
      for (column, unit, member) in owners[slot] {
        let i = pair * core.columns + column
        let (excitation, inhibition) = (core.excitatory[i], core.inhibitory[i])
        if excitation == 0, inhibition == 0 { continue }
        arrivals[unit].append(
          IdealUnit.Arrival(
            time: Double(event.phase) / 64, member: member, excitation: amplitude * excitation,
            inhibition: amplitude * inhibition))
      }
    }
  }

  /// Advances all units; hands over each spike, then each membrane, in the order of the plan.
  func step(
    spike: (_ slot: Int, _ column: Int, _ phase: Int) -> Void,
    membrane: (_ slot: Int, _ column: Int, _ volts: Double) -> Void
  ) {
    for (u, unit) in units.enumerated() {
      let arriving = arrivals[u].sorted { $0.time < $1.time }
      for fired in unit.step(arriving) {
        let place = plan.units[u].places[fired.member]
        spike(place.slot, place.column, fired.phase)
      }
      arrivals[u].removeAll(keepingCapacity: true)
      for (m, place) in plan.units[u].places.enumerated() {
        membrane(place.slot, place.column, unit.potential(of: m))
      }
    }
  }
}
