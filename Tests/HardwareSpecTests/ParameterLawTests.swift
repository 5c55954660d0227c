import HardwareSpec
import TestSupport
import Testing

@Suite struct ParameterLawTests {
  static let laws: [(String, ParameterLaw)] = ChipLibrary.analogNames.flatMap { name in
    guard let neuron = try? ChipLibrary.chip(name).neuron else { return [(String, ParameterLaw)]() }
    return [
      ("\(name) potential", neuron.potential), ("\(name) membrane time", neuron.membraneTime),
      ("\(name) synaptic time", neuron.synapticTime), ("\(name) gain", neuron.gain),
    ]
  }

  /// Laws that no chip file has, at the edges of what one may have.
  static let odd: [(String, ParameterLaw)] = [
    ("inverse", ParameterLaw(.inverse, atZero: 60e-6, atFull: 0.5e-6, highestCode: 1022)),
    ("inverse, rising", ParameterLaw(.inverse, atZero: 1e-9, atFull: 1, highestCode: 4095)),
    ("one bit", ParameterLaw(.linear, atZero: -5, atFull: 5, highestCode: 1)),
    ("falling", ParameterLaw(.linear, atZero: 5, atFull: -5, highestCode: 4095)),
    ("nine decades", ParameterLaw(.exponential, atZero: 1, atFull: 1e-9, highestCode: 4095)),
  ]

  @Test func chipsHaveFourLawsEach() {
    #expect(Self.laws.count == 4 * ChipLibrary.analogNames.count)
  }

  @Test(arguments: laws + odd)
  func nearestCodeFindsEveryCodeAgain(name: String, law: ParameterLaw) {
    for code in 0...law.highestCode {
      #expect(law.nearestCode(for: law.value(code: code)) == code, "\(name) code \(code)")
    }
  }

  @Test(arguments: laws + odd)
  func lawIsMonotoneAndMeetsItsEnds(name: String, law: ParameterLaw) {
    let values = (0...law.highestCode).map(law.value(code:))
    let rises = law.atFull > law.atZero
    for (a, b) in zip(values, values.dropFirst()) { #expect(rises ? a < b : a > b, "\(name)") }
    for (value, end) in [(values[0], law.atZero), (values[law.highestCode], law.atFull)] {
      #expect(abs(value - end) <= 1e-12 * abs(end), "\(name)")
    }
    #expect(law.range == min(law.atZero, law.atFull)...max(law.atZero, law.atFull))
  }

  @Test(arguments: laws + odd)
  func nearestCodeClipsToTheNearerEnd(name: String, law: ParameterLaw) {
    let (low, high) = law.atFull > law.atZero ? (0, law.highestCode) : (law.highestCode, 0)
    for value in [law.range.lowerBound - 10, -.infinity] {
      #expect(law.nearestCode(for: value) == low, "\(name) at \(value)")
    }
    for value in [law.range.upperBound * 2 + 10, .greatestFiniteMagnitude, .infinity] {
      #expect(law.nearestCode(for: value) == high, "\(name) at \(value)")
    }
    #expect(law.nearestCode(for: .nan) == 0)
  }

  @Test(arguments: laws)
  func nearestCodeIsWithinHalfAStep(name: String, law: ParameterLaw) {
    var random = SequentialRandom(seed: 5, stream: 1)
    for _ in 0..<2_000 {
      let position = random.uniform()
      let value =
        law.shape == .linear
        ? law.atZero + (law.atFull - law.atZero) * position
        : law.atZero * DeterministicMath.pow(law.atFull / law.atZero, position)
      let code = Double(law.nearestCode(for: value))
      #expect(abs(code - position * Double(law.highestCode)) <= 0.5 + 1e-9, "\(name) at \(value)")
    }
  }
}
