import ChipInterface
import HardwareSpec

/// One sample of a learning task: what the host sends.
public struct LearningTrial: Sendable {
  /// Input spikes: in which tick, on which channel.
  public var spikes: [(tick: Int, channel: Int)] = []
  /// Rewards, errors and other graded events.
  public var graded: [GradedEvents.Event] = []

  /// Starts an empty trial.
  public init() {}

  /// Adds an input spike.
  public mutating func spike(_ channel: Int, at tick: Int) { spikes.append((tick, channel)) }

  /// Adds a reward.
  public mutating func reward(_ value: Int, at tick: Int) {
    graded.append(.init(tick: UInt32(tick), channel: .reward, value: Int16(clamping: value)))
  }

  /// Adds to the error of a unit.
  public mutating func error(_ value: Int, to unit: Int, at tick: Int) {
    graded.append(
      .init(
        tick: UInt32(tick), channel: .error, unit: UInt32(unit), value: Int16(clamping: value)))
  }
}

/// What a run of trials brought back.
public struct LearningRecord: Sendable {
  /// The spikes of each trial by unit, in ascending order of ticks.
  public var spikes: [[(tick: Int, unit: Int)]]
  /// The registers asked for.
  public var registers: [[Double]]
  /// What the chip counted.
  public var counters: RunCounters
  /// The time that the chip would have taken, in seconds.
  public var hardwareSeconds: Double

  /// How often each of some units fired in a trial, from a tick on.
  public func counts(_ units: Range<Int>, trial: Int, from tick: Int = 0) -> [Int] {
    var counts = [Int](repeating: 0, count: units.count)
    for spike in spikes[trial] where units.contains(spike.unit) && spike.tick >= tick {
      counts[spike.unit - units.lowerBound] += 1
    }
    return counts
  }
}

/// A network on a chip, trial by trial: weights and tags live on from one to the next.
///
/// The host sends inputs, rewards and errors and sees spikes and registers; it never writes a
/// weight.
public final class LearningSession {
  /// The network.
  public let image: OnChipImage
  /// What all runs counted so far.
  public private(set) var counters = RunCounters()
  /// The time that the chip would have taken so far, in seconds.
  public private(set) var hardwareSeconds = 0.0
  private let chip: any Chip
  private let cancellation: Cancellation?
  private var nextSample: UInt64

  /// Loads the network; samples are numbered from `firstSample` on.
  public init(
    _ image: OnChipImage, on chip: any Chip, firstSample: UInt64 = 0,
    cancellation: Cancellation? = nil
  ) throws(TrainingError) {
    (self.image, self.chip, self.cancellation) = (image, chip, cancellation)
    nextSample = firstSample
    do { try chip.load(image.image) } catch { throw .chip(error) }
  }

  /// Runs trials, one after the other.
  @discardableResult
  public func run(
    _ trials: [LearningTrial], ticks: Int, probes: [RegisterProbe] = []
  ) throws(TrainingError) -> LearningRecord {
    let numbers = trials.indices.map { nextSample + UInt64($0) }
    nextSample += UInt64(trials.count)
    var request = RecordingRequest()
    request.registers = probes
    var experiment = Experiment(
      durationTicks: ticks, inputs: batch(trials), sampleNumbers: numbers, recorded: request)
    experiment.graded = GradedEvents(
      trials.map { trial in trial.graded.sorted { $0.tick < $1.tick } })
    if experiment.graded.isEmpty { experiment.graded = GradedEvents() }
    let recording: Recording
    do {
      recording = try chip.run(experiment, cancellation: cancellation)
    } catch { throw .chip(error) }
    counters += recording.counters
    hardwareSeconds += recording.hardwareSeconds
    return LearningRecord(
      spikes: spikes(of: recording), registers: recording.registers,
      counters: recording.counters, hardwareSeconds: recording.hardwareSeconds)
  }

  /// Spikes of one tick follow each other at the port's pace, by channel.
  private func batch(_ trials: [LearningTrial]) -> SpikeBatch {
    let spec = chip.info.spec
    let (cycles, pace) = (spec.time.cyclesPerTick, max(1, spec.events.portCyclesPerEvent))
    var batch = SpikeBatch()
    for trial in trials {
      var (tick, position) = (-1, 0)
      for spike in trial.spikes.sorted(by: { $0 < $1 }) {
        position = spike.tick == tick ? position + pace : 0
        tick = spike.tick
        batch.cycles.append(UInt32(tick * cycles + min(position, cycles - 1)))
        batch.units.append(UInt32(spike.channel))
      }
      batch.offsets.append(batch.cycles.count)
    }
    return batch
  }

  private func spikes(of recording: Recording) -> [[(tick: Int, unit: Int)]] {
    let cycles = chip.info.spec.time.cyclesPerTick
    return (0..<recording.spikes.sampleCount).map { sample in
      recording.spikes.range(ofSample: sample).map {
        (Int(recording.spikes.cycles[$0]) / cycles, Int(recording.spikes.units[$0]))
      }
    }
  }
}
