import HardwareSpec

extension LearningRule {
  /// Makes microcode and settings for the engines of a chip.
  ///
  /// Everything that the chip cannot do is thrown at once, each with its line and column.
  public func assemble(for spec: LearningSpec) throws(RuleError) -> AssembledRule {
    let faults = RuleFaultList()
    let fitted = products.map { $0.fitted(to: spec) }
    for (product, place) in zip(fitted, places) {
      for reason in product.misfits(to: spec) { faults.add(place, reason) }
    }
    checkLength(fitted, spec, faults)
    var notes: [String] = []
    let stored = storedSettings(spec, faults, &notes)
    checkUses(fitted, spec, faults)
    guard faults.faults.isEmpty else { throw .doesNotFit(file: file, faults.sorted) }
    return AssembledRule(
      name: name, words: try LearningProduct.encode(fitted), settings: stored,
      membraneTable: settings.membrane?.table ?? [], notes: notes)
  }

  private func checkLength(
    _ fitted: [LearningProduct], _ spec: LearningSpec, _ faults: RuleFaultList
  ) {
    let count = fitted.reduce(0) { $0 + 1 + $1.factors.count }
    if count > spec.microcodeWords {
      faults.add(
        places.first ?? RulePlace(line: 1, column: 1),
        "the rule has \(count) words of microcode; a core of this chip holds"
          + " \(spec.microcodeWords)")
    }
    if fitted.count > LearningProduct.most {
      faults.add(
        places[LearningProduct.most],
        "the rule has \(fitted.count) products; up to \(LearningProduct.most) are allowed")
    }
  }

  func place(_ key: String) -> RulePlace { lines?[key] ?? RulePlace(line: 1, column: 1) }

  /// The settings as the chip stores them.
  private func storedSettings(
    _ spec: LearningSpec, _ faults: RuleFaultList, _ notes: inout [String]
  ) -> RuleSettings {
    var stored = settings
    let traces: [(String, WritableKeyPath<RuleSettings, TraceSettings?>)] = [
      ("x1", \.x1), ("x2", \.x2), ("y1", \.y1), ("y2", \.y2), ("y3", \.y3),
    ]
    for (name, path) in traces {
      guard let trace = settings[keyPath: path] else { continue }
      stored[keyPath: path] = storedTrace(trace, name, spec, faults, &notes)
    }
    check("epoch", settings.epochTicks, 1...spec.longestEpoch, "an epoch", "ticks", faults)
    let signed = (1 << spec.signedFactorBits) - 1
    check("error", settings.error.ownSpike, -signed...signed, "an own spike", "", faults)
    if let membrane = settings.membrane, !membrane.isDefined || membrane.height > Double(signed) {
      faults.add(
        place("membrane"),
        "p reaches \(membrane.height) in size; signed factors of this chip go to \(signed)")
    }
    for (key, tau) in [
      ("reward", settings.reward.timeConstant), ("error", settings.error.timeConstant),
    ] where !(0...65_535).contains(tau) {
      faults.add(place(key), "tau of '\(key):' is \(tau); 0 to 65535 ticks are allowed")
    }
    checkUpkeep(spec, faults)
    return stored
  }

  private func check(
    _ key: String, _ value: Int, _ range: ClosedRange<Int>, _ what: String, _ unit: String,
    _ faults: RuleFaultList
  ) {
    guard !range.contains(value) else { return }
    let unit = unit.isEmpty ? "" : " \(unit)"
    faults.add(
      place(key),
      "'\(key):' is \(value); \(what) of this chip is \(range.lowerBound) to"
        + " \(range.upperBound)\(unit)")
  }

  private func storedTrace(
    _ trace: TraceSettings, _ name: String, _ spec: LearningSpec, _ faults: RuleFaultList,
    _ notes: inout [String]
  ) -> TraceSettings {
    if spec.traceSource == .sensors {
      notes.append(
        "\(name): the chip's correlation sensors have amplitudes and time constants of their own;"
          + " the rule's impulse and tau are not used")
    }
    let largest = (1 << spec.traceBits) - 1
    guard trace.impulse >= 0, trace.impulse < Double(largest + 1) else {
      faults.add(
        place(name),
        "the impulse of \(name) is \(trace.impulse); impulses of this chip are 0 to \(largest) and"
          + " a fraction")
      return trace
    }
    guard trace.timeConstant >= 0, trace.timeConstant <= 65_535 else {
      faults.add(
        place(name), "tau of \(name) is \(trace.timeConstant); 0 to 65535 ticks are allowed")
      return trace
    }
    var stored = trace
    stored.impulse = min((trace.impulse * 256).rounded(), Double((largest + 1) * 256 - 1)) / 256
    if stored.impulse != trace.impulse {
      notes.append("\(name): the impulse \(trace.impulse) is stored as \(stored.impulse)")
    }
    return stored
  }

  private func checkUpkeep(_ spec: LearningSpec, _ faults: RuleFaultList) {
    if let carry = settings.tagCarry {
      let largest = min(spec.tags.upperBound, -spec.tags.lowerBound)
      check("tag-carry", carry, 1...largest, "a tag that carries", "", faults)
      if !products.contains(where: { $0.target == .tag }) {
        faults.add(place("tag-carry"), "'tag-carry:' stands in a rule without 'dt =': no tag grows")
      }
    }
    check("burst", settings.burstTicks, 0...65_535, "a burst", "ticks", faults)
    if let rewiring = settings.rewiring {
      check("rewiring", rewiring.everyEpochs, 1...1_000_000, "a round", "epochs", faults)
      check("rewiring", rewiring.groupPairs, 1...65_535, "a group", "row pairs", faults)
      check(
        "rewiring", rewiring.synapsesPerGroup, 1...max(1, rewiring.groupPairs),
        "synapses of a group", "", faults)
      let largest = (1 << spec.weightFactorBits) - 1
      for weight in [rewiring.keepsFrom, rewiring.initialWeight] {
        check("rewiring", weight, -largest...largest, "a weight", "", faults)
      }
    }
  }

  /// Factors that nothing feeds: only a file can be asked for all its lines.
  private func checkUses(
    _ fitted: [LearningProduct], _ spec: LearningSpec, _ faults: RuleFaultList
  ) {
    guard lines != nil else { return }
    var named: Set<LearningFactor.Variable> = []
    for (product, place) in zip(fitted, places) {
      for variable in product.factors.map(\.variable) where !named.contains(variable) {
        guard let missing = missingLine(variable, spec) else { continue }
        named.insert(variable)
        faults.add(
          place, "the product reads \(variable.name), and there is no line '\(missing)'")
      }
    }
  }

  /// The line that feeds a variable, if it is needed and missing.
  private func missingLine(_ variable: LearningFactor.Variable, _ spec: LearningSpec) -> String? {
    let trace: TraceSettings?
    switch variable {
    case .x1: trace = settings.x1
    case .x2: trace = settings.x2
    case .y1: trace = settings.y1
    case .y2: trace = settings.y2
    case .y3: trace = settings.y3
    case .p: return settings.membrane == nil ? "membrane: SHAPE ..." : nil
    default: return nil
    }
    let isGraded = settings.tracesFromEvents && [.y1, .y2, .y3].contains(variable)
    guard trace == nil, !isGraded, spec.traceSource == .counters else { return nil }
    return "\(variable.name): impulse I, tau T"
  }
}
