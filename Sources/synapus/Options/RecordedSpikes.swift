import Analysis
import Recordings

/// The spikes of a recording in the units of Analysis: microseconds of hardware time.
struct RecordedSpikes {
  let file: RecordingFile

  init(_ path: String) throws { file = try RecordingFile(reading: path) }

  private var microsecondsPerCycle: Double { file.origin.cycleSeconds * 1e6 }

  /// The spikes of every sample.
  var samples: [[TimedSpike]] { (0..<file.spikes.sampleCount).map { sample($0) } }

  /// The spikes of one sample.
  func sample(_ number: Int) -> [TimedSpike] {
    file.spikes.range(ofSample: number).map { i in
      TimedSpike(
        time: Double(file.spikes.cycles[i]) * microsecondsPerCycle, unit: Int(file.spikes.units[i]))
    }
  }

  /// How long a sample lasts, in microseconds.
  var duration: Double { Double(file.durationTicks) * file.origin.tickSeconds * 1e6 }
}
