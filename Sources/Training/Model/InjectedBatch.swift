import ChipInterface

/// What went into a chip and what it answered, for one mini-batch: all that a gradient needs.
public struct InjectedBatch: Equatable, Sendable {
  /// Input events, as they were given to the chip.
  public let inputs: SpikeBatch
  /// Recorded spikes.
  public let spikes: SpikeBatch
  /// ADC codes [sample, time, column]: hidden neurons first, then outputs.
  public let codes: [UInt8]
  /// The class of each sample.
  public let labels: [Int32]

  /// Samples of the batch.
  public var count: Int { labels.count }

  /// Takes a recording, after checking that it has the model's shape.
  ///
  /// A recording may come from another machine, so nothing of it is believed.
  public init(
    model: NominalModel, inputs: SpikeBatch, recording: Recording, labels: [Int]
  ) throws(TrainingError) {
    let wanted = labels.count * model.adcTimes * model.adcColumns
    guard inputs.sampleCount == labels.count, recording.spikes.sampleCount == labels.count,
      recording.adc.count == wanted
    else {
      throw .recordingShape(
        samples: recording.spikes.sampleCount, codes: recording.adc.count,
        expectedSamples: labels.count, expectedCodes: wanted)
    }
    if let label = labels.first(where: { !(0..<model.output.count).contains($0) }) {
      throw .labelOutOfRange(label: label, classes: model.output.count)
    }
    do {
      try inputs.validate(units: model.inputs, cycles: model.ticks * model.cyclesPerTick)
    } catch {
      throw .chip(error)
    }
    try recording.spikes.requireTicksInOrder(of: model)
    (self.inputs, spikes, codes) = (inputs, recording.spikes, recording.adc)
    self.labels = labels.map { Int32($0) }
  }
}

extension SpikeBatch {
  /// Proves what the backward pass relies on: offsets fit, units exist, ticks ascend.
  fileprivate func requireTicksInOrder(of model: NominalModel) throws(TrainingError) {
    guard offsets.first == 0, offsets.last == cycles.count, units.count == cycles.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw .chip(
        .malformedSpikes(spikes: cycles.count, units: units.count, offsets: offsets.count))
    }
    let unitCount = model.hidden.count + model.output.count
    let (ticks, cyclesPerTick) = (UInt32(model.ticks), UInt32(model.cyclesPerTick))
    for sample in 0..<sampleCount {
      var last: UInt32 = 0
      for i in range(ofSample: sample) {
        let tick = cycles[i] / cyclesPerTick
        guard tick >= last, tick < ticks else {
          throw .chip(
            .spikeTimeOutOfRange(
              sample: sample, cycle: Int(cycles[i]), duration: model.ticks * model.cyclesPerTick))
        }
        guard units[i] < unitCount else {
          throw .chip(
            .spikeUnitOutOfRange(sample: sample, unit: Int(units[i]), count: unitCount))
        }
        last = tick
      }
    }
  }
}
