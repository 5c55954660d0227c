import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// The C functions and the readable coupling give the same bits, over random groups and states.
@Suite struct CouplingEqualityTests {
  @Test(arguments: 0..<12)
  func bothPathsGiveTheSameBits(seed: Int) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var random = SequentialRandom(seed: UInt64(seed), stream: 302)
    let (groups, firing) = try randomGroups(spec, &random)
    let rates = (0..<256).map { _ in 0.001 + random.uniform() }
    let chips = (0..<2).map { _ in
      CoupledChip(
        groups, cores: 16, firing: firing, on: spec,
        draw: ConductanceDraw(chipSeed: UInt64(seed), spread: 0.2)
      ) { MembraneRates(free: rates[$0.column], held: seed % 2 == 0 ? nil : 2) }
    }
    defer { for chip in chips { chip.deallocate() } }
    var mixed = 0
    for _ in 0..<5 {
      for slot in 0..<16 {
        for lane in 0..<256 {
          let start = Int32(truncatingIfNeeded: random.next() % 8_000_000)
          let held = Int32(truncatingIfNeeded: random.next() % 3) * 63
          let alone = Float(start) + Float(random.normal() * 100_000)
          for chip in chips { chip.set(slot, lane, start: start, held: held, alone: alone) }
        }
      }
      let before = (0..<256).map { chips[0].membrane(0, $0) }
      chips[0].mix()
      chips[1].mix(reference: true)
      for slot in 0..<16 {
        for lane in 0..<256 {
          #expect(
            chips[0].membrane(slot, lane).bitPattern == chips[1].membrane(slot, lane).bitPattern,
            "seed \(seed), core \(slot), lane \(lane)")
        }
      }
      let spikes = (0..<256).compactMap { lane -> UInt32? in
        lane % 5 == 0 ? UInt32(lane) << 8 | UInt32(lane % 64) : nil
      }
      for slot in 0..<16 {
        let count = Int32(spikes.count)
        chips[0].coupling.spread(
          spikes, count, slot: slot, pending: chips[0].pending, state: chips[0].state)
        CouplingReference.spread(
          chips[1].coupling, spikes, count, slot: slot, pending: chips[1].pending,
          state: chips[1].state)
      }
      for slot in 0..<16 {
        for lane in 0..<256 {
          for field in [0, 3] {
            #expect(chips[0].stored(slot, lane, field) == chips[1].stored(slot, lane, field))
          }
        }
      }
      mixed += (0..<256).count { before[$0] != chips[0].membrane(0, $0) }
    }
    #expect(mixed > 0, "seed \(seed): nothing was mixed, nothing compared")
  }

  /// Joined columns over four cores, and trees of compartments within cores.
  private func randomGroups(
    _ spec: ChipSpec, _ random: inout SequentialRandom
  ) throws -> ([CircuitGroup], Set<CircuitOnChip>) {
    var groups: [CircuitGroup] = []
    var firing: Set<CircuitOnChip> = []
    let first = Int(random.next() % 60)
    for column in first..<first + 70 {
      groups.append(
        .joined(try [0, 1, 5, 4].map { try CoupledChip.circuit($0, column, on: spec) }))
    }
    for core in 0..<16 {
      var column = 140
      while column < 240 {
        let count = 2 + Int(random.next() % 6)
        let members = try (0..<count).map {
          try CoupledChip.circuit(core, column + $0, on: spec)
        }
        let couplings = (1..<count).map { member in
          Coupling(
            first: Int(random.next() % UInt64(member)), second: member,
            conductance: random.next() % 3 == 0 ? nil : UInt16(random.next() % 1023))
        }
        groups.append(CircuitGroup(members: members, couplings: couplings))
        for member in members where random.next() % 2 == 0 { firing.insert(member) }
        column += count + 1
      }
    }
    return (groups, firing)
  }
}
