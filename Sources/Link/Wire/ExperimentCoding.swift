import ChipInterface
import HardwareSpec

/// Spike batches on the wire: `offsets`, `cycles` and `units`.
enum SpikeCoding {
  package static func encode(_ batch: SpikeBatch) -> [WireArray] {
    [
      WireArray("offsets", batch.offsets), WireArray("cycles", batch.cycles),
      WireArray("units", batch.units),
    ]
  }

  /// Reads a batch; its offsets start at 0, ascend and end at the number of spikes.
  package static func decode(_ message: Message) throws(WireError) -> SpikeBatch {
    let offsets = try message.array("offsets", Int.self)
    let cycles = try message.array("cycles", UInt32.self)
    let units = try message.array("units", UInt32.self, shape: [cycles.count])
    guard offsets.first == 0, offsets.last == cycles.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw WireError(
        .badPayload, "offsets must ascend from 0 to the number of spikes", field: "offsets",
        limit: cycles.count)
    }
    return SpikeBatch(offsets: offsets, cycles: cycles, units: units)
  }
}

/// Experiments on the wire: the request `run`.
package enum ExperimentCoding {
  package static func fields(_ experiment: Experiment) -> JSONObject {
    [
      "duration_ticks": .integer(experiment.durationTicks),
      "record_spikes": .flag(experiment.recorded.spikes),
      "adc_populations": .list(experiment.recorded.adcPopulations.map { .text($0) }),
      "adc_every": .integer(experiment.recorded.adcEvery),
    ]
  }

  package static func arrays(_ experiment: Experiment) -> [WireArray] {
    let traced = experiment.recorded.tracedCircuits
    let circuits = traced.flatMap { [Int32(clamping: $0.core.index), Int32(clamping: $0.column)] }
    return [WireArray("sample_numbers", experiment.sampleNumbers)]
      + SpikeCoding.encode(experiment.inputs)
      + [WireArray("traced_circuits", circuits, shape: [traced.count, 2])]
  }

  package static func decode(_ message: Message, spec: ChipSpec) throws(WireError) -> Experiment {
    let header = message.header
    let inputs = try SpikeCoding.decode(message)
    return Experiment(
      durationTicks: try header.integer("duration_ticks", 1...Experiment.longestTicks),
      inputs: inputs,
      sampleNumbers: try message.array("sample_numbers", shape: [inputs.sampleCount]),
      recorded: RecordingRequest(
        spikes: try header.flag("record_spikes"),
        adcPopulations: try header.texts("adc_populations"),
        adcEvery: try header.integer("adc_every", 1...Experiment.longestTicks),
        tracedCircuits: try circuits(message, spec)))
  }

  private static func circuits(
    _ message: Message, _ spec: ChipSpec
  ) throws(WireError) -> [CircuitOnChip] {
    let numbers = try message.array("traced_circuits", Int32.self, shape: [nil, 2])
    var circuits: [CircuitOnChip] = []
    for start in stride(from: 0, to: numbers.count, by: 2) {
      guard let core = CoreOnChip(Int(numbers[start]), on: spec.geometry),
        let circuit = CircuitOnChip(core, column: Int(numbers[start + 1]), on: spec.geometry)
      else {
        throw WireError(
          .badPayload,
          "there is no core \(numbers[start]) column \(numbers[start + 1]) on the chip",
          field: "traced_circuits")
      }
      circuits.append(circuit)
    }
    return circuits
  }
}

/// Recordings on the wire: the answer to `run`.
package enum RecordingCoding {
  package static func fields(_ recording: Recording) -> JSONObject {
    [
      "hardware_seconds": .number(recording.hardwareSeconds),
      "counters": .object(CounterCoding.encode(recording.counters)),
    ]
  }

  package static func arrays(_ recording: Recording, tracedCircuits: Int) -> [WireArray] {
    let samples = recording.spikes.sampleCount
    let rows = samples * tracedCircuits
    let ticks = rows > 0 ? recording.traces.count / rows : 0
    return SpikeCoding.encode(recording.spikes) + [
      WireArray(
        "adc", recording.adc, shape: [samples, recording.adcTimes, recording.adcColumns]),
      WireArray("traces", recording.traces, shape: [samples, ticks, tracedCircuits]),
    ]
  }

  package static func decode(_ message: Message) throws(WireError) -> Recording {
    let spikes = try SpikeCoding.decode(message)
    let shape = message.shape(of: "adc")
    let adc: [UInt8] = try message.array("adc", shape: [spikes.sampleCount, nil, nil])
    return Recording(
      spikes: spikes, adc: adc, adcColumns: shape[2], adcTimes: shape[1],
      traces: try message.array("traces", shape: [spikes.sampleCount, nil, nil]),
      counters: try CounterCoding.decode(try message.header.object("counters")),
      hardwareSeconds: try message.header.number("hardware_seconds"))
  }

  /// Bytes of ADC codes and traces that a run will give; nil when the number exceeds 64 bits.
  static func expectedBytes(_ experiment: Experiment, image: ChipImage) -> Int? {
    let recorded = experiment.recorded
    var columns = 0
    for name in recorded.adcPopulations {
      let (sum, overflow) = columns.addingReportingOverflow(image.io.population(name)?.count ?? 0)
      if overflow { return nil }
      columns = sum
    }
    let adc = recorded.adcSamples(ticks: experiment.durationTicks)
    let traces = 8 * recorded.tracedCircuits.count
    let (a, overA) = adc.multipliedReportingOverflow(by: columns)
    let (b, overB) = experiment.durationTicks.multipliedReportingOverflow(by: traces)
    let (sum, overSum) = a.addingReportingOverflow(b)
    let (total, over) = sum.multipliedReportingOverflow(by: experiment.inputs.sampleCount)
    return overA || overB || overSum || over ? nil : total
  }
}

/// The counters of a run on the wire, by name.
enum CounterCoding {
  private static let names: [(String, any WritableKeyPath<RunCounters, Int> & Sendable)] = [
    ("ticks", \.ticks), ("input_events", \.inputEvents), ("spikes", \.spikes),
    ("row_events", \.rowEvents), ("synaptic_events", \.synapticEvents),
    ("lost_at_port", \.lostAtPort), ("lost_in_network", \.lostInNetwork),
    ("unfinished", \.unfinished), ("adc_clipped", \.adcClipped),
    ("input_saturated", \.inputSaturated),
  ]

  package static func encode(_ counters: RunCounters) -> JSONObject {
    var object = JSONObject()
    for (name, path) in names { object[name] = .integer(counters[keyPath: path]) }
    return object
  }

  package static func decode(_ object: JSONObject) throws(WireError) -> RunCounters {
    var counters = RunCounters()
    for (name, path) in names {
      counters[keyPath: path] = try object.integer(name, Int.min...Int.max)
    }
    return counters
  }
}
