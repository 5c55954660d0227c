import ChipInterface
import Compiler
import FirmwareModels
import HardwareSpec

extension LearningProgram {
  /// A built-in rule, assembled for a chip.
  ///
  /// - Throws: ``TrainingError/rule(name:faults:)``.
  public static func named(
    _ name: String, on spec: ChipSpec
  ) throws(TrainingError) -> LearningProgram {
    guard let learning = spec.learning else {
      throw .rule(name: name, faults: ["the chip '\(spec.name)' has no learning engine"])
    }
    do {
      return LearningProgram(try RuleLibrary.rule(name).assemble(for: learning))
    } catch { throw .rule(name: name, faults: [error.description]) }
  }
}
