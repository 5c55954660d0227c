import ChipInterface
import Compiler
import HardwareSpec
import Testing

@Suite("Networks get circuits, rows and routes")
struct MappingTests {
  @Test func yinYangSharesOneCore() throws {
    let (result, _, spec) = try compile([5, 120, 3]) {
      $0.projections = [.init("weights1", copies: 5)]
    }
    let io = result.image.io
    #expect(result.report.coresUsed == 1)
    #expect(result.image.cores[0].circuits.count == 123)
    #expect(io.projections.map { $0.blocks[0].pairCount } == [25, 120])
    #expect(io.projections.map { $0.blocks[0].firstPair } == [0, 25])
    #expect(result.report.layers.map(\.rows) == [50, 240])
    #expect(result.image.inputRoutes.map(\.count) == [5, 5, 5, 5, 5])
    #expect(result.image.inputRoutes[2].map(\.pair) == [10, 11, 12, 13, 14])
    #expect(result.image.spikeRoutes.count == 120)
    #expect(result.image.spikeRoutes[7].targets.map(\.pair) == [32])
    #expect(io.populations.map(\.count) == [120, 3])
    #expect(io.unitOffsets == [0, 120])
    try result.image.validate(against: spec)
  }

  @Test func sixteenBySixteenImagesTakeTwoNeighbouringCores() throws {
    let (result, _, spec) = try compile([256, 246, 10])
    #expect(result.report.layers.map(\.rows) == [512, 492])
    #expect(result.image.cores.map(\.core.index) == [0, 1])
    #expect(result.report.hops == 246)
    #expect(result.report.worstLinkLoad == 246)
    let resources = try #require(result.report.resources)
    #expect(resources.neurons == .init(used: 256, available: 4096))
    #expect(resources.cores == .init(used: 2, available: 16))
    #expect(resources.rows == .init(used: 1004, available: 8192))
    #expect(resources.synapses == .init(used: 65_436, available: 4096 * 256))
    #expect(resources.axons == .init(used: 502, available: 4096))
    // Input to hidden is one tick of 64 cycles; hidden to readout one tick and one hop of 4.
    #expect(result.report.estimatedLatencyCycles == 132)
    #expect(result.report.layers.map(\.addedTicks) == [1, 68.0 / 64])
    try result.image.validate(against: spec)
  }

  @Test func aLayerOfSixHundredNeuronsTakesThreeCores() throws {
    let (result, network, spec) = try compile([20, 600]) {
      $0.projections = [.init("weights1", copies: 2)]
    }
    let population = result.image.io.populations[0]
    #expect(population.ranges.map(\.count) == [256, 256, 88])
    #expect(Set(population.ranges.map(\.core)).count == 3)
    #expect(result.image.inputRoutes.allSatisfy { $0.count == 6 })
    let map = result.image.io.projections[0]
    #expect(map.blocks.map(\.firstTarget) == [0, 256, 512])
    let back = try Quantiser(map, on: spec).weights(in: result.image, on: spec)
    for (a, b) in zip(back, network.layers[0].weights) {
      #expect(abs(a - Double(b)) <= 0.51 * map.weightPerStep * 2)
    }
  }

