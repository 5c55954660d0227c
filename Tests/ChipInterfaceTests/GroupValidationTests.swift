import ChipInterface
import HardwareSpec
import TestSupport
import Testing

/// Groups of circuits that a chip's wires allow, and those that they do not.
@Suite struct GroupValidationTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func circuit(_ core: Int, _ column: Int) throws -> CircuitOnChip {
    try required(
      CircuitOnChip(spec.geometry.cores[core], column: column, on: spec.geometry), "circuit")
  }

  private func image(_ groups: [CircuitGroup], fires: Bool = false) throws -> ChipImage {
    var image = try TestImage.make(for: spec)
    image.cores = spec.geometry.cores.map { core in
      var copy = image.cores[0]
      copy.core = core
      copy.circuits = copy.circuits.map { settings in
        var settings = settings
        settings.fires = fires
        return settings
      }
      return copy
    }
    image.groups = groups
    return image
  }

  private func faults(_ groups: [CircuitGroup], fires: Bool = false) throws -> [ImageFault] {
    do {
      try image(groups, fires: fires).validate(against: spec)
      return []
    } catch {
      guard case ChipError.invalidImage(let faults) = error else { throw error }
      return faults
    }
  }

  @Test func allSixteenCoresMayJoin() throws {
    // In ascending order: the cores hang together though 3 and 4 do not touch.
    #expect(try faults([.joined(try (0..<16).map { try circuit($0, 3) })]).isEmpty)
    #expect(try faults([.joined(try [circuit(0, 3), circuit(0, 4), circuit(1, 4)])]).isEmpty)
  }

  @Test func coresThatDoNotTouchAreRefused() throws {
    let (a, b) = try (circuit(0, 3), circuit(5, 3))
    #expect(try faults([.joined([a, b])]) == [.group(index: 0, .notNeighbours(a, b))])
  }

  @Test func columnsOutOfReachAreRefused() throws {
    let (a, b) = try (circuit(0, 3), circuit(0, 5))
    #expect(try faults([.joined([a, b])]) == [.group(index: 0, .notNeighbours(a, b))])
    let group = CircuitGroup(
      members: [a, b], couplings: [Coupling(first: 0, second: 1, conductance: 5)])
    #expect(try faults([group]) == [.group(index: 0, .notNeighbours(a, b))])
  }

  @Test func looseMembersAndWrongCodesAreRefused() throws {
    let members = try (0..<3).map { try circuit(0, $0) }
    let loose = CircuitGroup(
      members: members, couplings: [Coupling(first: 0, second: 1, conductance: 9)])
    #expect(try faults([loose]) == [.group(index: 0, .notConnected(members[2]))])
    let high = CircuitGroup(
      members: Array(members.prefix(2)),
      couplings: [Coupling(first: 0, second: 1, conductance: 2000)])
    #expect(try faults([high]) == [.group(index: 0, .code(found: 2000, highest: 1022))])
  }

  @Test func oneComparatorWatchesAMembrane() throws {
    let (a, b) = try (circuit(0, 3), circuit(1, 3))
    #expect(
      try faults([.joined([a, b])], fires: true) == [.group(index: 0, .twoComparators(a, b))])
    let compartments = CircuitGroup(
      members: [a, b], couplings: [Coupling(first: 0, second: 1, conductance: 9)])
    #expect(try faults([compartments], fires: true).isEmpty)
  }

  @Test func tooManyCompartmentsAreRefused() throws {
    let members = try (0..<9).map { try circuit(0, $0) }
    let group = CircuitGroup(
      members: members,
      couplings: (0..<8).map { Coupling(first: $0, second: $0 + 1, conductance: 1) })
    #expect(
      try faults([group])
        == [.group(index: 0, .tooMany(what: "compartments", found: 9, allowed: 8))])
  }

  @Test func aChipWithoutWiresRefusesByName() throws {
    var bare = spec
    (bare.coupling, bare.correlation) = (nil, nil)
    var image = try image([.joined(try [circuit(0, 3), circuit(1, 3)])])
    image.specHash = bare.hash
    image.cores[0].sensesCorrelation = true
    #expect(
      throws: ChipError.invalidImage([
        .notOnChip(what: "core 0", needs: "correlation sensors"),
        .notOnChip(what: "group 0", needs: "connections between circuits"),
      ])
    ) { try image.validate(against: bare) }
  }
}
