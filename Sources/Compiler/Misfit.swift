/// One reason why a network does not fit a chip, or this compiler.
public enum Misfit: Equatable, Sendable {
  /// A network needs an Input node.
  case inputs(found: Int)
  /// A node leads nowhere or nothing leads to it.
  case unconnected(node: String, type: String)
  /// An edge leads to an Input node, or begins at an Output node.
  case connection(source: String, sourceType: String, target: String, targetType: String)
  /// A node has another number of values than its neighbour.
  case size(node: String, found: Int, expected: Int)
  /// A parameter, or a product of parameters, must be positive and of ordinary size.
  case notPositive(node: String, parameter: String, value: Double)
  /// The network needs more cores than the chip has.
  case cores(needed: Int, available: Int)
  /// A neuron has more inputs, times copies, than the cores that its circuits may join over have
  /// row pairs; one core where circuits do not join.
  case rowPairs(layer: String, needed: Int, available: Int, cores: Int, chip: String)
  /// Time constants lie outside of the chip's range; the farthest is given, in ticks.
  case timeConstant(
    layer: String, parameter: String, neurons: Int, ticks: Double, allowed: ClosedRange<Double>,
    remedy: TimeRemedy)
  /// Potentials lie outside of the chip's range; the farthest is given, in volts.
  case potential(
    layer: String, parameter: String, neurons: Int, volts: Double, allowed: ClosedRange<Double>)
  /// Input strengths of a layer's neurons differ more than the gains of the chip's circuits.
  case gainRange(layer: String, ratio: Double, available: Double)
  /// Projections onto one layer were given unlike scales, but share its gain.
  case unlikeScales(layer: String, scales: [Double])
  /// Too many weights are clipped.
  case clipped(projection: String, clipped: Int, of: Int, allowed: Double)
  /// The refractory counter is too short.
  case refractory(needed: Int, available: Int)
  /// An approximation, while `strict` allows none.
  case approximated(Approximation)
  /// The chip's cores have other neurons than the network.
  case neuronKind(needed: String, chip: String)
  /// Registers lie outside of what the chip's hold.
  case register(
    owner: String, index: Int, register: String, value: Int, allowed: ClosedRange<Int>)
  /// A neuron, or a core that is given as a whole, needs more than a core has.
  case fanIn(population: String, neuron: Int?, part: CorePart, needed: Int, available: Int)
  /// Synapses shall learn on a chip that does not.
  case noLearning(projection: String, chip: String)
  /// The graph's nodes or delays cannot become populations and projections of the chip.
  case lowering(LoweringMisfit)
  /// The calibration was made on another chip, or with another version of its file.
  case calibrationOfAnotherChip(chip: String, hash: String, neededChip: String, neededHash: String)
  /// The calibration contradicts itself or the chip.
  case calibration(fault: String)
  /// Time constants are shorter than a step; the shortest is given, in steps.
  case decay(layer: String, neurons: Int, steps: Double, remedy: Int)
  /// A crossbar's neurons integrate without leak or with a constant one.
  case crossbarNeurons(layer: String)
  /// Weights of a crossbar's neurons must be whole multiples of one number.
  case crossbarWeights(layer: String, largest: Int)
  /// A crossbar's neuron has one weight for each axon type.
  case crossbarTypes(layer: String, neuron: Int, found: Int, available: Int)
  /// The network does not fit the cores, links or chips.
  case mapping(MappingMisfit)

  /// What brings all time constants of the network into range.
  public enum TimeRemedy: Equatable, Sendable {
    /// Another number of ticks a step.
    case ticksPerStep(Int)
    /// Another length of a step, in seconds, which changes how coarse the network's time is.
    case dt(Double)
    /// The longest and the shortest are too far apart.
    case none
  }
}

