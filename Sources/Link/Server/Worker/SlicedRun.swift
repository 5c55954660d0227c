import ChipInterface

/// A mini-batch under way: done slice by slice, between which others may use the chip.
final class SlicedRun {
  /// About how long a slice takes, in seconds.
  private static let sliceSeconds = 0.05

  /// The number of its job, and its slot.
  let number, slot: Int
  private let experiment: Experiment
  /// The first sample that has not run.
  private var next = 0
  /// Counts, time and energy so far, without arrays.
  private var sums: Recording?
  /// What the slot was before an image that learns began to run.
  private var before: ChipState?
  private var isValidated = false
  private(set) var isOver = false
  /// Bytes of the recording so far.
  private(set) var bytes = 0

  /// Whether the client takes spikes in narrow types.
  private let isNarrow: Bool

  init(_ number: Int, slot: Int, _ experiment: Experiment, isNarrow: Bool = false) {
    (self.number, self.slot) = (number, slot)
    (self.experiment, self.isNarrow) = (experiment, isNarrow)
  }

  private var count: Int { experiment.inputs.sampleCount }

  /// Runs the next slice.
  func next(on slots: ChipSlots, _ cancellation: Cancellation) throws(ChipError) -> WorkerSlice {
    try begin(slots)
    let first = next
    var recording = try piece(on: slots, Self.sliceSeconds, cancellation)
    // Pieces are small as long as little is known of the image's speed.
    var spent = spentSeconds
    while next < count, spent < Self.sliceSeconds / 2 {
      try recording.append(try piece(on: slots, Self.sliceSeconds - spent, cancellation))
      spent += spentSeconds
    }
    isOver = next >= count
    // The gateway will not ask for the rest.
    if !isOver, cancellation.isCancelled { throw .cancelled }
    return try slice(first..<next, recording)
  }

  private var spentSeconds = 0.0

  private func begin(_ slots: ChipSlots) throws(ChipError) {
    if slots.learns(slot), before == nil { before = try slots.currentState(slot) }
    try slots.bring(slot)
  }

  /// Runs as many samples as take so long.
  private func piece(
    on slots: ChipSlots, _ seconds: Double, _ cancellation: Cancellation
  ) throws(ChipError) -> Recording {
    if cancellation.isCancelled { throw .cancelled }
    var pace = slots.pace(slot)
    let (left, ticks) = (count - next, max(1, experiment.durationTicks))
    let samples =
      experiment.canBeSliced ? pace.samples(left: left, ticks: ticks, seconds: seconds) : left
    if samples < left, !isValidated {
      // Faults are told in the numbers of the whole batch.
      try experiment.validate(on: slots.chip.info.spec, image: try slots.image(slot))
      isValidated = true
    }
    if slots.learns(slot), samples > 0 { slots.touch(slot) }
    let part = samples == count ? experiment : experiment.slice(next..<next + samples)
    let clock = ContinuousClock()
    let start = clock.now
    let recording = try slots.chip.run(part, cancellation: cancellation)
    spentSeconds = (clock.now - start).seconds
    pace.note(samples: samples, ticks: ticks, seconds: spentSeconds)
    slots.setPace(slot, pace)
    next += samples
    return recording
  }

  private func slice(
    _ samples: Range<Int>, _ recording: Recording
  ) throws(ChipError) -> WorkerSlice {
    if isOver, sums == nil {
      sums = recording
    } else {
      var counted = recording.withoutArrays
      if var all = sums {
        try all.append(counted)
        counted = all
      }
      sums = counted
    }
    let arrays = RecordingCoding.arrays(
      recording, tracedCircuits: experiment.recorded.tracedCircuits.count,
      narrow: isNarrow)
    bytes += Payload.size(of: arrays)
    return WorkerSlice(
      samples: samples, of: count, arrays: arrays, chipSeconds: 0,
      spikes: recording.spikes.spikeCount,
      sums: isOver ? sums.map(RecordingCoding.fields) : nil)
  }

  /// Puts the slot back to what it was before the run.
  func rollBack(_ slots: ChipSlots) {
    if let before { slots.rollBack(slot, to: before) }
  }
}

extension Recording {
  /// Counts, time and energy alone.
  fileprivate var withoutArrays: Recording {
    var rest = self
    (rest.spikes, rest.adc, rest.traces) = (SpikeBatch(), [], [])
    (rest.fastADC, rest.correlations, rest.occupancy) = ([], [], [])
    rest.registers = registers.map { _ in [] }
    return rest
  }
}
