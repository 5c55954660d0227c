import HardwareSpec

/// Why a network was not compiled.
public enum CompilerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An option lies outside of what is allowed.
  case option(name: String, value: Double, lowest: Double, highest: Double)
  /// An option names a projection that the network does not have.
  case unknownProjection(String, known: [String])
  /// The readout rule names a population that the network does not have.
  case unknownPopulation(String, known: [String])
  /// The network does not fit the chip; the report lists every misfit.
  case doesNotFit(CompileReport)
  /// A pass left its stage in contradiction with itself: a fault of this program.
  case brokenInvariants(stage: String, [String])
  /// Weights of a projection have a wrong number.
  case weightCount(projection: String, found: Int, expected: Int)
  /// The map of a projection contradicts itself.
  case malformedMap(projection: String)
  /// A file in YAML has faults; all are listed, each with its line.
  case faultyFile(String, [SpecError.Fault])
  /// Two populations, or two rules, have one name.
  case duplicateName(String)
  /// A population has no neuron, or a network no population.
  case emptyPopulation(String)
  /// A synapse names a neuron that its population does not have.
  case synapseEnds(projection: String, sender: Int, receiver: Int, senders: Int, receivers: Int)
  /// A projection has two synapses between the same neurons.
  case duplicateSynapse(projection: String, sender: Int, receiver: Int)
  /// A crossbar has another number of rows than axons.
  case crossbarShape(core: Int, rows: Int, axons: Int)
  /// The columns that an axon reaches do not ascend.
  case crossbarOrder(core: Int, axon: Int)
  /// A route or input names an axon that the core does not have.
  case unknownAxon(core: Int, axon: Int)
  /// A route or synapse names a neuron that the core does not have.
  case unknownNeuron(core: Int, neuron: Int)
  /// A network of weights and rectifiers does not become a spiking one.
  case conversion(ConversionFault)

  /// One sentence, or one a misfit: what, where, what is allowed, what to try.
  public var description: String {
    switch self {
    case .option(let name, let value, let lowest, let highest):
      return "\(name) is \(value); \(lowest) to \(highest) is allowed"
    case .unknownProjection(let name, let known):
      return "there is no projection '\(name)'; the network has \(known.joined(separator: ", "))"
    case .unknownPopulation(let name, let known):
      return "there is no population '\(name)'; the network has \(known.joined(separator: ", "))"
    case .doesNotFit(let report):
      return report.misfits.map { MisfitEntry($0, in: report).text }.joined(separator: "\n")
    case .brokenInvariants(let stage, let faults):
      return "the compiler is at fault: after '\(stage)' " + faults.joined(separator: "; ")
    case .weightCount(let projection, let found, let expected):
      return "projection '\(projection)' takes \(expected) weights; \(found) were given"
    case .malformedMap(let projection):
      return "the map of projection '\(projection)' contradicts itself; compile the network again"
    case .faultyFile(let file, let faults):
      return faults.map { "\(file):\($0.line): \($0.message)" }.joined(separator: "\n")
    case .duplicateName(let name): return "the name '\(name)' is given twice; choose another"
    case .emptyPopulation(let name):
      return name.isEmpty
        ? "the network has no population; it needs at least one"
        : "population '\(name)' has no neuron; it needs at least one"
    case .synapseEnds(let projection, let sender, let receiver, let senders, let receivers):
      return "projection '\(projection)' has a synapse from \(sender) to \(receiver); senders are"
        + " 0 to \(senders - 1), receivers 0 to \(receivers - 1)"
    case .duplicateSynapse(let projection, let sender, let receiver):
      return "projection '\(projection)' has two synapses from \(sender) to \(receiver); put one of"
        + " them into a projection of its own"
    case .crossbarShape(let core, let rows, let axons):
      return "core \(core) has \(rows) rows of synapses and \(axons) axon types; it needs as many"
    case .crossbarOrder(let core, let axon):
      return "core \(core) axon \(axon) must list its columns once each, in ascending order"
    case .unknownAxon(let core, let axon):
      return "there is no axon \(axon) on core \(core) of the network"
    case .unknownNeuron(let core, let neuron):
      return "there is no neuron \(neuron) on core \(core) of the network"
    case .conversion(let fault): return fault.message
    }
  }
}