  /// Every (sender, copy, receiver) has exactly one synapse pair, and an event of the sender
  /// drives exactly the pairs of its lines.
  @Test func everySynapseHasOnePlaceAndItsSenderDrivesIt() throws {
    var random = SequentialRandom(seed: 17, stream: 1)
    for seed in 0..<25 as Range<UInt64> {
      var sizes = [Int.random(in: 1...40, using: &random)]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        sizes.append(Int.random(in: 1...(sizes.count == 1 ? 250 : 120), using: &random))
      }
      let copies = Int.random(in: 1...3, using: &random)
      let (result, network, spec) = try compile(sizes, seed: seed) {
        $0.projections = [.init("weights1", copies: copies)]
      }
      try result.image.validate(against: spec)
      for (map, layer) in zip(result.image.io.projections, network.layers) {
        #expect(
          map.blocks.reduce(0) { $0 + $1.pairCount * $1.columnCount }
            == map.sourceCount * map.copies * map.targetCount, "seed \(seed)")
        let back = try Quantiser(map, on: spec).weights(in: result.image, on: spec)
        let worst = zip(back, layer.weights).map { abs($0 - Double($1)) }.max() ?? 0
        #expect(worst <= 0.51 * map.weightPerStep, "seed \(seed) \(map.name)")
        checkRoutes(map, result.image, seed)
      }
    }
  }

  private func checkRoutes(_ map: ProjectionMap, _ image: ChipImage, _ seed: UInt64) {
    for sender in 0..<map.sourceCount {
      var expected: [String] = []
      for block in map.blocks {
        for copy in 0..<map.copies {
          expected.append("\(block.core.index).\(block.firstPair + sender * map.copies + copy)")
        }
      }
      let targets = route(of: sender, map, image).map { "\($0.core.index).\($0.pair)" }
      #expect(expected.allSatisfy { targets.contains($0) }, "seed \(seed) \(map.name)")
    }
  }

  private func route(
    of sender: Int, _ map: ProjectionMap, _ image: ChipImage
  ) -> [RowPairOnChip] {
    guard let source = map.source else { return image.inputRoutes[sender] }
    var rest = sender
    for range in image.io.population(source)?.ranges ?? [] {
      if rest < range.count {
        return image.spikeRoutes.first {
          $0.source.core == range.core && $0.source.column == range.firstColumn + rest
        }?.targets ?? []
      }
      rest -= range.count
    }
    return []
  }

  @Test func equalInputsGiveEqualBytes() throws {
    let (one, _, spec) = try compile([30, 200, 40, 3], seed: 5)
    let (two, _, _) = try compile([30, 200, 40, 3], seed: 5)
    #expect(try one.image.encoded(spec: spec) == two.image.encoded(spec: spec))
    #expect(one.report.json == two.report.json)
  }

  @Test(arguments: ["synapus-1", "bss2-like"]) func imagesAndTextKeepCompiledNetworks(
    chip: String
  ) throws {
    let (result, _, spec) = try compile([12, 100, 5], chip: chip)
    let bytes = try result.image.encoded(spec: spec)
    #expect(try ChipImage(decoding: bytes, spec: spec) == result.image)
    let text = try ChipImageText.write(result.image, spec: spec)
    #expect(try ChipImageText.parse(text, spec: spec).encoded(spec: spec) == bytes)
  }

  @Test func descriptionAndOptionsReachTheImage() throws {
    let (result, _, _) = try compile([4, 3]) {
      $0.durationTicks = 80
      $0.coding = "latency 0.25..2.5"
      $0.refractoryTicks = 7
      $0.readout = ReadoutRule(population: "layer1", measure: .mostSpikes)
      $0.projections = [.init("weights1", weightPerStep: 0.2)]
    }
    let io = result.image.io
    #expect(io.durationTicks == 80 && io.coding == "latency 0.25..2.5" && io.dt == 1e-3)
    #expect(io.readout.measure == .mostSpikes)
    #expect(result.image.cores[0].circuits.allSatisfy { $0.refractoryCount == 7 })
    #expect(abs(io.projections[0].weightPerStep / 0.2 - 1) < 0.0033)
  }

  @Test func reportHasTheKeysThatOthersRelyOn() throws {
    let (result, _, _) = try compile([4, 30, 3])
    for key in [
      "network", "chip", "cores_used", "resources", "neurons", "rows", "synapses", "axons", "used",
      "available", "layers", "name", "clipped", "quantisation_snr_db", "scale", "hops",
      "worst_link_load", "estimated_latency_cycles", "misfits", "approximations", "added_ticks",
    ] { #expect(result.report.json.contains("\"\(key)\" :"), "\(key)") }
    let seconds = Double(result.image.io.durationTicks) * 256e-9 + 1.1e-6  // at 522 mW
    let energy = try #require(result.report.estimatedEnergyJoule)
    let events = energy / (0.52192 * seconds) - 1
    #expect(events > 0 && events < 1e-3, "events add little to the standby power")
    #expect(result.report.json.contains("\"estimated_energy_joule\" : "))
    #expect(result.report.json.contains("\"schema\" : \"synapus-compile/2\""))
    let ratio = try #require(result.report.layers[0].quantisationSNRdB)
    #expect(ratio > 10 && ratio < 40)
  }
}
