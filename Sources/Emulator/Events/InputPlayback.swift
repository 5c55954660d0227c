import ChipInterface
import HardwareSpec

/// What the host plays to an image with delayed inputs: each event once at its own time, and once
/// more after each delay of its channel.
///
/// The host's playback memory holds events back, so that on the chip a delayed event is an event
/// like any other: it is jittered on its own, waits and is lost at the port on its own, and acts
/// at (t + 1, c) plus the route's latency, where t and c are those of its playback. Every delayed
/// input is a source of its own, numbered behind the channels.
struct InputPlayback: Sendable {
  private struct Echo {
    var cycles, source: UInt32
    var targets: Int
  }

  /// The delayed inputs of each channel, by ascending delay.
  private let echoes: [[Echo]]

  /// What an experiment becomes.
  struct Played {
    /// The experiment with all events that fall into their samples.
    var experiment: Experiment
    /// How many more events than the host was given.
    var added = 0
    /// Row pairs of delayed events that fall behind the end of their sample.
    var unfinished = 0
  }

  /// Makes the playback of an image; nil where no input is delayed.
  init?(_ image: ChipImage, cyclesPerTick: Int) {
    guard !image.delayedInputs.isEmpty else { return nil }
    let channels = image.inputRoutes.count
    var echoes = [[Echo]](repeating: [], count: channels)
    for (i, route) in image.delayedInputs.enumerated() {
      echoes[route.channel].append(
        Echo(
          cycles: UInt32(Int(route.delayTicks) * cyclesPerTick), source: UInt32(channels + i),
          targets: route.targets.count))
    }
    self.echoes = echoes
  }

  /// The row pairs of each channel, then those of each delayed input.
  static func routes(_ image: ChipImage) -> [[RowPairOnChip]] {
    image.inputRoutes + image.delayedInputs.map(\.targets)
  }

  /// The coordinate of each source in noise: its channel, so that a delayed event is jittered as
  /// the same channel's event at the time of its playback would be.
  static func coordinates(_ image: ChipImage) -> [Int] {
    Array(image.inputRoutes.indices) + image.delayedInputs.map(\.channel)
  }

  /// Plays an experiment that was checked against the image.
  func play(_ experiment: Experiment, cyclesPerTick: Int) -> Played {
    var played = Played(experiment: experiment)
    let end = UInt32(experiment.durationTicks * cyclesPerTick)
    var batch = SpikeBatch()
    for sample in 0..<experiment.inputs.sampleCount {
      played.unfinished += append(sample, of: experiment.inputs, before: end, to: &batch)
    }
    played.added = batch.spikeCount - experiment.inputs.spikeCount
    played.experiment.inputs = batch
    return played
  }

  /// Adds a sample in order of time; of events at one time the one that was given first comes first.
  private func append(
    _ sample: Int, of inputs: SpikeBatch, before end: UInt32, to batch: inout SpikeBatch
  ) -> Int {
    var (order, sources, unfinished): ([UInt64], [UInt32], Int) = ([], [], 0)
    func add(_ cycle: UInt32, _ source: UInt32) {
      order.append(UInt64(cycle) << 32 | UInt64(sources.count))
      sources.append(source)
    }
    for i in inputs.range(ofSample: sample) {
      let (cycle, channel) = (inputs.cycles[i], inputs.units[i])
      add(cycle, channel)
      for echo in echoes[Int(channel)] {
        if cycle + echo.cycles < end {
          add(cycle + echo.cycles, echo.source)
        } else {
          unfinished += echo.targets
        }
      }
    }
    order.sort()
    batch.cycles += order.lazy.map { UInt32($0 >> 32) }
    batch.units += order.lazy.map { sources[Int($0 & 0xFFFF_FFFF)] }
    batch.offsets.append(batch.cycles.count)
    return unfinished
  }
}

extension InputPlayback? {
  /// The experiment as it is played; itself where no input is delayed.
  func play(_ experiment: Experiment, cyclesPerTick: Int) -> InputPlayback.Played {
    self?.play(experiment, cyclesPerTick: cyclesPerTick)
      ?? InputPlayback.Played(experiment: experiment)
  }
}

extension RunCounters {
  /// Counts what was given, not what was played, and what came too late.
  mutating func account(for played: InputPlayback.Played) {
    inputEvents -= played.added
    unfinished += played.unfinished
  }
}
