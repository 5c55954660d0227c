import ChipInterface
import Emulator
import HardwareSpec
import Testing
import Training

/// Two ways to learn with weights of four bits.
@Suite struct FourBitTests {
  /// Both rules change weights by the same mean; gathered in the tag, equal synapses stay close.
  @Test func tagsKeepEqualSynapsesTogether() throws {
    let chip = try EmulatedChip(
      try ChipLibrary.chip("synapus-1"), EmulationSettings(mismatch: 0.2))
    let result = try FourBitTask().run(LearningSetting(epochs: 2), on: chip)
    #expect(result.passes)
    let figure = try #require(result.figures.first)
    // A spread of nothing would mean that nothing was learnt.
    #expect(figure.chance > 0.5)
    func measure(_ name: String) -> Double? {
      result.measures.first { $0.name == name }?.value
    }
    let rounded = try #require(measure("mean change of a weight, rounded by chance, steps"))
    let gathered = try #require(measure("mean change of a weight, gathered in the tag, steps"))
    #expect(abs(rounded - gathered) < 0.25)
    #expect(result.counters.weightUpdates > 1000)
  }
}
