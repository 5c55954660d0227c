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
    let units = max(
      model.hidden.firstUnit + model.hidden.count, model.output.firstUnit + model.output.count)
    let cycles = model.ticks * model.cyclesPerTick
    do {
      try inputs.validate(units: model.inputs, cycles: cycles)
      try recording.spikes.validate(units: units, cycles: cycles)
    } catch {
      throw .chip(error)
    }
    (self.inputs, spikes, codes) = (inputs, recording.spikes, recording.adc)
    self.labels = labels.map { Int32($0) }
  }
}
