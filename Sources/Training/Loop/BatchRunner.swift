import ChipInterface

/// Runs chosen samples on a chip.
struct BatchRunner {
  let network: TrainableImage
  let ticks: Int
  let adcEvery: Int

  /// Runs samples; spikes and the membranes of all layers come back.
  func record(
    _ samples: SpikeBatch, numbers: [UInt64], on chip: any Chip, _ cancellation: Cancellation?
  ) throws(TrainingError) -> Recording {
    try run(
      samples, numbers, chip, cancellation,
      RecordingRequest(
        spikes: true, adcPopulations: [network.hiddenName, network.outputName],
        adcEvery: adcEvery))
  }

  /// Runs samples and returns the class that each output's highest ADC code names.
  func classify(
    _ samples: SpikeBatch, numbers: [UInt64], on chip: any Chip, _ cancellation: Cancellation?
  ) throws(TrainingError) -> [Int] {
    let request = RecordingRequest(
      spikes: false, adcPopulations: [network.outputName], adcEvery: adcEvery)
    let recording = try run(samples, numbers, chip, cancellation, request)
    let (columns, times) = (network.shape.outputs, ticks / adcEvery)
    guard recording.adc.count == samples.sampleCount * times * columns else {
      throw .recordingShape(
        samples: recording.spikes.sampleCount, codes: recording.adc.count,
        expectedSamples: samples.sampleCount,
        expectedCodes: samples.sampleCount * times * columns)
    }
    return (0..<samples.sampleCount).map { sample in
      let first = sample * times * columns
      return recording.adc[first..<first + times * columns].winner(columns: columns)
    }
  }

  private func run(
    _ samples: SpikeBatch, _ numbers: [UInt64], _ chip: any Chip, _ cancellation: Cancellation?,
    _ request: RecordingRequest
  ) throws(TrainingError) -> Recording {
    let experiment = Experiment(
      durationTicks: ticks, inputs: samples, sampleNumbers: numbers, recorded: request)
    do {
      return try chip.run(experiment, cancellation: cancellation)
    } catch {
      throw .chip(error)
    }
  }
}

extension ArraySlice<UInt8> {
  /// The column with the highest code at any time; of equal ones the first.
  func winner(columns: Int) -> Int {
    var highest = Array(repeating: UInt8(0), count: columns)
    for (i, code) in enumerated() { highest[i % columns] = Swift.max(highest[i % columns], code) }
    return highest.firstIndex(of: highest.max() ?? 0) ?? 0
  }
}