extension Misfit: CustomStringConvertible {
  /// The code that `synapus explain` takes.
  public var code: String {
    switch self {
    case .inputs: return "E0301"
    case .unconnected: return "E0302"
    case .connection: return "E0303"
    case .size: return "E0305"
    case .notPositive: return "E0306"
    case .cores: return "E0311"
    case .rowPairs: return "E0312"
    case .timeConstant: return "E0313"
    case .potential: return "E0314"
    case .gainRange: return "E0315"
    case .unlikeScales: return "E0316"
    case .clipped: return "E0317"
    case .refractory: return "E0318"
    case .approximated: return "E0320"
    case .neuronKind: return "E0321"
    case .register: return "E0322"
    case .fanIn: return "E0323"
    case .noLearning: return "E0324"
    case .lowering(let misfit): return misfit.code
    case .calibrationOfAnotherChip: return "E0350"
    case .calibration: return "E0351"
    case .decay: return "E0360"
    case .crossbarNeurons: return "E0361"
    case .crossbarWeights: return "E0362"
    case .crossbarTypes: return "E0363"
    case .mapping(let misfit): return misfit.code
    }
  }

  /// Code and sentence, remedy, and where to read on, in three lines.
  public var description: String {
    "error[\(code)]: \(message)\ntry: \(remedy)\nsee: \(Self.help(code))"
  }

  /// The command that explains a code at length.
  public static func help(_ code: String) -> String { "synapus explain \(code)" }

  /// The layer, projection or node at fault; empty when it is the network.
  public var layer: String {
    switch self {
    case .inputs, .cores, .refractory, .neuronKind, .calibrationOfAnotherChip, .calibration:
      return ""
    case .lowering(let misfit): return misfit.layer
    case .mapping(let misfit): return misfit.layer
    case .unconnected(let node, _), .size(let node, _, _), .notPositive(let node, _, _):
      return node
    case .connection(_, _, let target, _): return target
    case .rowPairs(let layer, _, _, _, _), .timeConstant(let layer, _, _, _, _, _),
      .potential(let layer, _, _, _, _), .gainRange(let layer, _, _), .unlikeScales(let layer, _),
      .clipped(let layer, _, _, _), .register(let layer, _, _, _, _),
      .fanIn(let layer, _, _, _, _), .noLearning(let layer, _), .decay(let layer, _, _, _),
      .crossbarNeurons(let layer), .crossbarWeights(let layer, _),
      .crossbarTypes(let layer, _, _, _):
      return layer
    case .approximated(let approximation): return approximation.layer
    }
  }

  /// One sentence: who needs how much of what, how much there is, and by how much it is too much.
  public var message: String { words + excess }

  /// For example ` (256 used of 256, 344 over)`, where parts are counted.
  private var excess: String {
    guard isCounted, let (needed, available) = amounts, needed > available else { return "" }
    let (all, over) = (Int(available), Int(needed - available))
    return " (\(all) used of \(all), \(over) over)"
  }

  /// Whether the resource is a number of parts that are used one by one.
  private var isCounted: Bool {
    switch self {
    case .cores, .rowPairs, .fanIn: return true
    case .mapping(.connectedCores), .mapping(.brokenCores), .mapping(.noChipLinks),
      .mapping(.chips):
      return true
    default: return false
    }
  }

