import ChipInterface
import Emulator
import HardwareSpec
import Training

/// Runs the stages of the main experiment one after the other, each with its progress.
struct StudyStages {
  let task: TrainingTask
  let spec: ChipSpec
  var layers = TrainedLayers.all
  let netSeed: UInt64
  let threads: Int

  /// The study, told to show its progress under a stage's name.
  func study(_ progress: StudyProgress? = nil) throws -> TrainingStudy {
    try TrainingStudy(
      task: task, spec: spec,
      options: TrainingOptions(
        netSeed: netSeed, layers: layers, threads: threads,
        cancellation: Interruption.cancellation, observer: progress?.observer))
  }

  /// An ideal chip of the same kind.
  var ideal: IdealChip { IdealChip(spec, threads: threads) }

  /// Software training, deployment, training in the loop.
  func run(
    _ plan: StudyPlan, chip: any Chip, injectsIdeal: Bool = false
  ) throws -> TrainingStudy.Results {
    Interruption.watch()
    var report = TrainingReport(
      task: task.name, chip: spec.name, chipSeed: chip.info.chipSeed,
      mismatch: chip.info.mismatch, seed: chip.info.trialSeed, netSeed: netSeed)
    if plan.floatEpochs > 0 {
      let float = try stage("software, real weights") {
        try $0.float(on: ideal, epochs: plan.floatEpochs)
      }
      report.noteFloat(float.outcome)
    }
    let quantised = try stage("software, whole steps") {
      try $0.quantised(on: ideal, epochs: plan.quantisedEpochs)
    }
    report.noteQuantised(quantised.outcome)
    let clock = ResourceClock()
    report.deployedAccuracy = try study().evaluate(quantised.weights, on: chip)
    report.seconds.deploy = clock.seconds
    guard plan.loopEpochs > 0 else {
      return .init(report: report, quantised: quantised.weights, loop: quantised.weights)
    }
    let loop = try stage("in the loop") {
      try $0.inTheLoop(
        quantised.weights, on: chip, epochs: plan.loopEpochs,
        injecting: injectsIdeal ? ideal : nil)
    }
    report.noteLoop(loop.outcome)
    return .init(report: report, quantised: quantised.weights, loop: loop.weights)
  }

  private func stage(
    _ name: String, _ body: (TrainingStudy) throws -> TrainingStudy.Trained
  ) throws -> TrainingStudy.Trained {
    let progress = StudyProgress(name)
    let trained = try body(study(progress))
    progress.finish(trained.outcome.accuracy)
    return trained
  }
}
