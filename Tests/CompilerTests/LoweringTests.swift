import ChipInterface
import Compiler
import Foundation
import HardwareSpec
import NIR
import Testing

@Suite("A network's numbers become the chip's, by hand")
struct LoweringTests {
  private let spec: ChipSpec
  private let options: CompileOptions

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    options = CompileOptions(spec)
  }

  private func circuit(_ result: Compilation, _ column: Int = 0) -> NominalCircuit {
    NominalCircuit(result.image.cores[0].circuits[column], on: spec)
  }

  // 0.15 V + 80 · 3.515625 mV = 0.43125 V is code 275.46; 70 codes of the ADC above code 275 is
  // code 432.19. One DAC step is 1.6 V / 1022.
  @Test func potentialsOfALayerThatFires() throws {
    let result = try Compiler.compile(
      single([[1, -1]], cubaLIF(1, reset: -0.5)), name: "net", options)
    let settings = result.image.cores[0].circuits[0]
    #expect(settings.leak == 275)
    #expect(settings.threshold == 432)
    #expect(settings.reset == 275 - 79 || settings.reset == 275 - 78)
    #expect(settings.fires)
    #expect(settings.refractoryCount == 1)
    let scale = try #require(result.scale(of: "pop"))
    #expect(abs(scale.voltsPerUnit - 157 * 1.6 / 1022) < 1e-12)
    #expect(abs(scale.volts(potential: 1) - 432 * 1.6 / 1022) < 1e-12)
    #expect(abs(scale.potential(adcCode: 80, spec.readout) - 0.00294) < 1e-5)
    #expect(abs(scale.codesPerUnit(spec.readout) - 69.9145) < 1e-3)
  }

  // 0.15 V + 128 · 3.515625 mV = 0.6 V is code 383.25.
  @Test func potentialsOfALayerThatIntegrates() throws {
    let node = NIRNode.cubaLI(
      NIRCubaLI(
        tauSyn: all(0.02, 1), tauMem: all(0.02, 1), r: all(1, 1), vLeak: all(0, 1),
        wIn: all(20, 1)))
    let result = try Compiler.compile(single([[1]], node), name: "net", options)
    let settings = result.image.cores[0].circuits[0]
    #expect(settings.leak == 383)
    #expect(settings.reset == 383)
    #expect(settings.threshold == 540)
    #expect(!settings.fires)
    let scale = try #require(result.scale(of: "pop"))
    #expect(abs(scale.codesPerUnit(spec.readout) - 70) < 1e-12)
    #expect(
      result.image.io.readout == ReadoutRule(population: "pop", measure: .highestPotential))
  }

  // 20 ms at 1 ms a step is 20 ticks = 5.12 us: code 1022 · ln(60 / 5.12) / ln(120) = 525.3.
  @Test func timeConstantsCountInTicks() throws {
    let result = try Compiler.compile(
      single([[1]], cubaLIF(1, tauMem: 0.02, tauSyn: 0.01, wIn: 10)), name: "net", options)
    let settings = result.image.cores[0].circuits[0]
    #expect(Int(settings.membraneTime) == Int((1022 * log(60 / 5.12) / log(120)).rounded()))
    #expect(Int(settings.excitatoryTime) == Int((1022 * log(30 / 2.56) / log(100)).rounded()))
    #expect(settings.inhibitoryTime == settings.excitatoryTime)
    #expect(abs(circuit(result).membraneTicks - 20) < 0.06)
    var slow = options
    slow.ticksPerStep = 3
    let tripled = try Compiler.compile(
      single([[1]], cubaLIF(1, tauMem: 0.02, tauSyn: 0.01, wIn: 10)), name: "net", slow)
    #expect(abs(circuit(tripled).membraneTicks - 60) < 0.18)
    #expect(abs(tripled.image.io.dt - 1e-3 / 3) < 1e-18)
  }

  // jump = r · w_in · dt / tau_syn per unit of weight, whatever the numbers are made of.
  @Test(arguments: [(1.0, 20.0, 0.02), (0.5, 40, 0.02), (2, 1, 0.002), (20, 1, 0.02)])
  func weightOfAStepFollowsTheJump(r: Double, wIn: Double, tauSyn: Double) throws {
    let result = try Compiler.compile(
      single([[1.5, -0.3]], cubaLIF(1, tauSyn: tauSyn, r: r, wIn: wIn)), name: "net", options)
    let map = try #require(result.image.io.projections.first)
    let jump = r * wIn * 1e-3 / tauSyn
    let scale = try #require(result.scale(of: "pop"))
    #expect(
      abs(circuit(result).excitatoryGain - map.weightPerStep * jump * scale.voltsPerUnit) < 1e-15)
    #expect(abs(map.weightPerStep - 0.1) < 0.0005)
    let steps = try result.image.weightBlocks(of: map, on: spec)[0].values
    #expect(steps == .steps([15, -3]))
  }

  // Equal charge through the shortest synapse, 0.3 us = 1.171875 ticks.
  @Test func lifGetsTheShortestSynapseAtEqualCharge() throws {
    let result = try Compiler.compile(single([[0.5]], lif(1, r: 2)), name: "net", options)
    let nominal = circuit(result)
    let scale = try #require(result.scale(of: "pop"))
    #expect(abs(nominal.excitatoryTicks - 1.171875) < 1e-9)
    let weight = 15 * result.image.io.projections[0].weightPerStep
    let charge = 15 * nominal.excitatoryGain * nominal.excitatoryTicks / scale.voltsPerUnit
    #expect(abs(charge - weight * 2) < 1e-12)
    #expect(abs(weight - 0.5) < 0.002)
    #expect(
      result.report.approximations
        == [.shortestSynapse(layer: "pop", ticks: nominal.excitatoryTicks)])
    #expect(result.image.io.readout.measure == .mostSpikes)
  }

  @Test func biasesShiftTheLeak() throws {
    let graph = try chain([
      ("in", .input(shape: [1])),
      ("w", .affine(NIRAffine(weight: matrix([[1], [1]]), bias: values([0.01, 0])))),
      ("pop", cubaLIF(2, r: 2, wIn: 20)),
    ])
    let result = try Compiler.compile(graph, name: "net", options)
    let scale = try #require(result.scale(of: "pop"))
    let shifted = scale.volts(potential: 2 * 20 * 0.01)
    #expect(abs(circuit(result, 0).leak - shifted) <= 0.8 / 1022)
    #expect(result.image.cores[0].circuits[1].leak == 275)
    #expect(result.image.cores[0].circuits[0].threshold == 432)
    #expect(result.report.approximations == [.biasAsLeak(layer: "pop", neurons: 1)])
  }

  @Test func resetIsTheFilesOrZeroOrApproximatesSubtraction() throws {
    let graph = try single([[1]], cubaLIF(1, reset: -1))
    var choice = options
    for (reset, units) in [(CompileOptions.Reset.file, -1.0), (.zero, 0), (.subtract, 0)] {
      choice.reset = reset
      let result = try Compiler.compile(graph, name: "net", choice)
      let volts = try #require(result.scale(of: "pop")).volts(potential: units)
      #expect(abs(circuit(result).reset - volts) <= 0.8 / 1022)
      let told = result.report.approximations.map(\.layer)
      #expect(told == (reset == .subtract ? ["pop"] : []))
    }
  }

  @Test func oneLayerMayHaveUnlikeNeurons() throws {
    let node = NIRNode.cubaLIF(
      NIRCubaLIF(
        tauSyn: values([0.02, 0.01]), tauMem: values([0.01, 0.04]), r: values([1, 2]),
        vLeak: values([0, 0]), vThreshold: values([1, 0.5]), vReset: values([0, 0]),
        wIn: values([20, 10])))
    let result = try Compiler.compile(single([[1], [1]], node), name: "net", options)
    let (first, second) = (circuit(result, 0), circuit(result, 1))
    #expect(abs(first.membraneTicks / 10 - 1) < 0.003)
    #expect(abs(second.membraneTicks / 40 - 1) < 0.003)
    #expect(abs((second.threshold - second.leak) / (first.threshold - first.leak) - 0.5) < 0.005)
    #expect(abs(second.excitatoryGain / first.excitatoryGain - 2) < 0.013)
    guard case .roundedGains("pop", let relative)? = result.report.approximations.first else {
      Issue.record("the rounding of single gains is not reported")
      return
    }
    #expect(relative < 0.0064)
  }

  @Test func aPopulationOfEmptyShapeTakesTheSizeOfItsWeights() throws {
    let scalar = NIRTensor(shape: [], values: [1])
    let node = NIRNode.li(
      NIRLI(tau: NIRTensor(shape: [], values: [0.02]), r: scalar, vLeak: scalar))
    let result = try Compiler.compile(single([[1], [1], [0.5]], node), name: "net", options)
    #expect(result.image.io.populations[0].count == 3)
  }
}
