import Analysis
import ChipInterface
import Foundation
import HardwareSpec
import Link

/// What `synapus bench link` measured.
struct LinkMeasurement: Encodable {
  /// Ping round trips a second of one client over ipc.
  var pingsPerS: Double
  /// Bytes of results a second, checksums on.
  var bytesPerS: Double
  /// Time of training in the loop over ipc, over its time in one process.
  var loopRatio: Double
  var loopSamplesPerS: Double
  var inProcessSamplesPerS: Double

  enum CodingKeys: String, CodingKey {
    case pingsPerS = "pings_per_s"
    case bytesPerS = "bytes_per_s"
    case loopRatio = "loop_ratio"
    case loopSamplesPerS = "loop_samples_per_s"
    case inProcessSamplesPerS = "in_process_samples_per_s"
  }

  var table: String {
    var table = TextTable("figure", "value")
    table.append(["ping round trips", NumberText.brief(pingsPerS) + " /s"])
    table.append(["bulk results", NumberText.brief(bytesPerS / 1e6) + " MB/s"])
    table.append(["loop in one process", NumberText.brief(inProcessSamplesPerS) + " samples/s"])
    table.append(["loop over ipc", NumberText.brief(loopSamplesPerS) + " samples/s"])
    table.append(["loop over ipc / in one process, time", NumberText.brief(loopRatio)])
    return table.text()
  }
}

/// Measures the line to a server that runs in a process of its own.
struct LinkBench {
  let options: ChipOptions
  let threads: Int

  func run() throws -> LinkMeasurement {
    let server = try ServerProcess(options.serverArguments(threads: threads))
    defer { server.stop() }
    let remote = try RemoteChip(connecting: server.endpoint)
    defer { remote.close() }
    let pings = try rate(seconds: 1) { try remote.ping() }
    let bulk = try bulkBytes(remote)
    // In turn, so that a change of the machine's speed meets both.
    var (local, loop) = (0.0, 0.0)
    let rounds = 3
    for _ in 0..<rounds {
      local += try samples(try options.makeChip())
      loop += try samples(remote)
    }
    return LinkMeasurement(
      pingsPerS: pings, bytesPerS: bulk, loopRatio: local / loop,
      loopSamplesPerS: loop / Double(rounds), inProcessSamplesPerS: local / Double(rounds))
  }

  private func samples(_ chip: any Chip) throws -> Double {
    let runner = BenchRunner(chip: chip, kernel: chip.info.kind, threads: threads)
    return try runner.training(batches: 40).samplesPerS ?? 0
  }

  private func rate(seconds: Double, _ body: () throws -> Void) throws -> Double {
    let clock = ResourceClock()
    var count = 0
    while clock.seconds < seconds {
      try body()
      count += 1
    }
    return Double(count) / clock.seconds
  }

  /// Bytes a second of answers that are large for what the chip has to do.
  ///
  /// They hold the membranes of all hidden circuits at every tick; the chip's own time is not
  /// taken off.
  private func bulkBytes(_ remote: RemoteChip) throws -> Double {
    let spec = remote.info.spec
    let workload = try ImageWorkload(spec, images: 200)
    var experiment = workload.inference(spec).cutting(toTicks: 50, on: spec)
    let circuits = workload.image.io.population("hidden")?.ranges ?? []
    experiment.recorded = RecordingRequest(
      spikes: false,
      tracedCircuits: circuits.flatMap { range in
        (0..<range.count).compactMap {
          CircuitOnChip(range.core, column: range.firstColumn + $0, on: spec.geometry)
        }
      })
    try remote.load(workload.image)
    _ = try remote.run(experiment)
    let (before, clock) = (remote.statistics, ResourceClock())
    for _ in 0..<10 { _ = try remote.run(experiment) }
    return Double(remote.statistics.bytesReceived - before.bytesReceived) / clock.seconds
  }
}

extension Experiment {
  /// The experiment with the inputs of its first ticks only.
  func cutting(toTicks ticks: Int, on spec: ChipSpec) -> Experiment {
    var inputs = SpikeBatch()
    for sample in 0..<self.inputs.sampleCount {
      for i in self.inputs.range(ofSample: sample)
      where self.inputs.cycles[i] < ticks * spec.time.cyclesPerTick {
        inputs.cycles.append(self.inputs.cycles[i])
        inputs.units.append(self.inputs.units[i])
      }
      inputs.offsets.append(inputs.cycles.count)
    }
    return Experiment(
      durationTicks: ticks, inputs: inputs, sampleNumbers: sampleNumbers, recorded: recorded)
  }
}
