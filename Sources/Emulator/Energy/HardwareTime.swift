import ChipInterface
import HardwareSpec

/// The time that the chip would take for an experiment, readout and set-up included.
///
/// A set of ADC samples keeps converter and link busy for a fixed time; sets wait for one another,
/// so that a run that is sampled faster than they allow ends later. A sample is over when its last
/// tick and its last set are; then the next one is set up. Where the chip file has no section
/// `energy:`, only the ticks count.
public struct HardwareTime: Sendable {
  private let time: ChipTime
  private let energy: EnergySpec?

  /// Takes the times of a chip.
  public init(_ spec: ChipSpec) { (time, energy) = (spec.time, spec.energy) }

  /// One sample, from its first tick to the first of the next, in seconds.
  ///
  /// Sets of ADC samples are taken at the ends of ticks `every`, `2·every`, ...
  public func seconds(sampleOf ticks: Int, adcSets sets: Int, every: Int) -> Double {
    let run = Double(ticks) * time.tickSeconds
    guard let energy else { return run }
    return max(run, endOfReadout(sets, every, energy.readoutSecondsPerSet))
      + energy.setUpSecondsPerSample
  }

  /// All samples of an experiment, in seconds.
  public func seconds(_ experiment: Experiment) -> Double {
    Double(experiment.inputs.sampleCount) * secondsPerSample(experiment)
  }

  /// One sample of an experiment, in seconds: all take as long.
  func secondsPerSample(_ experiment: Experiment) -> Double {
    seconds(
      sampleOf: experiment.durationTicks,
      adcSets: experiment.recorded.adcSamples(ticks: experiment.durationTicks),
      every: experiment.recorded.adcEvery)
  }

  /// When the last set is through, in seconds from the sample's start.
  ///
  /// Sets come `every` ticks apart and take as long each: either every set finds the converter
  /// free, or all wait for the first.
  private func endOfReadout(_ sets: Int, _ every: Int, _ each: Double) -> Double {
    guard sets > 0 else { return 0 }
    let interval = Double(every) * time.tickSeconds
    return max(Double(sets) * interval + each, interval + Double(sets) * each)
  }
}
