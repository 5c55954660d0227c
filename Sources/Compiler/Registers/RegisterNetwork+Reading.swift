import ChipInterface
import FirmwareModels
import HardwareSpec
import Yams

extension RegisterNetwork {
  /// The end of a register file's name.
  public static let fileSuffix = ".regs.yaml"
  /// The largest register file that is read, in bytes.
  public static let largestBytes = FileGuard.registerFile.largestBytes

  /// Parses a register file; its rules are assembled for a chip.
  ///
  /// docs/registers.md describes the file.
  /// - Throws: ``CompilerError/faultyFile(_:_:)`` with all faults, each with its line.
  public init(yaml: String, file: String, for spec: ChipSpec) throws(CompilerError) {
    do {
      if let fault = FileGuard.registerFile.fault(in: yaml) {
        throw SpecError.faults(file: file, [fault])
      }
      let faults = FaultList(of: "the register file")
      self.init(reading: try YAMLDocument.root(of: yaml, file: file), spec, faults)
      try faults.throwAny(file: file)
    } catch SpecError.faults(let file, let faults) {
      throw .faultyFile(file, faults)
    } catch {
      throw .faultyFile(file, [.init(line: 1, message: "\(error)")])
    }
  }

  private init(reading root: Node, _ spec: ChipSpec, _ faults: FaultList) {
    let file = SectionReader(
      root, path: "",
      keys: [
        "format", "name", "steps", "step_seconds", "inputs", "populations", "projections", "rules",
        "crossbar",
      ], faults)
    _ = file.word("format", allowed: ["synapus-registers/1"])
    let name = file.text("name", RegisterName.rule, where: RegisterName.isName)
    let steps = file.integer("steps", 1...Experiment.longestTicks)
    if file.has("crossbar") {
      for key in ["inputs", "populations", "projections", "rules"] {
        file.require(!file.has(key), "a file with 'crossbar' has no '\(key)'; they exclude another")
      }
      self.init(
        name: name, steps: steps, body: .crossbar(CrossbarReader(file).network()))
    } else {
      self.init(
        name: name, steps: steps, body: .currentBased(CurrentBasedReader(file, spec).network()))
    }
    if file.has("step_seconds") { stepSeconds = file.number("step_seconds", 1e-12...1e3) }
  }
}

/// What populations, projections and rules may be called.
enum RegisterName {
  static let rule = "1 to 64 letters, digits, '.', '_' and '-', beginning with a letter"

  static func isName(_ text: String) -> Bool {
    text.wholeMatch(of: /[A-Za-z][A-Za-z0-9._-]{0,63}/) != nil
  }
}

/// Reads populations and projections of current-based neurons.
private struct CurrentBasedReader {
  private let file: SectionReader

  private let spec: ChipSpec

  init(_ file: SectionReader, _ spec: ChipSpec) { (self.file, self.spec) = (file, spec) }

  /// More neurons or inputs no digital chip of ours has.
  private static let most = 1 << 22

  func network() -> CurrentBasedNetwork {
    let inputs = file.integer("inputs", 0...Self.most)
    let populations = file.sections("populations", keys: Self.populationKeys).map(population)
    if !file.has("populations") { _ = file.value("populations") }
    let rules = rules()
    var network = CurrentBasedNetwork(inputCount: inputs, populations: populations, projections: [])
    network.projections = file.sections("projections", keys: Self.projectionKeys).compactMap {
      projection($0, network, rules)
    }
    return network
  }

  private static let populationKeys = [
    "name", "neurons", "current_decay", "voltage_decay", "threshold", "low_threshold",
    "bias_mantissa", "bias_exponent", "refractory_count", "initial_current", "initial_voltage",
    "reset_interval", "reset_offset", "lowest_voltage",
  ]

  private func population(_ section: SectionReader) -> RegisterPopulation {
    let name = section.text("name", RegisterName.rule, where: RegisterName.isName)
    let count = section.integer("neurons", 1...Self.most)
    let registers = Registers(section, count: section.isFaultless ? count : 1)
    let neurons = (0..<registers.count).map(registers.neuron)
    let lowest = section.integer("lowest_voltage", Registers.state, absent: -(1 << 23) + 1)
    return RegisterPopulation(name: name, neurons: neurons, lowestVoltage: Int32(lowest))
  }

  private static let projectionKeys = [
    "name", "from", "to", "weights", "delays", "tags", "synapses", "weight_bits",
    "weight_exponent", "signs", "rule", "delay_acts", "negative_spikes",
  ]

  private func projection(
    _ section: SectionReader, _ network: CurrentBasedNetwork, _ rules: [String: LearningProgram?]
  ) -> RegisterProjection? {
    let name = section.text("name", RegisterName.rule, where: RegisterName.isName)
    let known = network.populations.map(\.name)
    let source = section.word("from", allowed: ["input"] + known)
    let target = section.word("to", allowed: known)
    guard section.isFaultless, let receivers = network.population(target)?.neurons.count else {
      return nil
    }
    var projection = RegisterProjection(
      name: name, source: source == "input" ? nil : source, target: target, synapses: [])
    let senders = network.senderCount(of: projection) ?? 0
    projection.synapses = synapses(section, senders: senders, receivers: receivers)
    projection.weightBits = section.integer("weight_bits", 1...9, absent: 8)
    projection.weightExponent = section.integer("weight_exponent", -8...8, absent: 0)
    projection.signMode = Self.signMode(section)
    projection.delayActs = section.flag("delay_acts", absent: true)
    if section.has("negative_spikes") {
      let word = section.word("negative_spikes", allowed: ["subtract", "add"])
      projection.subtractsNegativeSpikes = word == "subtract"
    }
    if section.has("rule") {
      projection.program = rules[section.word("rule", allowed: rules.keys.sorted())] ?? nil
    }
    return projection
  }

