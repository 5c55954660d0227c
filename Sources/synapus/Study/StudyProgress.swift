import Analysis
import Training

/// Shows how far the stages of a training are.
struct StudyProgress: Sendable {
  private let reporter: ProgressReporter

  /// Starts the clock of a stage.
  init(_ stage: String) { reporter = ProgressReporter(label: stage) }

  /// What training tells after every batch.
  var observer: @Sendable (TrainingProgress) -> Void {
    let reporter = reporter
    return { progress in
      let batches = Double(max(progress.batches, 1))
      let done = (Double(progress.epoch) + Double(progress.batch) / batches)
      var note = "epoch \(progress.epoch + 1)/\(progress.epochs)"
      if let accuracy = progress.testAccuracy {
        note += ", accuracy \(NumberText.percent(accuracy, places: 1))"
      }
      if progress.restarts > 0 { note += ", start \(progress.restarts + 1)" }
      reporter.update(fraction: done / Double(max(progress.epochs, 1)), note: note)
    }
  }

  /// Ends the stage with its figure.
  func finish(_ accuracy: Double?) {
    reporter.finish(
      note: accuracy.map { "accuracy \(NumberText.percent($0, places: 1))" } ?? "done")
  }
}
