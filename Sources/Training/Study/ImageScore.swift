import ChipInterface

/// Scores an image by its own readout rule: no network and no training is needed.
public struct ImageScore {
  private let io: ImageIO
  private let chip: any Chip
  private let load: () throws(ChipError) -> Void

  /// Prepares to score `image` on `chip`.
  public init(image: ChipImage, chip: any Chip) {
    (io, self.chip) = (image.io, chip)
    load = { () throws(ChipError) in try chip.load(image) }
  }

  /// Prepares to score a network in parts on `chip`.
  public init(sequence: ImageSequence, chip: any Chip) {
    let sequenced = SequencedChip(chip)
    (io, self.chip) = (sequence.io, sequenced)
    load = { () throws(ChipError) in try sequenced.load(sequence) }
  }

  /// The fraction of samples that the image classifies correctly, in one trial.
  ///
  /// - Throws: ``TrainingError/chip(_:)`` when the image does not fit the chip or the samples.
  public func accuracy(
    _ samples: LabelledSpikes, firstNumber: UInt64 = 0, batch: Int = 200,
    cancellation: Cancellation? = nil
  ) throws(TrainingError) -> Double {
    do {
      try load()
      var correct = 0
      for first in stride(from: 0, to: samples.count, by: batch) {
        let range = first..<min(first + batch, samples.count)
        let found = try classes(samples.spikes.selecting(range), firstNumber, first, cancellation)
        correct += zip(found, samples.labels[range]).filter { $0 == $1 }.count
      }
      return Double(correct) / Double(max(samples.count, 1))
    } catch let error as ChipError {
      throw .chip(error)
    } catch {
      preconditionFailure("a chip throws chip errors only: \(error)")
    }
  }

  private func classes(
    _ spikes: SpikeBatch, _ firstNumber: UInt64, _ first: Int, _ cancellation: Cancellation?
  ) throws -> [Int] {
    let readout = io.readout
    let reads = readout.measure == .highestPotential
    let recording = try chip.run(
      Experiment(
        durationTicks: io.durationTicks, inputs: spikes,
        sampleNumbers: (0..<spikes.sampleCount).map { firstNumber + UInt64(first + $0) },
        recorded: RecordingRequest(
          spikes: !reads, adcPopulations: reads ? [readout.population] : [],
          adcEvery: chip.info.spec.readout.sampleEveryTicks)),
      cancellation: cancellation)
    return (0..<spikes.sampleCount).map { sample in
      reads ? recording.highestColumn(of: sample) : mostSpikes(recording, sample)
    }
  }

  private func mostSpikes(_ recording: Recording, _ sample: Int) -> Int {
    let populations = io.populations
    guard let index = populations.firstIndex(where: { $0.name == io.readout.population })
    else { return 0 }
    let first = io.unitOffsets[index]
    var counts = Array(repeating: 0, count: max(populations[index].count, 1))
    for i in recording.spikes.range(ofSample: sample) {
      let unit = Int(recording.spikes.units[i]) - first
      if counts.indices.contains(unit) { counts[unit] += 1 }
    }
    return counts.firstIndex(of: counts.max() ?? 0) ?? 0
  }
}

extension Recording {
  /// The column with the highest code of a sample at any time; of equal ones the first.
  fileprivate func highestColumn(of sample: Int) -> Int {
    let size = adcTimes * adcColumns
    guard adcColumns > 0 else { return 0 }
    return adc[sample * size..<(sample + 1) * size].winner(columns: adcColumns)
  }
}
