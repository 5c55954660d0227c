/// Running a mini-batch in parts.
///
/// Samples are independent but for what they teach the chip, and that stays on it: the runs of
/// consecutive slices, in order, are the run of the whole. Recorded draws belong to the ticks and
/// epochs of every sample and serve each slice.
extension Experiment {
  /// Whether there is more than one sample: a sample is run in one piece.
  public var canBeSliced: Bool { isWellFormed && inputs.sampleCount > 1 }

  /// The experiment of some consecutive samples, those outside of the batch left out.
  ///
  /// An experiment whose arrays do not fit together comes back as it is, to be refused by the run.
  public func slice(_ samples: Range<Int>) -> Experiment {
    guard isWellFormed else { return self }
    let samples = samples.clamped(to: 0..<inputs.sampleCount)
    var slice = self
    slice.inputs = inputs.slice(samples)
    slice.sampleNumbers = Array(sampleNumbers[samples])
    if !graded.samples.isEmpty { slice.graded.samples = Array(graded.samples[samples]) }
    return slice
  }

  private var isWellFormed: Bool {
    inputs.offsets.first == 0 && inputs.offsets.last == inputs.cycles.count
      && inputs.units.count == inputs.cycles.count
      && zip(inputs.offsets, inputs.offsets.dropFirst()).allSatisfy { $0 <= $1 }
      && sampleNumbers.count == inputs.sampleCount
      && [0, inputs.sampleCount].contains(graded.samples.count)
  }
}

extension SpikeBatch {
  /// The batch of some consecutive samples, all of which it must have.
  fileprivate func slice(_ samples: Range<Int>) -> SpikeBatch {
    let spikes = offsets[samples.lowerBound]..<offsets[samples.upperBound]
    return SpikeBatch(
      offsets: offsets[samples.lowerBound...samples.upperBound].map { $0 - spikes.lowerBound },
      cycles: Array(cycles[spikes]), units: Array(units[spikes]))
  }
}
