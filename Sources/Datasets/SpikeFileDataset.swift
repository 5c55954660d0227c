/// Holds labelled spikes that a user's file brings along, in the layout of the SHD data set.
///
/// `spikes/times` has one list of floats a sample, in seconds; `spikes/units` one list of integers;
/// `labels` one integer a sample.
/// Source: Cramer et al. 2022, IEEE TNNLS 33(7), zenkelab.org/datasets.
public struct SpikeFileDataset: Equatable, Sendable {
  /// The file that was read.
  public let file: String
  /// Number of channels: one more than the highest unit.
  public let channels: Int
  /// Number of classes: one more than the highest label.
  public let classes: Int
  /// Sample `s` owns the spikes `offsets[s]..<offsets[s + 1]`; starts at 0.
  public let offsets: [Int]
  /// Time of each spike from the start of its sample, in the file's seconds, in the file's order.
  public let seconds: [Double]
  /// The channel of each spike.
  public let units: [UInt32]
  /// One label a sample.
  public let labels: [UInt8]

  /// Channels that a file may have.
  public static let mostChannels = 1 << 20

  /// Number of samples.
  public var count: Int { labels.count }

  /// Time of the last spike of all samples, in seconds; 0 without spikes.
  public var lastSecond: Double { seconds.max() ?? 0 }

  /// Reads a file.
  ///
  /// - Throws: ``DatasetError``. A damaged or hostile file never does more harm.
  public init(reading file: String) throws(DatasetError) {
    let contents = try SpikeFileContents(reading: file)
    let (times, units) = (contents.times, contents.units)
    guard times.count == units.count, units.count == contents.labels.count else {
      throw .sampleCounts(
        file: file, times: times.count, units: units.count, labels: contents.labels.count)
    }
    for sample in 0..<times.count {
      let (timeCount, unitCount) = (times.length(of: sample), units.length(of: sample))
      guard timeCount == unitCount else {
        throw .spikeCounts(file: file, sample: sample, times: timeCount, units: unitCount)
      }
      for i in times.offsets[sample]..<times.offsets[sample + 1] {
        guard times.values[i] >= 0, times.values[i].isFinite,
          (0..<Int64(Self.mostChannels)).contains(units.values[i])
        else {
          throw .badSpike(
            file: file, sample: sample, seconds: times.values[i], unit: Int(units.values[i]),
            allowedUnits: Self.mostChannels)
        }
      }
    }
    self.file = file
    (offsets, seconds) = (times.offsets, times.values)
    self.units = units.values.map { UInt32($0) }
    labels = contents.labels
    channels = Int(units.values.max() ?? 0) + 1
    classes = Int(labels.max() ?? 0) + 1
  }

  /// Gives the spikes clock cycles: `ticksPerSecond` is how many ticks of the chip one second of
  /// the file becomes.
  ///
  /// Spikes after `ticks` are left out and counted.
  public func coded(ticksPerSecond: Double, ticks: Int, cyclesPerTick: Int = 64) -> CodedSamples {
    var coded = CodedSamples(channels: channels, ticks: ticks, cyclesPerTick: cyclesPerTick)
    for sample in 0..<count {
      let range = offsets[sample]..<offsets[sample + 1]
      coded.append(
        label: labels[sample],
        spikes: range.map { (seconds[$0] * ticksPerSecond, Int(units[$0])) })
    }
    return coded
  }
}