  private static func signMode(_ section: SectionReader) -> SignMode? {
    guard section.has("signs") else { return nil }
    switch section.word("signs", allowed: ["auto", "mixed", "excitatory", "inhibitory"]) {
    case "mixed": return .mixed
    case "excitatory": return .excitatory
    case "inhibitory": return .inhibitory
    default: return nil
    }
  }

  /// A dense table of weights, or a list of synapses.
  private func synapses(
    _ section: SectionReader, senders: Int, receivers: Int
  ) -> [RegisterSynapse] {
    section.require(
      section.has("weights") != section.has("synapses"),
      "a projection has either 'weights', a table of \(receivers) rows (receivers) of \(senders)"
        + " numbers (senders), or 'synapses', a list of [receiver, sender, weight]")
    if section.has("weights") {
      let tables = ["weights", "delays", "tags"].map { key in
        section.table(
          key, key == "delays" ? 0...255 : -32_768...32_767, rows: receivers,
          columns: senders...senders)
      }
      guard section.isFaultless else { return [] }
      return RegisterProjection(
        name: "", source: nil, target: "", weights: tables[0], delays: tables[1], tags: tables[2]
      ).synapses
    }
    for key in ["delays", "tags"] {
      section.require(!section.has(key), "'\(key)' goes with 'weights'; put it into 'synapses'")
    }
    return section.entries("synapses").map { node in
      let row = section.row(node, section.name("synapses"), -32_768...1 << 22, columns: 3...5)
      guard row.count >= 3 else { return RegisterSynapse(sender: 0, receiver: 0, weight: 0) }
      return RegisterSynapse(
        sender: row[1], receiver: row[0], weight: row[2], delay: row.count > 3 ? row[3] : 0,
        tag: row.count > 4 ? row[4] : 0)
    }
  }
}

/// The registers of a population's neurons.
private struct Registers {
  static let state = -(1 << 24)...1 << 24
  let count: Int
  private let currentDecay, voltageDecay, threshold, lowThreshold, biasMantissa, biasExponent: [Int]
  private let refractory, current, voltage, interval, offset: [Int]
  private let isTernary: Bool

  init(_ section: SectionReader, count: Int) {
    self.count = count
    func values(_ key: String, _ range: ClosedRange<Int>) -> [Int] {
      section.values(key, range, count: count, absent: 0)
    }
    (currentDecay, voltageDecay) = (
      values("current_decay", 0...4095), values("voltage_decay", 0...4095)
    )
    if !section.has("threshold") { _ = section.value("threshold") }
    threshold = values("threshold", -(1 << 23)...1 << 23)
    isTernary = section.has("low_threshold")
    lowThreshold = values("low_threshold", -(1 << 23)...1 << 23)
    biasMantissa = values("bias_mantissa", -32_768...32_767)
    biasExponent = values("bias_exponent", -15...15)
    refractory = values("refractory_count", 0...255)
    current = values("initial_current", Self.state)
    voltage = values("initial_voltage", Self.state)
    interval = values("reset_interval", 0...65_535)
    offset = values("reset_offset", 0...65_535)
  }

  func neuron(_ i: Int) -> CurrentBasedNeuron {
    var neuron = CurrentBasedNeuron(
      currentDecay: UInt16(currentDecay[i]), voltageDecay: UInt16(voltageDecay[i]),
      threshold: Int32(threshold[i]), biasMantissa: Int16(biasMantissa[i]),
      biasExponent: Int8(biasExponent[i]), refractoryCount: UInt8(refractory[i]),
      initialCurrent: Int32(current[i]), initialVoltage: Int32(voltage[i]))
    if isTernary { neuron.lowThreshold = Int32(lowThreshold[i]) }
    (neuron.resetInterval, neuron.resetOffset) = (UInt16(interval[i]), UInt16(offset[i]))
    return neuron
  }
}

extension CurrentBasedReader {
  /// The rules by name, each assembled for the chip; nil where one has faults.
  fileprivate func rules() -> [String: LearningProgram?] {
    var rules: [String: LearningProgram?] = [:]
    for section in file.sections("rules", keys: ["name", "text", "three_factor"]) {
      let name = section.text("name", RegisterName.rule, where: RegisterName.isName)
      section.require(rules.keys.contains(name) == false, "the rule '\(name)' is given twice")
      rules.updateValue(program(section, name), forKey: name)
    }
    return rules
  }

  private func program(_ section: SectionReader, _ name: String) -> LearningProgram? {
    guard let node = section.value("text"), let text = node.string else { return nil }
    guard let learning = spec.learning else {
      file.faults.add(node, "chip '\(spec.name)' does not learn; leave the rules out")
      return nil
    }
    do throws(RuleError) {
      var rule = try LearningRule(parsing: text, file: name)
      rule.name = name
      rule.settings.tracesFromEvents = section.flag("three_factor", absent: false)
      return LearningProgram(try rule.assemble(for: learning))
    } catch {
      add(error, at: node)
      return nil
    }
  }

  /// Faults of a rule at their lines of the register file; a block of text begins behind its key.
  private func add(_ error: RuleError, at node: Node) {
    switch error {
    case .faults(_, let faults), .doesNotFit(_, let faults):
      for fault in faults {
        file.faults.add(
          node, "rule line \(fault.line), column \(fault.column): \(fault.message)",
          linesBelow: fault.line)
      }
    default: file.faults.add(node, error.description)
    }
  }
}
