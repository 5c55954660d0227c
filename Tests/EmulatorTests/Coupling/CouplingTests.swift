import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import TestSupport
import Testing

/// Joined membranes and compartments against closed forms and a fine integration.
@Suite struct CouplingTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func circuit(_ core: Int, _ column: Int) throws -> CircuitOnChip {
    try CoupledChip.circuit(core, column, on: spec)
  }

  private func code(_ seconds: Double) throws -> UInt16 {
    UInt16(try required(spec.coupling, "coupling").interCompartmentTime.nearestCode(for: seconds))
  }

  private func flow(_ code: UInt16) throws -> Double {
    let law = try required(spec.coupling, "coupling").interCompartmentTime
    return spec.time.tickSeconds / law.value(code: Int(code))
  }

  // MARK: Matrices

  @Test func exponentialOfASymmetricPairIsExact() {
    for rate in [1e-6, 0.01, 0.5, 3, 40] {
      var matrix = SquareMatrix(zeroOf: 2)
      matrix.numbers = [-rate, rate, rate, -rate]
      let (power, mean) = matrix.exponential
      let difference = Foundation.exp(-2 * rate)
      let averaged = -Foundation.expm1(-2 * rate) / (2 * rate)
      #expect(abs(power[0, 0] - (1 + difference) / 2) < 1e-13)
      #expect(abs(power[0, 1] - (1 - difference) / 2) < 1e-13)
      #expect(abs(mean[0, 0] - (1 + averaged) / 2) < 1e-13)
      #expect(abs(mean[1, 0] - (1 - averaged) / 2) < 1e-13)
    }
  }

  @Test func exponentialSolvesItsOwnEquation() {
    for seed in 0..<40 {
      var random = SequentialRandom(seed: UInt64(seed), stream: 301)
      var matrix = SquareMatrix(zeroOf: 1 + seed % 8)
      for i in matrix.numbers.indices { matrix.numbers[i] = random.normal() }
      let (power, mean) = matrix.exponential
      // e^G = 1 + G·φ₁(G), and G commutes with both.
      let once = SquareMatrix(identityOf: matrix.order) + matrix * mean
      let other = SquareMatrix(identityOf: matrix.order) + mean * matrix
      for i in power.numbers.indices {
        let size = 1 + abs(power.numbers[i])
        #expect(abs(once.numbers[i] - power.numbers[i]) < 1e-11 * size, "seed \(seed)")
        #expect(abs(other.numbers[i] - power.numbers[i]) < 1e-11 * size, "seed \(seed)")
      }
    }
  }

  // MARK: Joined membranes

  @Test func joinedCircuitsTakeTheirMean() throws {
    let members = try [circuit(0, 7), circuit(1, 7), circuit(5, 7)]
    let chip = CoupledChip([.joined(members)], cores: 16, on: spec)
    defer { chip.deallocate() }
    for (member, volts) in zip(members, [Float(3), 6, 18]) {
      chip.set(member.core.index, 7, start: 0, alone: volts)
    }
    chip.set(0, 8, start: 0, alone: 5)
    chip.mix()
    for member in members { #expect(abs(chip.membrane(member.core.index, 7) - 9) < 1e-5) }
    #expect(chip.membrane(0, 8) == 5)
    #expect(chip.coupling.clusters == [[0, 1, 5]])
  }

  @Test func capacitancesOfJoinedCompartmentsAdd() throws {
    // Two circuits joined, one beside them over a conductance: 2:1 in capacitance.
    let members = try [circuit(0, 0), circuit(0, 1), circuit(0, 2)]
    let icc = try code(2e-6)
    let group = CircuitGroup(
      members: members,
      couplings: [
        Coupling(first: 0, second: 1, conductance: nil),
        Coupling(first: 1, second: 2, conductance: icc),
      ])
    let chip = CoupledChip([group], cores: 1, on: spec) { _ in MembraneRates(free: 0, held: nil) }
    defer { chip.deallocate() }
    for lane in 0..<3 {
      chip.set(0, lane, start: lane == 2 ? 3_000_000 : 0, alone: lane == 2 ? 3_000_000 : 0)
    }
    chip.mix()
    let left = Foundation.exp(try -1.5 * flow(icc))
    #expect(abs(Double(chip.membrane(0, 0)) - 1_000_000 * (1 - left)) < 2)
    #expect(chip.membrane(0, 0) == chip.membrane(0, 1))
    #expect(abs(Double(chip.membrane(0, 2)) - (1_000_000 + 2_000_000 * left)) < 2)
  }

  @Test func spikeResetsEveryCircuitOfItsMembrane() throws {
    let members = try [circuit(0, 7), circuit(1, 7), circuit(2, 7)]
    for reference in [false, true] {
      let chip = CoupledChip([.joined(members)], cores: 4, firing: [members[1]], on: spec)
      defer { chip.deallocate() }
      for core in 0..<4 { chip.set(core, 7, start: 900, alone: 900) }
      chip.set(1, 7, start: 100, held: 230, alone: 900)
      let spikes: [UInt32] = [7 << 8 | 20, 9 << 8 | 3]
      if reference {
        CouplingReference.spread(
          chip.coupling, spikes, 2, slot: 1, pending: chip.pending, state: chip.state)
      } else {
        chip.coupling.spread(spikes, 2, slot: 1, pending: chip.pending, state: chip.state)
      }
      for core in 0..<3 {
        #expect(chip.stored(core, 7, 0) == 100)
        #expect(chip.stored(core, 7, 3) == 230)
      }
      #expect(chip.stored(3, 7, 0) == 900)
    }
  }

  @Test func clustersAreTheCoresThatShareGroups() throws {
    let chip = CoupledChip(
      [
        .joined(try [circuit(6, 1), circuit(7, 1)]), .joined(try [circuit(0, 0), circuit(1, 0)]),
        .joined(try [circuit(1, 4), circuit(5, 4)]), .joined(try [circuit(3, 9), circuit(3, 10)]),
      ], cores: 16, on: spec)
    defer { chip.deallocate() }
    #expect(chip.coupling.clusters == [[0, 1, 5], [3], [6, 7]])
  }

  // MARK: Compartments

  @Test(arguments: [0.1e-6, 0.5e-6, 2e-6, 30e-6])
  func compartmentsFollowTheExactSolution(interCompartment: Double) throws {
    let icc = try code(interCompartment)
    let flow = try flow(icc)
    let rates = [0.004, 0.05, 0.4]
    let chain = CircuitGroup(
      members: try [circuit(0, 3), circuit(0, 4), circuit(0, 5)],
      couplings: [
        Coupling(first: 0, second: 1, conductance: icc),
        Coupling(first: 1, second: 2, conductance: icc),
      ])
    let chip = CoupledChip([chain], cores: 1, on: spec) {
      MembraneRates(free: rates[$0.column - 3], held: nil)
    }
    defer { chip.deallocate() }
    let fine = FineCompartments(
      goals: [2_000_000, 4_000_000, 6_000_000], rates: rates,
      flows: [[0, flow, 0], [flow, 0, flow], [0, flow, 0]])
    var (exact, found) = (
      [1_000_000.0, 5_000_000, 3_000_000], [1_000_000.0, 5_000_000, 3_000_000]
    )
    var worst = 0.0
    for _ in 0..<60 {
      exact = fine.advance(exact)
      for i in 0..<3 {
        let start = found[i].rounded()
        let alone = fine.goals[i] + (start - fine.goals[i]) * Foundation.exp(-rates[i])
        chip.set(0, 3 + i, start: Int32(start), alone: Float(alone))
      }
      chip.mix()
      for i in 0..<3 {
        found[i] = Double(chip.membrane(0, 3 + i))
        worst = max(worst, abs(found[i] - exact[i]))
      }
    }
    print("tau_icc \(interCompartment * 1e6) us: compartments off by \(worst / 32_768) codes")
    #expect(worst < 0.001 * 32_768, "tau_icc \(interCompartment)")
  }

  @Test func heldCompartmentFeedsItsNeighbours() throws {
    let icc = try code(1e-6)
    let flow = try flow(icc)
    let members = try [circuit(0, 0), circuit(0, 1)]
    let group = CircuitGroup(
      members: members, couplings: [Coupling(first: 0, second: 1, conductance: icc)])
    for pull in [nil, 0.5] as [Double?] {
      let chip = CoupledChip([group], cores: 1, firing: [members[1]], on: spec) { _ in
        MembraneRates(free: 0.02, held: pull.map { 0.02 + $0 })
      }
      defer { chip.deallocate() }
      let held = 0.02 + (pull ?? 0)
      let fine = FineCompartments(
        goals: [0, pull == nil ? 0 : 4_000_000 * (pull ?? 0) / held], rates: [0.02, held],
        flows: [[0, flow], [flow, 0]], clamped: pull == nil ? [1] : [])
      var (exact, found) = ([0.0, 4_000_000], [0.0, 4_000_000])
      for _ in 0..<20 {
        exact = fine.advance(exact)
        for i in 0..<2 {
          let start = found[i].rounded()
          let alone =
            fine.goals[i] + (start - fine.goals[i]) * Foundation.exp(-fine.rates[i])
          chip.set(0, i, start: Int32(start), held: i == 1 ? 640 : 0, alone: Float(alone))
        }
        chip.mix()
        for i in 0..<2 { found[i] = Double(chip.membrane(0, i)) }
      }
      for i in 0..<2 { #expect(abs(found[i] - exact[i]) < 30, "pull \(pull ?? 0), part \(i)") }
      if pull == nil { #expect(found[1] == 4_000_000) }
    }
  }

  @Test func conductancesScatterAsTheirSpreadSays() throws {
    let draw = ConductanceDraw(chipSeed: 3, spread: 0.1)
    var factors: [Double] = []
    for core in 0..<16 {
      for column in 0..<255 {
        let (a, b) = try (circuit(core, column), circuit(core, column + 1))
        factors.append(draw.factor(a, b))
        #expect(draw.factor(b, a) == draw.factor(a, b))
      }
    }
    let mean = factors.reduce(0, +) / Double(factors.count)
    let variance = factors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(factors.count)
    #expect(abs(mean - 1) < 0.005)
    #expect(abs(variance.squareRoot() - 0.1) < 0.005)
  }
}
