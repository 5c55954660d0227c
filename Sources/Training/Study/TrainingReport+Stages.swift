extension TrainingReport {
  /// Notes software training with real weights.
  public mutating func noteFloat(_ outcome: TrainingOutcome) {
    (floatAccuracy, floatCourse) = (outcome.accuracy, outcome.testAccuracy)
    (floatRestarts, seconds.float) = (outcome.restarts, outcome.seconds.total)
  }

  /// Notes software training with rounded weights.
  public mutating func noteQuantised(_ outcome: TrainingOutcome) {
    (quantisedAccuracy, quantisedCourse) = (outcome.accuracy, outcome.testAccuracy)
    (quantisedRestarts, seconds.quantised) = (outcome.restarts, outcome.seconds.total)
  }

  /// Notes training in the loop.
  public mutating func noteLoop(_ outcome: TrainingOutcome) {
    (loopAccuracy, loopParts) = (outcome.testAccuracy, outcome.seconds)
    seconds.loop = outcome.seconds.total
    let training = outcome.seconds.chip + outcome.seconds.backward + outcome.seconds.write
    if training > 0 { samplesPerSecond = Double(outcome.samples) / training }
  }
}
