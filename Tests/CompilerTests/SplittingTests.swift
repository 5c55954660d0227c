import ChipInterface
import Compiler
import HardwareSpec
import Testing

@Suite("Neurons with many inputs are made of circuits of several cores")
struct SplittingTests {
  @Test func threeHundredInputsTakeTwoJoinedCores() throws {
    let (result, network, spec) = try compile([300, 40])
    let image = result.image
    #expect(result.report.coresUsed == 2)
    #expect(image.groups.count == 40)
    for (column, group) in image.groups.enumerated() {
      #expect(group.members.map(\.column) == [column, column])
      #expect(group.members.map(\.core.index) == [0, 1])
    }
    // One event reaches one of the two cores.
    #expect(image.inputRoutes.allSatisfy { $0.count == 1 })
    #expect(Set(image.inputRoutes.flatMap { $0 }.map(\.core.index)) == [0, 1])
    // Only the first circuit fires, here none; each has twice the gain of one alone.
    let (single, _, _) = try compile([200, 40])
    #expect(image.cores.flatMap(\.circuits).allSatisfy { !$0.fires })
    #expect(
      image.cores[0].circuits[0].excitatoryGain > single.image.cores[0].circuits[0].excitatoryGain)
    try image.validate(against: spec)
    let map = image.io.projections[0]
    let found = MappedWeights(image, on: spec).steps
    for sender in stride(from: 0, to: 300, by: 7) {
      for receiver in 0..<40 {
        let key = MappedWeights.Key(isInput: true, sender: sender, receiver: receiver, delay: 0)
        let weight = Double(found[key] ?? 0) * map.weightPerStep
        #expect(
          abs(weight - Double(network.layers[0].weights[sender * 40 + receiver])) <= 0.51
            * map.weightPerStep)
      }
    }
  }

  @Test func circuitsThatDoNotJoinAreNamed() throws {
    let spec = try ChipLibrary.chip("dynapse2-like")
    let pairs = spec.geometry.rowPairsPerCore
    let found = try misfits(
      dense([pairs + 1, 3]).nirGraph(dt: 1e-3), CompileOptions(spec)
    ).filter { $0.code == "E0312" }
    #expect(
      found.map(\.message) == [
        "layer 'layer1' needs \(pairs + 1) row pairs for the inputs of one neuron; a core of chip"
          + " 'dynapse2-like', whose circuits do not join over cores, has \(pairs) (\(pairs) used of"
          + " \(pairs), 1 over)"
      ])
  }

  /// Gains of joined circuits reach further when the potentials are scaled down.
  @Test func potentialsShrinkForGainsToReach() throws {
    let (result, _, _) = try compile([1_000, 30], seed: 2)
    let factors = result.report.approximations.compactMap { approximation -> Double? in
      guard case .smallerSwing("layer1", 4, let factor) = approximation else { return nil }
      return factor
    }
    let scale = try #require(result.scale(of: "layer1"))
    let (plain, _, _) = try compile([200, 30], seed: 2)
    let usual = try #require(plain.scale(of: "layer1"))
    if let factor = factors.first {
      #expect(abs(scale.voltsPerUnit / usual.voltsPerUnit / factor - 1) < 1e-9)
    } else {
      #expect(scale.voltsPerUnit == usual.voltsPerUnit)
    }
  }

  @Test func gainsOutOfReachAreRefused() throws {
    var options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    options.projections = [.init("weights1", weightPerStep: 0.25)]
    options.maxClip = 1
    let found = try misfits(dense([4_000, 3]).nirGraph(dt: 1e-3), options)
    #expect(found.map(\.code) == ["E0335"])
    #expect(
      found[0].message.hasPrefix("layer 'layer1' joins 16 circuits to a neuron and needs gains of ")
    )
    #expect(found[0].remedy == "use a smaller weight per step, or fewer inputs a neuron")
  }
}
