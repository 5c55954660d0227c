import ChipInterface
import Foundation

/// What `synapus bench` measured, with the keys that other programs may rely on.
struct BenchMeasurement: Encodable {
  var workload, chip, kernel: String
  var threads, steps: Int
  var seconds, cpuSeconds, hardwareSeconds: Double
  var stepsPerS, neuronUpdatesPerS, synapticEventsPerS: Double
  var outputSpikes: Int
  var counters: RunCounters
  var imagesPerS, samplesPerS, synapseUpdatesPerS: Double?
  var parts: [String: Double]?
  var peakRSSMiB: Double

  enum CodingKeys: String, CodingKey {
    case workload, chip, kernel, threads, steps, seconds
    case cpuSeconds = "cpu_seconds"
    case hardwareSeconds = "hardware_seconds"
    case stepsPerS = "steps_per_s"
    case neuronUpdatesPerS = "neuron_updates_per_s"
    case synapticEventsPerS = "synaptic_events_per_s"
    case outputSpikes = "output_spikes"
    case counters
    case imagesPerS = "images_per_s"
    case samplesPerS = "samples_per_s"
    case synapseUpdatesPerS = "synapse_updates_per_s"
    case parts
    case peakRSSMiB = "peak_rss_mib"
  }
}

/// Wall clock, processor time and memory of this process.
struct ResourceClock {
  private let wall = ContinuousClock.now
  private let processor = ResourceClock.processorSeconds

  /// Wall-clock seconds since the clock was made.
  var seconds: Double {
    let elapsed = ContinuousClock.now - wall
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
  }

  /// Processor seconds of all threads since the clock was made.
  var cpuSeconds: Double { Self.processorSeconds - processor }

  /// The largest resident memory of the process so far.
  static var peakRSSMiB: Double { Double(usage.ru_maxrss) / 1024 }

  private static var processorSeconds: Double {
    let usage = usage
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6
  }

  private static var usage: rusage {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage
  }
}
