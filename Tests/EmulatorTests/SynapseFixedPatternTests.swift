import CEmulatorKernels
import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// What makes equal stored weights unequal charges.
@Suite struct SynapseFixedPatternTests {
  @Test(arguments: [UInt64(0), 1, 0xFFFF_FFFF_FFFF_FFFF])
  func rowsOfDrawsAreThoseOfTheGenerator(seed: UInt64) {
    let generator = CounterRandom(seed: seed, stream: 24)
    var normals = [Double](repeating: 0, count: 256)
    for row in 0..<300 {
      let first = row % 3 << 12
      synapus_line_normals(generator.lineKey(7, row), Int32(first), 256, &normals)
      for column in 0..<256 where normals[column] != generator.normal(7, row, first + column) {
        Issue.record("seed \(seed), row \(row), column \(column)")
      }
    }
  }

  /// One seed is one chip: these numbers, from a Python model of the draw, never change.
  @Test func devicesOfSynapus1StayWhatTheyAre() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let draw = DeviceDraw(spec, seed: 0, mismatch: 0.2, effects: .all)
    let cores = try [0, 3].map { try #require(CoreOnChip($0, on: spec.geometry)) }
    let first = (0..<8).map { draw.synapseFactor(core: cores[0], row: 0, column: $0) }
    #expect(first == [261, 273, 250, 240, 294, 271, 219, 279])
    let last = [0, 255].map { draw.synapseFactor(core: cores[1], row: 511, column: $0) }
    #expect(last == [281, 237])
    let times = [0, 1, 200].map { draw.deviation(core: cores[0], column: $0).membraneTime }
    let expected = [1.0341497580570522, 1.0061832174339378, 0.9838815808397477]
    for (time, wanted) in zip(times, expected) { #expect(abs(time - wanted) < 1e-8) }
  }

  /// An image with seeded weights all over core 0 and, on chips that have it, core 1.
  private func image(_ spec: ChipSpec, seed: UInt64) throws -> ChipImage {
    var image = try TestImage.make(for: spec)
    let draw = CounterRandom(seed: seed, stream: 5)
    let columns = spec.geometry.circuitsPerCore
    for row in 0..<spec.geometry.synapseRowsPerCore where row % 5 != 4 {
      for column in 0..<columns {
        let value = draw.uniform(row, column) * Double(spec.synapse.largestWeight + 1)
        image.cores[0].weights[row * columns + column] = UInt8(value)
      }
    }
    return image
  }

  @Test(arguments: ChipLibrary.analogNames)
  func effectiveWeightsAreTheRoundedCharges(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    let settings = EmulationSettings(chipSeed: 5, effects: .synapse)
    let chip = try EmulatedChip(spec, settings)
    let image = try image(spec, seed: 1)
    try chip.load(image)
    let draw = DeviceDraw(spec, settings)
    let core = image.cores[0].core
    var (clipped, compared) = (0, 0)
    for row in stride(from: 0, to: spec.geometry.synapseRowsPerCore, by: 7) {
      for column in stride(from: 0, to: spec.geometry.circuitsPerCore, by: 5) {
        let weight = Int(image.cores[0].weights[row * spec.geometry.circuitsPerCore + column])
        let charge = draw.charge(core: core, row: row, column: column, weight: weight)
        let expected = UInt8(min(255, (charge + 0.5).rounded(.down)))
        if charge >= 255.5 { clipped += 1 }
        compared += weight > 0 ? 1 : 0
        #expect(
          chip.effectiveWeight(core: core, row: row, column: column) == expected,
          "row \(row) column \(column) weight \(weight)")
      }
    }
    #expect(compared > 500)
    #expect(chip.clippedWeights >= clipped)
  }

  /// Weights that are written give what weights that are loaded give.
  @Test(arguments: ChipLibrary.analogNames)
  func writingGivesWhatLoadingGives(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    let (written, loaded) = (try EmulatedChip(spec), try EmulatedChip(spec))
    var image = try TestImage.make(for: spec)
    try written.load(image)
    let block = try TestImage.block(for: spec, seed: 9)
    try written.write([block])
    guard case .steps(let steps) = block.values else { return }
    for pair in 0..<block.pairCount {
      for column in 0..<block.columnCount {
        let weight = steps[pair * block.columnCount + column]
        let start = 2 * pair * spec.geometry.circuitsPerCore + column
        image.cores[0].weights[start] = UInt8(max(weight, 0))
        image.cores[0].weights[start + spec.geometry.circuitsPerCore] = UInt8(max(-weight, 0))
      }
    }
    try loaded.load(image)
    let experiment = TestImage.experiment(for: spec, samples: 4)
    #expect(try written.run(experiment) == loaded.run(experiment))
    #expect(written.clippedWeights == loaded.clippedWeights)
  }

  @Test func chargesBeyondTheRangeAreClippedAndCounted() throws {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.imperfections.synapse = 1
    let chip = try EmulatedChip(spec, EmulationSettings(effects: .synapse))
    var image = try TestImage.make(for: spec)
    for i in image.cores[0].weights.indices { image.cores[0].weights[i] = 15 }
    try chip.load(image)
    // 180 (1 + n) > 255.5 for n > 0.419: 33.7 % of all.
    let synapses = spec.geometry.synapseRowsPerCore * spec.geometry.circuitsPerCore
    #expect(abs(Double(chip.clippedWeights) / Double(synapses) - 0.337) < 0.01)
    let zeros = WeightBlock(
      core: image.cores[0].core, firstPair: 0, pairCount: spec.geometry.rowPairsPerCore,
      firstColumn: 0, columnCount: image.cores[0].circuits.count,
      values: .steps(
        Array(
          repeating: 0, count: spec.geometry.rowPairsPerCore * image.cores[0].circuits.count)))
    try chip.write([zeros])
    let left = spec.geometry.circuitsPerCore - image.cores[0].circuits.count
    let expected = 0.337 * Double(left * spec.geometry.synapseRowsPerCore)
    #expect(abs(Double(chip.clippedWeights) / expected - 1) < 0.03)
  }

  /// With 5 % on the smallest element, 8 has less charge than 7 at some synapses.
  @Test func theDACIsNotAlwaysMonotonic() throws {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.imperfections.synapseErrors.dacBit = 0.2
    spec.imperfections.synapse = 0
    let draw = DeviceDraw(spec, seed: 1, mismatch: nil, effects: .synapse)
    let core = try #require(CoreOnChip(0, on: spec.geometry))
    let falls = (0..<1000).count { column in
      draw.charge(core: core, row: column / 256, column: column % 256, weight: 8)
        < draw.charge(core: core, row: column / 256, column: column % 256, weight: 7)
    }
    // The step of 1 has a deviation of 0.2 √15 = 0.775: it falls for 9.8 %.
    #expect(abs(falls - 98) < 40, "\(falls)")
  }

  @Test func theBaseCurrentsOfACoreAreSharedByItsSynapses() throws {
    let spec = try ChipLibrary.chip("dynapse2-like")
    let draw = DeviceDraw(spec, seed: 1, mismatch: nil, effects: .synapse)
    let ratios = spec.geometry.cores.map { core in
      (0..<8).map { column in
        draw.charge(core: core, row: column, column: column, weight: 8)
          / draw.charge(core: core, row: column, column: column, weight: 1)
      }
    }
    for core in ratios { #expect(core.allSatisfy { abs($0 / core[0] - 1) < 1e-12 }) }
    #expect(Set(ratios.map { $0[0] }).count == 4)
  }
}
