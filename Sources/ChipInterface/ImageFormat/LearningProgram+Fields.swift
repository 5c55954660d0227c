import HardwareSpec

/// The numbers of learning rules and plastic blocks, by name and in the order of the file.
extension LearningProgram {
  static let plain = LearningProgram(name: "", words: [], epochTicks: 1)

  static var fields: [NamedField<LearningProgram>] {
    [.integer("epoch", \.epochTicks)]
      + traceFields("x1", \.x1) + traceFields("x2", \.x2) + traceFields("y1", \.y1)
      + traceFields("y2", \.y2) + traceFields("y3", \.y3)
      + [.flag("traces-from-events", \.tracesFromEvents), .integer("burst", \.burstTicks)]
      + gradedFields("reward", \.reward) + gradedFields("error", \.error)
      + [.optional("tag-carry", \.tagCarry)]
  }

  private static func traceFields(
    _ name: String, _ path: WritableKeyPath<LearningProgram, TraceSettings>
  ) -> [NamedField<LearningProgram>] {
    [
      .real("\(name)-impulse", path.appending(path: \.impulse)),
      .real("\(name)-time", path.appending(path: \.timeConstant)),
      .choice("\(name)-trigger", path.appending(path: \.trigger.code)),
    ]
  }

  private static func gradedFields(
    _ name: String, _ path: WritableKeyPath<LearningProgram, GradedSettings>
  ) -> [NamedField<LearningProgram>] {
    [
      .real("\(name)-time", path.appending(path: \.timeConstant)),
      .integer("\(name)-own-spike", path.appending(path: \.ownSpike)),
      .flag("\(name)-minus-membrane", path.appending(path: \.subtractsMembrane)),
    ]
  }
}

extension TraceSettings.Trigger {
  /// The trigger as a number of the file.
  enum Code: UInt8 { case spikes, events, bursts }

  var code: Code {
    get {
      switch self {
      case .spikes: return .spikes
      case .events: return .events
      case .bursts: return .bursts
      }
    }
    set {
      switch newValue {
      case .spikes: self = .spikes
      case .events: self = .events
      case .bursts: self = .bursts
      }
    }
  }
}

extension Rewiring {
  static let plain = Rewiring(
    everyEpochs: 0, groupPairs: 0, synapsesPerGroup: 0, keepsFrom: 0, initialWeight: 0)

  static var fields: [NamedField<Rewiring>] {
    [
      .integer("every", \.everyEpochs), .integer("group", \.groupPairs),
      .integer("synapses", \.synapsesPerGroup), .integer("keeps-from", \.keepsFrom),
      .integer("new", \.initialWeight),
    ]
  }
}

extension PlasticBlock {
  static let plain = PlasticBlock(
    firstPair: 0, pairCount: 0, firstColumn: 0, columnCount: 0, program: 0)

  static var fields: [NamedField<PlasticBlock>] {
    [
      .integer("pair", \.firstPair), .integer("pairs", \.pairCount),
      .integer("column", \.firstColumn), .integer("columns", \.columnCount),
      .integer("rule", \.program), .flag("signed", \.isSigned),
    ]
  }
}
