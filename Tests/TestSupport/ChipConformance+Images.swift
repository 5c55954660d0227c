import ChipInterface
import HardwareSpec

// MARK: What images may hold beyond plain maps

extension ChipConformance {
  /// A channel whose events are held back is the same channel sending them later.
  func delayedInputs() throws {
    let chip = try loaded()
    let (channel, delay) = (TestImage.inputs - 1, 5)
    let whole = batch(chip)
    var later = whole
    later.inputs = Self.delaying(
      UInt32(channel), by: UInt32(delay * chip.info.spec.time.cyclesPerTick),
      until: UInt32(whole.durationTicks * chip.info.spec.time.cyclesPerTick), whole.inputs)
    let expected = try chip.run(later)
    var image = try TestImage.make(for: chip.info.spec)
    image.delayedInputs = [
      DelayedInput(
        channel: channel, delayTicks: UInt16(delay), targets: image.inputRoutes[channel])
    ]
    image.inputRoutes[channel] = []
    try chip.load(image)
    let found = try chip.run(whole)
    try demand(
      found.spikes == expected.spikes && found.adc == expected.adc,
      "held back by the image, events act otherwise than sent later")
    try demand(
      found.counters.inputEvents == whole.inputs.spikeCount,
      "\(found.counters.inputEvents) input events counted, \(whole.inputs.spikeCount) given")
    try demand(expected.spikes != (try chip.run(later)).spikes, "the delay did not act twice")
  }

  private static func delaying(
    _ channel: UInt32, by delay: UInt32, until end: UInt32, _ inputs: SpikeBatch
  ) -> SpikeBatch {
    var batch = SpikeBatch()
    for sample in 0..<inputs.sampleCount {
      let events = inputs.range(ofSample: sample).map { i in
        let isLate = inputs.units[i] == channel
        return (cycle: inputs.cycles[i] + (isLate ? delay : 0), given: i, unit: inputs.units[i])
      }
      let kept = events.filter { $0.cycle < end }
        .sorted { ($0.cycle, $0.given) < ($1.cycle, $1.given) }
      batch.cycles += kept.map(\.cycle)
      batch.units += kept.map(\.unit)
      batch.offsets.append(batch.cycles.count)
    }
    return batch
  }

  func sparseMaps() throws {
    let chip = try loaded()
    let expected = try chip.run(batch(chip))
    var image = try TestImage.make(for: chip.info.spec)
    let map = image.io.projections[0]
    image.io.projections[0].senderCopies = Array(repeating: 1, count: map.sourceCount)
    image.io.projections[0].receiverScales = (0..<map.targetCount).map { 1 / Double($0 + 1) }
    image.io.projections[0].blocks[0].lines = (0..<Int32(map.sourceCount)).map { $0 }
    image.io.projections[0].blocks[0].targets = (0..<Int32(map.targetCount)).map { $0 }
    try chip.load(image)
    try demand(try chip.run(batch(chip)) == expected, "a map changed what the chip does")
  }

  /// Each neuron on two circuits, where the chip's file says that they are joinable.
  func joinedCircuits() throws {
    let chip = try make()
    guard let image = try Self.joined(chip.info.spec) else { return }
    try chip.load(image)
    let whole = batch(chip)
    let together = try chip.run(whole)
    try demand(try chip.run(whole) == together, "equal runs gave another recording")
    try demand(together.counters.spikes > 0, "joined circuits never fire")
    try demand(
      together.counters.spikes == together.spikes.spikeCount,
      "\(together.counters.spikes) spikes counted, \(together.spikes.spikeCount) recorded")
    let single = Experiment(
      durationTicks: whole.durationTicks, inputs: whole.inputs.selecting([3]),
      sampleNumbers: [whole.sampleNumbers[3]], recorded: whole.recorded)
    try demand(
      try chip.run(single).spikes == together.spikes.selecting([3]),
      "sample 3 alone differs from the batch")
  }

  /// The test image with every circuit joined to a silent one on the next core, gains doubled.
  private static func joined(_ spec: ChipSpec) throws -> ChipImage? {
    guard let coupling = spec.coupling, coupling.mostCores > 1,
      let next = spec.geometry.cores.first(where: {
        spec.geometry.hops(from: spec.geometry.cores[0], to: $0) == 1
      })
    else { return nil }
    var image = try TestImage.make(for: spec)
    for column in image.cores[0].circuits.indices {
      let law = spec.neuron.gain
      let gain = law.value(code: Int(image.cores[0].circuits[column].excitatoryGain))
      image.cores[0].circuits[column].excitatoryGain = UInt16(law.nearestCode(for: 2 * gain))
      image.cores[0].circuits[column].inhibitoryGain =
        image.cores[0].circuits[column].excitatoryGain
    }
    var silent = image.cores[0].circuits
    for column in silent.indices { silent[column].fires = false }
    image.cores.append(CoreImage(next, circuits: silent, on: spec.geometry))
    image.groups = silent.indices.map { column in
      .joined(
        image.cores.compactMap { CircuitOnChip($0.core, column: column, on: spec.geometry) })
    }
    return image
  }
}
