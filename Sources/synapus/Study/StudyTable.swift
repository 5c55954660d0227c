import Analysis
import Training

extension TrainingReport {
  /// The accuracies and times of the stages, for people.
  var table: String {
    var table = TextTable("stage", "accuracy", "seconds")
    func row(_ stage: String, _ accuracy: Double?, _ seconds: Double) {
      guard let accuracy else { return }
      table.append([
        stage, NumberText.percent(accuracy, places: 1), NumberText.fixed(seconds, places: 1),
      ])
    }
    row("software, real weights", floatAccuracy, self.seconds.float)
    row("software, whole steps", quantisedAccuracy, self.seconds.quantised)
    row("deployed on the chip", deployedAccuracy, self.seconds.deploy)
    row("after 1 epoch in the loop", loopAccuracy.first, 0)
    if loopAccuracy.count > 1 {
      row(
        "after \(loopAccuracy.count) epochs (mean of last 3)", finalLoopAccuracy, self.seconds.loop)
    }
    return table.text()
  }
}
