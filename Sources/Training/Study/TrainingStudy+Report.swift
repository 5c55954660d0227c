import ChipInterface

/// Which stages the whole experiment has, and how long they are.
public struct StudyPlan: Equatable, Sendable {
  /// Epochs of software training with real weights (0 leaves it out), and with rounded weights.
  public var floatEpochs, quantisedEpochs: Int
  /// Epochs in the loop.
  public var loopEpochs: Int

  /// Makes a plan.
  public init(floatEpochs: Int = 40, quantisedEpochs: Int = 40, loopEpochs: Int = 10) {
    (self.floatEpochs, self.quantisedEpochs) = (floatEpochs, quantisedEpochs)
    self.loopEpochs = loopEpochs
  }
}

extension TrainingStudy {
  /// What the whole experiment gives.
  public struct Results: Sendable {
    /// The figures.
    public var report: TrainingReport
    /// The weights after quantised software training, and after training in the loop.
    public var quantised, loop: ShadowWeights

    /// Joins figures and weights.
    public init(report: TrainingReport, quantised: ShadowWeights, loop: ShadowWeights) {
      (self.report, self.quantised, self.loop) = (report, quantised, loop)
    }
  }

  /// Runs the whole experiment: float, quantised, deployed, in the loop.
  ///
  /// `injecting` is for the negative control, see ``inTheLoop(_:on:epochs:injecting:)``.
  public func run(
    _ plan: StudyPlan, ideal: any Chip, chip: any Chip, injecting: (any Chip)? = nil
  ) throws(TrainingError) -> Results {
    var report = TrainingReport(
      task: task.name, chip: chip.info.spec.name, chipSeed: chip.info.chipSeed,
      mismatch: chip.info.mismatch, seed: chip.info.trialSeed, netSeed: options.netSeed)
    if plan.floatEpochs > 0 {
      report.noteFloat(try float(on: ideal, epochs: plan.floatEpochs).outcome)
    }
    let (weights, quantised) = try quantised(on: ideal, epochs: plan.quantisedEpochs)
    report.noteQuantised(quantised)
    let started = ContinuousClock.now
    report.deployedAccuracy = try evaluate(weights, on: chip)
    report.seconds.deploy = (ContinuousClock.now - started).inSeconds
    let (healed, loop) = try inTheLoop(
      weights, on: chip, epochs: plan.loopEpochs, injecting: injecting)
    report.noteLoop(loop)
    return Results(report: report, quantised: weights, loop: healed)
  }
}
