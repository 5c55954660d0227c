import ChipInterface
import HardwareSpec
import NIR

/// Is what a file of input spikes holds: one of ours, or any in the layout of the SHD data set.
public struct InputSpikes: Equatable, Sendable {
  /// Spikes of every sample, ascending in (cycle, unit).
  public var spikes: SpikeBatch
  /// One label a sample, where the file has labels.
  public var labels: [Int]?
  /// The host's number of each sample, where the file has them; else 0, 1, 2 and so on.
  public var sampleNumbers: [UInt64]
  /// Duration of a sample in ticks, where the file states it.
  public var durationTicks: Int?
  /// Samples whose spikes did not ascend in the file, and were sorted.
  public var sortedSamples: Int

  /// Number of channels: one more than the highest unit; 0 without spikes.
  public var channels: Int { spikes.units.max().map { Int($0) + 1 } ?? 0 }

  /// Reads a file of input spikes for a chip.
  ///
  /// Where the file has `spikes/cycles`, they count, and its clock must be the chip's. Otherwise
  /// `spikes/times` are rounded to the nearest clock cycle; one second of the file becomes
  /// `secondsPerFileSecond` seconds of the hardware (1e-3 for biological time on `synapus-1`).
  public init(
    reading path: String, on time: ChipTime, secondsPerFileSecond: Double = 1
  ) throws(RecordingError) {
    let reader = try SpikeFileReader(reading: path)
    let units = try reader.units()
    let batch: SpikeBatch
    if let cycles = try reader.cycles(offsets: units.offsets) {
      try Self.checkClock(reader, time)
      batch = try reader.batch(cycles: cycles, units: units)
    } else {
      let seconds = try reader.seconds(offsets: units.offsets)
      let scale = secondsPerFileSecond * time.clockHertz
      batch = try reader.batch(cycles: seconds.map { Self.cycle($0 * scale) }, units: units)
    }
    (spikes, sortedSamples) = Self.sorted(batch)
    labels = try reader.integers("/labels", count: batch.sampleCount)?.map { Int($0) }
    let numbers = try reader.integers("/sample_numbers", count: batch.sampleCount)
    sampleNumbers =
      numbers?.map(UInt64.init(bitPattern:)) ?? (0..<batch.sampleCount).map { UInt64($0) }
    durationTicks = nil
    if try reader.attribute("duration_ticks") != nil {
      durationTicks = Int(
        try reader.integer("duration_ticks", in: 1...Int64(Experiment.longestTicks)))
    }
  }

  /// The nearest cycle; −1, which no spike may have, for what no cycle is.
  private static func cycle(_ cycles: Double) -> Int64 {
    guard cycles >= 0, cycles < 0x1p32 else { return -1 }
    return Int64(cycles.rounded())
  }

  private static func checkClock(
    _ reader: SpikeFileReader, _ time: ChipTime
  ) throws(RecordingError) {
    let ticks = try reader.number("tick_seconds")
    let cycle = ticks / Double(try reader.integer("cycles_per_tick", in: 1...65_536))
    let chipCycle = 1 / time.clockHertz
    guard abs(cycle - chipCycle) <= 1e-9 * chipCycle else {
      throw .otherClock(file: reader.file, cycleSeconds: cycle, chipCycleSeconds: chipCycle)
    }
  }

  /// The batch with the spikes of every sample ascending, and how many samples had to be sorted.
  private static func sorted(_ batch: SpikeBatch) -> (SpikeBatch, Int) {
    var (sorted, count) = (batch, 0)
    for sample in 0..<batch.sampleCount {
      let range = batch.range(ofSample: sample)
      let keys = range.map { UInt64(batch.cycles[$0]) << 32 | UInt64(batch.units[$0]) }
      guard zip(keys, keys.dropFirst()).contains(where: { $0 > $1 }) else { continue }
      count += 1
      for (index, key) in zip(range, keys.sorted()) {
        sorted.cycles[index] = UInt32(key >> 32)
        sorted.units[index] = UInt32(truncatingIfNeeded: key)
      }
    }
    return (sorted, count)
  }
}
