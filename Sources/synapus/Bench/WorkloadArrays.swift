import ChipInterface
import HardwareSpec
import Recordings

/// The arrays of a digital workload, and what the chip counted, for tools that run it again.
///
/// Core c owns neurons `neuron_start[c]..<neuron_start[c + 1]` and the axons and synapses between
/// `axon_start[c]` and `synapse_start[c]` and the next ones; `starts` of its axons count its own
/// synapses. Neuron n's spikes go to `targets[target_start[n]..<target_start[n + 1]]`, pairs of
/// core and axon; input k's to those after all neurons'.
struct WorkloadArrays {
  private let workload: DigitalWorkload
  private let recording: Recording

  init(_ workload: DigitalWorkload, _ recording: Recording) {
    (self.workload, self.recording) = (workload, recording)
  }

  /// The arrays as a file for numpy.
  var file: NPZFile {
    NPZFile(neurons + synapses + routes + inputs + counted)
  }

  private static func entry(_ name: String, _ values: some Sequence<some BinaryInteger>)
    -> NPZFile.Entry
  {
    NPZFile.Entry(name, NPYArray(.int64(values.map { Int64($0) })))
  }

  private var cores: [CurrentBasedCore] {
    workload.image.cores.compactMap {
      if case .currentBased(let core) = $0.digital { return core }
      return nil
    }
  }

  private var neurons: [NPZFile.Entry] {
    let all = cores.flatMap(\.neurons)
    return [
      Self.entry("neuron_start", Self.starts(cores.map(\.neurons.count))),
      Self.entry("du", all.map(\.currentDecay)), Self.entry("dv", all.map(\.voltageDecay)),
      Self.entry("vth", all.map(\.threshold)), Self.entry("bias", all.map(\.biasMantissa)),
      Self.entry("u0", all.map(\.initialCurrent)), Self.entry("v0", all.map(\.initialVoltage)),
    ]
  }

  private var synapses: [NPZFile.Entry] {
    let projections = cores.flatMap(\.projections)
    return [
      Self.entry("axon_start", Self.starts(projections.map(\.axonCount))),
      Self.entry("synapse_start", Self.starts(projections.map(\.targets.count))),
      Self.entry("starts", projections.flatMap { $0.starts.dropLast() }),
      Self.entry("columns", projections.flatMap(\.targets)),
      Self.entry("weights", projections.flatMap(\.weights)),
    ]
  }

  private var routes: [NPZFile.Entry] {
    let slots = Dictionary(
      workload.image.cores.enumerated().map { ($1.core, $0) }, uniquingKeysWith: { a, _ in a })
    let first = Self.starts(cores.map(\.neurons.count))
    var lists = [[RowPairOnChip]](repeating: [], count: first.last ?? 0)
    for route in workload.image.spikeRoutes {
      lists[first[slots[route.source.core] ?? 0] + route.source.column] += route.targets
    }
    lists += workload.image.inputRoutes
    return [
      Self.entry("target_start", Self.starts(lists.map(\.count))),
      Self.entry("target_core", lists.joined().map { slots[$0.core] ?? 0 }),
      Self.entry("target_axon", lists.joined().map(\.pair)),
    ]
  }

  private var inputs: [NPZFile.Entry] {
    let events = workload.experiment.inputs
    return [
      Self.entry("steps", [workload.experiment.durationTicks]),
      Self.entry("input_steps", events.cycles), Self.entry("input_channels", events.units),
    ]
  }

  private var counted: [NPZFile.Entry] {
    [
      Self.entry("spike_steps", recording.spikes.cycles),
      Self.entry("spike_neurons", recording.spikes.units),
      Self.entry("synaptic_events", [recording.counters.synapticEvents]),
      Self.entry("axon_events", [recording.counters.rowEvents]),
    ]
  }

  /// Where each of so many parts begins, and where the last ends.
  private static func starts(_ counts: [Int]) -> [Int] {
    counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
  }
}
