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
      let float = try float(on: ideal, epochs: plan.floatEpochs).outcome
      (report.floatAccuracy, report.floatCourse) = (float.accuracy, float.testAccuracy)
      (report.floatRestarts, report.seconds.float) = (float.restarts, float.seconds.total)
    }
    let (weights, quantised) = try quantised(on: ideal, epochs: plan.quantisedEpochs)
    (report.quantisedAccuracy, report.quantisedCourse) = (
      quantised.accuracy, quantised.testAccuracy
    )
    (report.quantisedRestarts, report.seconds.quantised) = (
      quantised.restarts, quantised.seconds.total
    )
    let started = ContinuousClock.now
    report.deployedAccuracy = try evaluate(weights, on: chip)
    report.seconds.deploy = (ContinuousClock.now - started).inSeconds
    let (healed, loop) = try inTheLoop(
      weights, on: chip, epochs: plan.loopEpochs, injecting: injecting)
    (report.loopAccuracy, report.loopParts) = (loop.testAccuracy, loop.seconds)
    report.seconds.loop = loop.seconds.total
    let training = loop.seconds.chip + loop.seconds.backward + loop.seconds.write
    if training > 0 { report.samplesPerSecond = Double(loop.samples) / training }
    return Results(report: report, quantised: weights, loop: healed)
  }
}
