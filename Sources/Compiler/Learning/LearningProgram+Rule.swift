import ChipInterface
import FirmwareModels

extension LearningProgram {
  /// The program of an assembled rule, as an image carries it.
  public init(_ rule: AssembledRule) {
    let settings = rule.settings
    self.init(name: rule.name, words: rule.words, epochTicks: settings.epochTicks)
    (x1, x2) = (TraceSettings(settings.x1), TraceSettings(settings.x2))
    (y1, y2) = (TraceSettings(settings.y1), TraceSettings(settings.y2))
    y3 = TraceSettings(settings.y3)
    (tracesFromEvents, burstTicks) = (settings.tracesFromEvents, settings.burstTicks)
    reward = GradedSettings(timeConstant: settings.rewardTimeConstant)
    error = GradedSettings(
      timeConstant: settings.errorTimeConstant, ownSpike: settings.errorOwnSpike,
      subtractsMembrane: settings.errorMinusMembrane)
    membraneTable = rule.membraneTable
    tagCarry = settings.tagCarry
    rewiring = settings.rewiring.map { rewiring in
      Rewiring(
        everyEpochs: rewiring.everyEpochs, groupPairs: rewiring.groupPairs,
        synapsesPerGroup: rewiring.synapsesPerGroup, keepsFrom: rewiring.keepsFrom,
        initialWeight: rewiring.initialWeight)
    }
  }
}

extension TraceSettings {
  /// The trace of a rule; a trace that the rule does not use is off.
  fileprivate init(_ trace: RuleTrace?) {
    guard let trace else {
      self = .off
      return
    }
    let trigger: Trigger
    switch trace.trigger {
    case .spikes: trigger = .spikes
    case .events: trigger = .events
    case .bursts: trigger = .bursts
    }
    self.init(impulse: trace.impulse, timeConstant: trace.timeConstant, trigger: trigger)
  }
}
