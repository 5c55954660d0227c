import FirmwareModels
import Testing

@Suite struct LearningProductTests {
  @Test func rawValuesOfVariablesAreThoseOfTheMicrocode() {
    #expect(LearningFactor.Variable.allCases.map(\.rawValue) == Array(0...12))
  }
}
