import ArgumentParser
import ChipInterface
import Foundation
import HardwareSpec
import Training

/// Runs the workloads of `synapus bench` on a chip.
struct BenchRunner {
  let chip: any Chip
  let kernel: String
  let threads: Int

  private var spec: ChipSpec { chip.info.spec }

  /// W1: steps of one core.
  func singleCore(
    steps: Int, circuit: SingleCoreWorkload.Circuit
  ) throws -> BenchMeasurement {
    let workload = SingleCoreWorkload(spec, steps: steps, circuit: circuit)
    try chip.load(workload.image)
    let neurons = workload.image.cores[0].circuits.count
    return try measure("W1", neurons: neurons) {
      (try chip.run(workload.experiment), steps)
    }
  }

  /// W2x and W6: recurrent networks over many cores.
  func recurrent(
    _ name: String, _ wiring: RecurrentWorkload.Wiring, steps: Int
  ) throws -> BenchMeasurement {
    guard let workload = RecurrentWorkload(spec, wiring, steps: steps) else {
      throw ValidationError(
        "\(name) needs \(wiring == .all16 ? "16 cores" : "cores") of 256 circuits and 512 rows;"
          + " \(spec.name) has \(spec.geometry.coreCount) of \(spec.geometry.circuitsPerCore) and"
          + " \(spec.geometry.synapseRowsPerCore).")
    }
    try chip.load(workload.image)
    let neurons = 256 * workload.image.cores.count
    return try measure(name, neurons: neurons) { (try chip.run(workload.experiment), steps) }
  }

  /// W2g on an analog chip: 4,096 neurons of sixteen joined circuits.
  func joined(steps: Int) throws -> BenchMeasurement {
    guard let workload = try JoinedWorkload(spec, steps: steps) else {
      throw ValidationError(
        "On analog chips W2g needs 16 x 16 cores of 256 circuits and 512 rows, 16 of which can be"
          + " joined; \(spec.name) has none such, try --chip synapus-1-mesh-16x16, or --chip loihi."
      )
    }
    try chip.load(workload.image)
    return try measure("W2g", neurons: workload.neuronCount) {
      (try chip.run(workload.experiment), steps)
    }
  }

  /// W1, W2x or W2g on a digital chip; `path` takes the arrays and what one run counted.
  func digital(
    _ name: String, _ workload: DigitalWorkload, writingTo path: String?
  ) throws -> BenchMeasurement {
    try chip.load(workload.image)
    if let path {
      try WorkloadArrays(workload, try chip.run(workload.experiment)).file.write(to: path)
    }
    return try measure(name, neurons: workload.neuronCount) {
      (try chip.run(workload.experiment), workload.experiment.durationTicks)
    }
  }

  /// W3: steps of one core whose synapses all learn.
  func learning(steps: Int) throws -> BenchMeasurement {
    let workload = try LearningWorkload(spec, steps: steps)
    try chip.load(workload.image)
    var measurement = try measure("W3", neurons: workload.neuronCount) {
      (try chip.run(workload.experiment), steps)
    }
    measurement.synapseUpdatesPerS = Double(workload.synapseCount) * measurement.stepsPerS
    return measurement
  }

  /// Every core in use: what a whole chip needs of time and memory.
  func allCores(steps: Int, oneActive: Bool = false) throws -> BenchMeasurement {
    let workload = AllCoresWorkload(spec, steps: steps, oneActive: oneActive)
    try chip.load(workload.image)
    let neurons = workload.image.cores.reduce(0) { $0 + $1.circuits.count }
    return try measure(oneActive ? "idle" : "cores", neurons: neurons) {
      (try chip.run(workload.experiment), steps)
    }
  }

  /// W4: inference of images.
  func inference(images: Int) throws -> BenchMeasurement {
    let workload = try ImageWorkload(spec, images: images)
    let experiment = workload.inference(spec)
    try chip.load(workload.image)
    var measurement = try measure("W4", neurons: 256) {
      (try chip.run(experiment), images * ImageWorkload.ticks)
    }
    measurement.imagesPerS = measurement.stepsPerS / Double(ImageWorkload.ticks)
    return measurement
  }

  /// W5: training steps in the loop on mini-batches of 100.
  func training(batches: Int) throws -> BenchMeasurement {
    let workload = try ImageWorkload(spec, images: 100)
    let shape = NetworkShape(inputs: 256, hidden: 246, outputs: 10)
    let settings = HyperParameters.images
    let loop = try TrainingLoop(
      chip: chip, image: workload.image,
      weights: ShadowWeights(shape: shape, settings: settings, seed: 0, stream: 0),
      loss: settings.loss,
      precision: .rounded, threads: threads)
    func step(_ number: Int) throws {
      _ = try loop.train(
        workload.inputs, labels: workload.labels,
        numbers: (0..<100).map { UInt64(number * 100 + $0) }, rate: 1e-4)
    }
    for number in 0..<3 { try step(number) }
    let (before, clock) = (loop.seconds, ResourceClock())
    for number in 3..<3 + batches { try step(number) }
    let seconds = clock.seconds
    let steps = batches * 100 * ImageWorkload.ticks
    var result = measurement(
      "W5", steps: steps, neurons: 256, seconds: seconds, clock.cpuSeconds, RunCounters(),
      hardwareSeconds: Double(steps) * spec.time.tickSeconds)
    result.samplesPerS = Double(batches * 100) / seconds
    result.parts = [
      "chip": loop.seconds.chip - before.chip, "backward": loop.seconds.backward - before.backward,
      "write": loop.seconds.write - before.write,
    ]
    return result
  }

  /// Warms up, then repeats a run for at least two seconds.
  private func measure(
    _ workload: String, neurons: Int, _ run: () throws -> (Recording, steps: Int)
  ) throws -> BenchMeasurement {
    _ = try run()
    let clock = ResourceClock()
    var (counters, steps, hardwareSeconds) = (RunCounters(), 0, 0.0)
    repeat {
      let (recording, more) = try run()
      counters += recording.counters
      steps += more
      hardwareSeconds += recording.hardwareSeconds
    } while clock.seconds < 2
    return measurement(
      workload, steps: steps, neurons: neurons, seconds: clock.seconds, clock.cpuSeconds, counters,
      hardwareSeconds: hardwareSeconds)
  }

  private func measurement(
    _ workload: String, steps: Int, neurons: Int, seconds: Double, _ cpuSeconds: Double,
    _ counters: RunCounters, hardwareSeconds: Double
  ) -> BenchMeasurement {
    BenchMeasurement(
      workload: workload, chip: spec.name, kernel: kernel, threads: threads, steps: steps,
      seconds: seconds, cpuSeconds: cpuSeconds, hardwareSeconds: hardwareSeconds,
      stepsPerS: Double(steps) / seconds,
      neuronUpdatesPerS: Double(steps) * Double(neurons) / seconds,
      synapticEventsPerS: Double(counters.synapticEvents) / seconds,
      outputSpikes: counters.spikes, counters: counters, peakRSSMiB: ResourceClock.peakRSSMiB)
  }
}
