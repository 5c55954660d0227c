import ChipInterface

/// A mini-batch under way: done slice by slice, between which others may use the chip.
final class SlicedRun {
  /// The number of its job, and its slot.
  let number, slot: Int
  private let experiment: Experiment
  /// Bytes that each sample records beside its spikes.
  private let plainBytes: Double
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

  /// Begins a run of which so many bytes beside spikes are expected.
  init(
    _ number: Int, slot: Int, _ experiment: Experiment, expectedBytes: Int, isNarrow: Bool = false
  ) {
    (self.number, self.slot) = (number, slot)
    (self.experiment, self.isNarrow) = (experiment, isNarrow)
    plainBytes = Double(expectedBytes) / Double(max(1, experiment.inputs.sampleCount))
  }

  private var count: Int { experiment.inputs.sampleCount }

  /// Runs the next slice.
  func next(on slots: ChipSlots, _ cancellation: Cancellation) throws(ChipError) -> WorkerSlice {
    try begin(slots)
    let first = next
    var room = SliceRoom()
    var recording = try piece(on: slots, &room, cancellation)
    // Pieces are small as long as little is known of the image.
    while next < count, room.isHalfFree {
      try recording.append(try piece(on: slots, &room, cancellation))
    }
    isOver = next >= count
    // The gateway will not ask for the rest.
    if !isOver, cancellation.isCancelled { throw .cancelled }
    return try slice(first..<next, recording)
  }

  private func begin(_ slots: ChipSlots) throws(ChipError) {
    if slots.learns(slot), before == nil { before = try slots.currentState(slot) }
    try slots.bring(slot)
  }

  /// Runs as many samples as there is room for.
  private func piece(
    on slots: ChipSlots, _ room: inout SliceRoom, _ cancellation: Cancellation
  ) throws(ChipError) -> Recording {
    if cancellation.isCancelled { throw .cancelled }
    var pace = slots.pace(slot)
    let (left, ticks) = (count - next, max(1, experiment.durationTicks))
    let hasSpikes = experiment.recorded.spikes
    let bytes = plainBytes + (hasSpikes ? SlicePace.spikeBytes * pace.spikes(ticks: ticks) : 0)
    let samples =
      experiment.canBeSliced
      ? pace.samples(left: left, ticks: ticks, bytes: bytes, room: room) : left
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
    let seconds = (clock.now - start).seconds
    let spikes = recording.spikes.spikeCount
    pace.note(
      samples: samples, ticks: ticks, seconds: seconds, spikes: hasSpikes ? spikes : nil)
    slots.setPace(slot, pace)
    room.use(
      seconds: seconds,
      bytes: Double(samples) * plainBytes + SlicePace.spikeBytes * Double(spikes))
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
