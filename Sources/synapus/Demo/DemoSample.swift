import Analysis
import ChipInterface
import Emulator
import HardwareSpec
import Recordings
import Training

/// One test sample on the ideal chip, on the device as deployed, and on it after the loop.
struct DemoSample {
  /// The number of the sample among the test samples, and its class.
  let number, label: Int
  /// The classes that the three named.
  let idealClass, deployedClass, healedClass: Int
  /// What was recorded, with the membranes of ``traced`` at every tick.
  let ideal, deployed, healed: Recording
  /// The hidden unit that is looked at.
  let unit: Int
  let probe: DemoProbe

  /// Looks for a sample that tells the story: right in software, wrong when deployed, right after
  /// the loop.
  init(_ result: DemoResult, _ settings: DemoSettings) throws {
    probe = DemoProbe(task: result.task, image: result.image, spec: settings.spec)
    let after = DemoProbe(task: result.task, image: result.healed, spec: settings.spec)
    let ideal = IdealChip(settings.spec, threads: settings.threads)
    let device = try settings.device()
    let samples = Array(0..<min(Self.looked, result.task.test.count))
    let labels = samples.map { result.task.test.labels[$0] }
    let classes = [
      probe.classes(try probe.run(samples, on: ideal)),
      probe.classes(try probe.run(samples, on: device)),
      after.classes(try after.run(samples, on: device)),
    ]
    number =
      samples.first {
        classes[0][$0] == labels[$0] && classes[1][$0] != labels[$0] && classes[2][$0] == labels[$0]
      } ?? samples.first { classes[2][$0] == labels[$0] } ?? 0
    label = labels[number]
    (idealClass, deployedClass, healedClass) = (
      classes[0][number], classes[1][number], classes[2][number]
    )
    unit = Self.telling(
      try probe.run([number], on: ideal), try probe.run([number], on: device), probe,
      settings.draw)
    let traced = Self.traced(probe, unit)
    self.ideal = try probe.run([number], on: ideal, tracing: traced)
    deployed = try probe.run([number], on: device, tracing: traced)
    healed = try after.run([number], on: device, tracing: traced)
  }

  private static let looked = 200

  /// A hidden unit that fires about three times on both chips, few enough to see; of those the one
  /// whose threshold is farthest from what was asked for.
  private static func telling(
    _ ideal: Recording, _ device: Recording, _ probe: DemoProbe, _ draw: DeviceDraw
  ) -> Int {
    let end = max(probe.outputUnit, 1)
    let counts = [ideal, device].map { recording in
      recording.spikes.units.reduce(into: Array(repeating: 0, count: end)) { counts, unit in
        if Int(unit) < end { counts[Int(unit)] += 1 }
      }
    }
    let circuits = probe.circuits
    let scores = (0..<end).map { unit in
      let (here, there) = (counts[0][unit], counts[1][unit])
      guard min(here, there) > 0 else { return -Double.infinity }
      let crowding = max(0, abs(here - spikesToSee) + abs(there - spikesToSee) - 2)
      let drawn = draw.deviation(core: circuits[unit].core, column: circuits[unit].column)
      return abs(drawn.thresholdDistance - 1) - Double(crowding)
    }
    return scores.firstIndex(of: scores.max() ?? 0) ?? 0
  }

  private static let spikesToSee = 3

  /// The hidden unit, then all outputs.
  private static func traced(_ probe: DemoProbe, _ unit: Int) -> [CircuitOnChip] {
    let circuits = probe.circuits
    return ([unit] + Array(probe.outputUnit..<probe.outputUnit + probe.task.shape.outputs))
      .map { circuits[$0] }
  }
}

extension DemoSample {
  /// The recording on the device as deployed, for `synapus plot`.
  func recordingFile(_ result: DemoResult, _ settings: DemoSettings) throws -> RecordingFile {
    var recording = deployed
    // Files hold ascending times; a chip's spikes of one tick come in the arbiters' order.
    let order = recording.spikes.cycles.indices.sorted {
      (recording.spikes.cycles[$0], recording.spikes.units[$0])
        < (recording.spikes.cycles[$1], recording.spikes.units[$1])
    }
    recording.spikes.cycles = order.map { deployed.spikes.cycles[$0] }
    recording.spikes.units = order.map { deployed.spikes.units[$0] }
    return try RecordingFile(
      recording, of: probe.experiment([number]),
      populations: RecordingFile.populations(of: probe.image.io), labels: [label],
      origin: RecordingOrigin(
        settings.device().info, imageHash: result.image.contentHash(spec: settings.spec)))
  }
}

// MARK: Curves, in microseconds of hardware time

extension DemoSample {
  private var microsecondsPerCycle: Double { 1e6 / probe.spec.time.clockHertz }
  private var microsecondsPerTick: Double { probe.spec.time.tickSeconds * 1e6 }

  /// How long the sample lasts.
  var duration: Double { Double(probe.image.io.durationTicks) * microsecondsPerTick }

  /// A potential in codes of the nominal ADC.
  func codes(_ volts: Double) -> Double {
    (volts - probe.spec.readout.zeroVolts) / probe.spec.readout.lsbVolts
  }

  /// The events of the input.
  var inputSpikes: [TimedSpike] {
    let spikes = probe.task.test.spikes
    return spikes.range(ofSample: number).map { i in
      TimedSpike(
        time: Double(spikes.cycles[i]) * microsecondsPerCycle, unit: Int(spikes.units[i]))
    }
  }

  /// The spikes of units, numbered from the first of them.
  func spikes(_ recording: Recording, of units: Range<Int>) -> [TimedSpike] {
    recording.spikes.range(ofSample: 0).compactMap { i in
      let unit = Int(recording.spikes.units[i])
      guard units.contains(unit) else { return nil }
      return TimedSpike(
        time: Double(recording.spikes.cycles[i]) * microsecondsPerCycle,
        unit: unit - units.lowerBound)
    }
  }

  /// The true membrane of a traced circuit, after each tick: 0 is the hidden unit, then outputs.
  func membrane(_ recording: Recording, traced circuit: Int) -> [DataPoint] {
    let circuits = 1 + probe.task.shape.outputs
    return stride(from: circuit, to: recording.traces.count, by: circuits).enumerated().map {
      DataPoint(x: Double($0 + 1) * microsecondsPerTick, y: codes(recording.traces[$1]))
    }
  }

  /// What the ADC told of a unit's membrane.
  func converted(_ recording: Recording, unit: Int) -> [DataPoint] {
    (0..<recording.adcTimes).map { time in
      DataPoint(
        x: Double((time + 1) * probe.adcEvery) * microsecondsPerTick,
        y: Double(probe.code(recording, 0, time, unit: unit)))
    }
  }
}
