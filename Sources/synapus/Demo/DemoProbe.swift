import ChipInterface
import HardwareSpec
import Training

/// Looks at single samples of a task, deeper than training does.
struct DemoProbe {
  let task: TrainingTask
  let image: ChipImage
  let spec: ChipSpec

  /// Ticks between two samples of the ADC.
  var adcEvery: Int { spec.readout.sampleEveryTicks }

  /// Loads the image and runs test samples, each under its own number.
  func run(
    _ samples: [Int], on chip: any Chip, tracing circuits: [CircuitOnChip] = []
  ) throws -> Recording {
    try chip.load(image)
    return try chip.run(
      experiment(samples, tracing: circuits), cancellation: Interruption.cancellation)
  }

  /// Test samples with spikes and the membranes of all populations.
  func experiment(_ samples: [Int], tracing circuits: [CircuitOnChip] = []) -> Experiment {
    Experiment(
      durationTicks: image.io.durationTicks, inputs: task.test.spikes.selecting(samples),
      sampleNumbers: samples.map { UInt64($0) },
      recorded: RecordingRequest(
        adcPopulations: image.io.populations.map(\.name), adcEvery: adcEvery,
        tracedCircuits: circuits))
  }

  /// The class of each sample: the output with the highest ADC code, of equal ones the first.
  func classes(_ recording: Recording) -> [Int] {
    (0..<recording.spikes.sampleCount).map { sample in
      let highest = (0..<task.shape.outputs).map { output in
        (0..<recording.adcTimes).map { time in
          code(recording, sample, time, unit: outputUnit + output)
        }.max() ?? 0
      }
      return highest.firstIndex(of: highest.max() ?? 0) ?? 0
    }
  }

  /// The ADC code of a unit; all populations are recorded, so columns are units.
  func code(_ recording: Recording, _ sample: Int, _ time: Int, unit: Int) -> UInt8 {
    recording.adc[(sample * recording.adcTimes + time) * recording.adcColumns + unit]
  }

  /// The first unit of the readout.
  var outputUnit: Int {
    let index = image.io.populations.firstIndex { $0.name == image.io.readout.population }
    return image.io.unitOffsets[index ?? 0]
  }

  /// The circuits of all units, in the order of units.
  var circuits: [CircuitOnChip] {
    image.io.populations.flatMap(\.ranges).flatMap { range in
      (0..<range.count).compactMap {
        CircuitOnChip(range.core, column: range.firstColumn + $0, on: spec.geometry)
      }
    }
  }
}
