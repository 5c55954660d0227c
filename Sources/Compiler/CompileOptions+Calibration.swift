import ChipInterface
import HardwareSpec

extension CompileOptions {
  /// The options with the circuits that a calibration could not bring to their targets as defects.
  func withCalibratedDefects(_ log: inout CompileLog) throws(CompilerError) -> CompileOptions {
    guard let calibration else { return self }
    if calibration.chipName != spec.name || calibration.specHash != spec.hash {
      log.add(
        .calibrationOfAnotherChip(
          chip: calibration.chipName, hash: calibration.specHash, neededChip: spec.name,
          neededHash: spec.hash))
    } else {
      for fault in calibration.faults(on: spec) { log.add(.calibration(fault: fault)) }
    }
    try log.stopAtMisfits()
    var options = self
    options.defects = defects.merging(
      DefectList(deadNeurons: calibration.failedCircuits(on: spec.geometry)))
    return options
  }
}
