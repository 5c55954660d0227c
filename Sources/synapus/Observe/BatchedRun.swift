import Analysis
import ChipInterface

/// An experiment in slices, so that progress is told and Ctrl-C is heard.
struct BatchedRun {
  private static let slice = 256
  private let experiment: Experiment

  init(_ experiment: Experiment) { self.experiment = experiment }

  /// Runs all slices and joins what they record, spikes in order of time as files hold them.
  ///
  /// `each` sees every slice as it comes; what only it needs, queue occupancies, is not joined.
  func run(
    on chip: any Chip, each: (Recording, Experiment) throws -> Void = { _, _ in }
  ) throws -> Recording {
    let count = experiment.inputs.sampleCount
    let progress = ProgressReporter(label: "run")
    var whole: Recording?
    var start = 0
    repeat {
      let samples = start..<min(start + Self.slice, count)
      let slice = experiment.slice(samples)
      var part = try chip.run(slice, cancellation: Interruption.cancellation)
      try each(part, slice)
      part.occupancy = []
      if whole == nil { whole = part } else { try whole?.append(part) }
      start = samples.upperBound
      progress.update(fraction: Double(start) / Double(max(count, 1)))
    } while start < count
    progress.finish(note: "\(count) samples")
    guard var whole else { throw ChipError.cancelled }
    whole.spikes.sortSamples()
    return whole
  }
}

extension SpikeBatch {
  /// Sorts each sample's spikes by cycle, then unit; chips give those of one tick by core.
  fileprivate mutating func sortSamples() {
    for sample in 0..<sampleCount {
      let range = range(ofSample: sample)
      let keys = range.map { UInt64(cycles[$0]) << 32 | UInt64(units[$0]) }.sorted()
      for (i, key) in zip(range, keys) {
        (cycles[i], units[i]) = (UInt32(key >> 32), UInt32(truncatingIfNeeded: key))
      }
    }
  }
}
