import ChipInterface

/// The registers that a run records: all threads write, each to its own cores and samples.
final class RegisterOutput: @unchecked Sendable {
  let probes: [RegisterProbe]
  private let counts: [Int]
  private let ticks, samples: Int
  private let memory: [UnsafeMutablePointer<Double>]

  init(_ experiment: Experiment, _ image: ChipImage) {
    probes = experiment.recorded.registers
    counts = probes.map { $0.count(in: image) ?? 0 }
    (ticks, samples) = (experiment.durationTicks, experiment.inputs.sampleCount)
    let (ticks, samples) = (ticks, samples)
    memory = zip(probes, counts).map { probe, count in
      .allocateAligned(samples * (probe.everyTick ? ticks : 1) * count)
    }
  }

  deinit { for memory in memory { memory.deallocate() } }

  var isEmpty: Bool { probes.isEmpty }

  /// Where the registers of a probe go in a tick; nil when they are not read then.
  func place(_ probe: Int, sample: Int, tick: Int) -> UnsafeMutablePointer<Double>? {
    guard probes[probe].everyTick || tick == ticks - 1 else { return nil }
    let time = probes[probe].everyTick ? sample * ticks + tick : sample
    return memory[probe] + time * counts[probe]
  }

  /// The registers, probe by probe, in the shape that recordings give them.
  var all: [[Double]] {
    probes.indices.map { i in
      let times = samples * (probes[i].everyTick ? ticks : 1)
      return Array(UnsafeBufferPointer(start: memory[i], count: times * counts[i]))
    }
  }
}