  private var words: String {
    switch self {
    case .inputs(let found): return "the network has \(found) Input nodes; it needs at least one"
    case .lowering(let misfit): return misfit.message
    case .mapping(let misfit): return misfit.message
    case .unconnected(let node, let type):
      return "\(type) node '\(node)' is not on a way from the input to a population"
    case .connection(let source, let sourceType, let target, let targetType):
      return "\(sourceType) node '\(source)' leads to \(targetType) node '\(target)'; nothing leads"
        + " to an Input, and nothing from an Output"
    case .size(let node, let found, let expected):
      return "node '\(node)' has \(found) values where its neighbours have \(expected)"
    case .notPositive(let node, let parameter, let value):
      return "\(parameter) of node '\(node)' is \(value); it must be above zero and finite"
    case .cores(let needed, let available):
      return "the network needs \(needed) cores; the chip has \(available)"
    case .rowPairs(let layer, let needed, let available, let cores, let chip):
      let place =
        cores > 1
        ? "\(cores) joined cores of chip '\(chip)' have \(available)"
        : "a core of chip '\(chip)', whose circuits do not join over cores, has \(available)"
      return "layer '\(layer)' needs \(needed) row pairs for the inputs of one neuron; " + place
    case .timeConstant(let layer, let parameter, let neurons, let ticks, let allowed, _):
      return "layer '\(layer)' needs \(parameter) of \(ticks.short) ticks (\(neurons)"
        + " neurons out of range); the chip has \(allowed.lowerBound.short) to"
        + " \(allowed.upperBound.short)"
    case .potential(let layer, let parameter, let neurons, let volts, let allowed):
      return "layer '\(layer)' needs \(parameter) at \(volts.short) V (\(neurons) neurons out"
        + " of range); the chip has \(allowed.lowerBound) to \(allowed.upperBound)"
    case .gainRange(let layer, let ratio, let available):
      return "layer '\(layer)' needs gains that differ by a factor of \(ratio.short); the"
        + " chip's differ by up to \(available.short)"
    case .unlikeScales(let layer, let scales):
      return "projections onto layer '\(layer)' ask for weights per step of"
        + " \(scales.map { "\($0)" }.joined(separator: ", ")); they share one gain"
    case .clipped(let projection, let clipped, let all, let allowed):
      return "projection '\(projection)' has \(clipped) of \(all) stored weights clipped;"
        + " \((100 * allowed).short) % are allowed"
    case .refractory(let needed, let available):
      return "neurons need \(needed) ticks of refractory time; the chip has 1 to \(available)"
    case .approximated(let approximation): return approximation.message
    case .neuronKind(let needed, let chip):
      return "the network needs digital cores of kind '\(needed)', which chip '\(chip)' lacks"
    case .register(let owner, let index, let register, let value, let allowed):
      return "'\(owner)' has \(register) \(value) at \(index); \(allowed.lowerBound) to"
        + " \(allowed.upperBound) is allowed"
    case .fanIn(let population, let neuron, let part, let needed, let available):
      let owner = neuron.map { "neuron \($0) of '\(population)'" } ?? "'\(population)'"
      return "\(owner) needs \(needed) \(part.rawValue); a core has \(available)"
    case .noLearning(let projection, let chip):
      return "projection '\(projection)' has a learning rule; chip '\(chip)' does not learn"
    case .calibrationOfAnotherChip(let chip, let hash, let needed, let neededHash):
      return
        "the calibration is of chip '\(chip)' (\(hash.prefix(12))); the network is compiled for"
        + " '\(needed)' (\(neededHash.prefix(12)))"
    case .calibration(let fault): return "the calibration does not fit the chip: \(fault)"
    case .decay(let layer, let neurons, let steps, _):
      return
        "layer '\(layer)' has time constants of \(steps.short) steps (\(neurons) neurons); a decay"
        + " register takes 1 and longer"
    case .crossbarNeurons(let layer):
      return "layer '\(layer)' has neurons with a leak in proportion or a synaptic time constant;"
        + " a crossbar's neurons integrate, with a constant leak"
    case .crossbarWeights(let layer, let largest):
      return
        "the weights onto layer '\(layer)' are no whole multiples, up to \(largest), of one number"
        + " of which biases and resets are multiples too"
    case .crossbarTypes(let layer, let neuron, let found, let available):
      return
        "neuron \(neuron) of layer '\(layer)' has \(found) distinct weights; a crossbar's neuron has"
        + " one for each of \(available) axon types"
    }
  }

  /// What to try.
  public var remedy: String {
    switch self {
    case .inputs: return "add an Input node, and lead it to the first weights"
    case .lowering(let misfit): return misfit.remedy
    case .mapping(let misfit): return misfit.remedy
    case .unconnected: return "remove the node, or connect it"
    case .connection: return "remove the edge"
    case .size: return "give the node one value a neuron"
    case .notPositive:
      return "repair the value in the network's file, or put a sign into the weights"
    case .cores: return "use a larger chip (--chip NAME-mesh-CxR), or fewer neurons"
    case .rowPairs(_, let needed, _, let cores, _):
      return cores > 1 || needed > 4096
        ? "use fewer copies, or split the layer's inputs over two layers"
        : "--chip synapus-1, which joins circuits of up to 16 cores, or fewer copies"
    case .timeConstant(_, _, _, _, _, .ticksPerStep(let ticks)): return "--ticks-per-step \(ticks)"
    case .timeConstant(_, _, _, _, _, .dt(let dt)): return "--dt \(dt)"
    case .timeConstant(_, let parameter, _, _, let allowed, .none):
      return "bring the network's time constants closer together, \(parameter) to"
        + " \(allowed.lowerBound.short) to \(allowed.upperBound.short) ticks"
    case .potential: return "use smaller biases, or potentials closer to leak and threshold"
    case .gainRange: return "put the differences of r and w_in into the weights"
    case .unlikeScales: return "give all projections onto the layer the same scale, or none"
    case .clipped(_, let clipped, let all, _):
      return "use more copies (--copies PROJECTION=N), a larger weight per step, or"
        + " --max-clip \(Self.percent(clipped, of: all))"
    case .refractory(let needed, let available):
      return "--refractory \(min(max(needed, 1), available))"
    case .approximated: return "compile without --strict"
    case .neuronKind: return "--chip loihi or --chip truenorth, as the network's neurons need"
    case .register(_, _, let register, _, let allowed):
      return "a \(register) of \(allowed.lowerBound) to \(allowed.upperBound)"
    case .fanIn: return "fewer synapses, fewer weight bits, or a population in between"
    case .noLearning: return "leave the rule out, or take another chip"
    case .calibrationOfAnotherChip: return "--chip with the calibrated chip, or calibrate this one"
    case .calibration: return "calibrate the chip again, or compile without --calibration"
    case .decay(_, _, _, let ticks): return "--ticks-per-step \(ticks)"
    case .crossbarNeurons: return "use IF or I nodes, or --chip loihi"
    case .crossbarWeights:
      return "round the weights to whole multiples of one step, or --chip loihi"
    case .crossbarTypes: return "train with fewer distinct weights, or --chip loihi"
    }
  }
}

