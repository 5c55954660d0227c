/// Why a network was not compiled.
public enum CompilerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An option lies outside of what is allowed.
  case option(name: String, value: Double, lowest: Double, highest: Double)
  /// An option names a projection that the network does not have.
  case unknownProjection(String, known: [String])
  /// The readout rule names a population that the network does not have.
  case unknownPopulation(String, known: [String])
  /// A network of neurons with time constants and volts was to be put on a digital chip.
  case digitalChip(String)
  /// The network does not fit the chip; the report lists every misfit.
  case doesNotFit(CompileReport)
  /// A pass left its stage in contradiction with itself: a fault of this program.
  case brokenInvariants(stage: String, [String])
  /// Weights of a projection have a wrong number.
  case weightCount(projection: String, found: Int, expected: Int)
  /// The map of a projection contradicts itself.
  case malformedMap(projection: String)

  /// One sentence, or one a misfit: what, where, what is allowed, what to try.
  public var description: String {
    switch self {
    case .option(let name, let value, let lowest, let highest):
      return "\(name) is \(value); \(lowest) to \(highest) is allowed"
    case .unknownProjection(let name, let known):
      return "there is no projection '\(name)'; the network has \(known.joined(separator: ", "))"
    case .unknownPopulation(let name, let known):
      return "there is no population '\(name)'; the network has \(known.joined(separator: ", "))"
    case .digitalChip(let name):
      return
        "NIR networks are compiled for analog chips and \(name) is digital; write its registers"
        + " as NAME.regs.yaml, or take another chip"
    case .doesNotFit(let report):
      return report.misfits.map(\.description).joined(separator: "\n")
    case .brokenInvariants(let stage, let faults):
      return "the compiler is at fault: after '\(stage)' " + faults.joined(separator: "; ")
    case .weightCount(let projection, let found, let expected):
      return "projection '\(projection)' takes \(expected) weights; \(found) were given"
    case .malformedMap(let projection):
      return "the map of projection '\(projection)' contradicts itself; compile the network again"
    }
  }
}