extension Double {
  /// The number in four significant digits.
  var short: String {
    guard isFinite, (1e-6..<1e9).contains(magnitude) else { return "\(self)" }
    var scale = 1.0
    while magnitude * scale < 1_000 { scale *= 10 }
    return "\((self * scale).rounded() / scale)"
  }
}

extension Misfit {
  /// A share in per cent, rounded up to a tenth, so that it is not less than the share.
  fileprivate static func percent(_ part: Int, of all: Int) -> String {
    let tenths = (1000 * Double(part) / Double(max(all, 1))).rounded(.up)
    return "\(tenths / 10)%"
  }

  /// The chip's part that runs short, or the network's part at fault.
  public var resource: String {
    switch self {
    case .inputs: return "inputs"
    case .unconnected, .connection: return "graph"
    case .lowering(let misfit): return misfit.resource
    case .mapping(let misfit): return misfit.resource
    case .size: return "shape"
    case .notPositive(_, let parameter, _): return parameter
    case .cores: return "cores"
    case .rowPairs: return "row pairs"
    case .timeConstant(_, let parameter, _, _, _, _): return parameter
    case .potential(_, let parameter, _, _, _): return parameter
    case .gainRange, .unlikeScales: return "gain"
    case .clipped: return "weights"
    case .refractory: return "refractory"
    case .approximated: return "exactness"
    case .neuronKind: return "neurons"
    case .register(_, _, let register, _, _): return register
    case .fanIn(_, _, let part, _, _): return part.rawValue
    case .noLearning: return "learning"
    case .calibrationOfAnotherChip, .calibration: return "calibration"
    case .decay: return "decay"
    case .crossbarNeurons: return "neurons"
    case .crossbarWeights, .crossbarTypes: return "weights"
    }
  }

  /// How much is needed and how much there is, where finite numbers say it.
  var amounts: (needed: Double, available: Double)? {
    switch self {
    case .inputs(let found): return (Double(found), 1)
    case .cores(let needed, let available), .rowPairs(_, let needed, let available, _, _),
      .refractory(let needed, let available):
      return (Double(needed), Double(available))
    case .size(_, let found, let expected): return (Double(found), Double(expected))
    case .timeConstant(_, _, _, let value, let allowed, _),
      .potential(_, _, _, let value, let allowed):
      return finite(value, value < allowed.lowerBound ? allowed.lowerBound : allowed.upperBound)
    case .gainRange(_, let ratio, let available): return finite(ratio, available)
    case .clipped(_, let clipped, let all, let allowed):
      return (Double(clipped), allowed * Double(all))
    case .fanIn(_, _, _, let needed, let available):
      return (Double(needed), Double(available))
    case .lowering(let misfit): return misfit.amounts
    case .mapping(let misfit): return misfit.amounts
    default: return nil
    }
  }

  private func finite(_ a: Double, _ b: Double) -> (needed: Double, available: Double)? {
    a.isFinite && b.isFinite ? (a, b) : nil
  }
}
