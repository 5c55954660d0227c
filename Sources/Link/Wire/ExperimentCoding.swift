import ChipInterface
import HardwareSpec

/// Spike batches on the wire: `offsets`, `cycles` and `units`.
enum SpikeCoding {
  package static func encode(_ batch: SpikeBatch, narrow: Bool = false) -> [WireArray] {
    if narrow {
      return [
        WireArray("offsets", batch.offsets), .narrow("cycles", batch.cycles),
        .narrow("units", batch.units),
      ]
    }
    return [
      WireArray("offsets", batch.offsets), WireArray("cycles", batch.cycles),
      WireArray("units", batch.units),
    ]
  }

  /// Reads a batch; its offsets start at 0, ascend and end at the number of spikes.
  package static func decode(_ message: Message) throws(WireError) -> SpikeBatch {
    let offsets = try message.array("offsets", Int.self)
    let cycles = try message.widenedArray("cycles")
    let units = try message.widenedArray("units", count: cycles.count)
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
    var fields: JSONObject = [
      "duration_ticks": .integer(experiment.durationTicks),
      "record_spikes": .flag(experiment.recorded.spikes),
      "adc_populations": .list(experiment.recorded.adcPopulations.map { .text($0) }),
      "adc_every": .integer(experiment.recorded.adcEvery),
    ]
    let probes = experiment.recorded.registers
    if !probes.isEmpty { fields["registers"] = LearningCoding.names(probes) }
    return fields
  }

  /// The arrays of an experiment; `narrow` has spikes in the narrowest type that holds them.
  package static func arrays(_ experiment: Experiment, narrow: Bool = false) -> [WireArray] {
    let traced = experiment.recorded.tracedCircuits
    let circuits = traced.flatMap { [Int32(clamping: $0.core.index), Int32(clamping: $0.column)] }
    return [WireArray("sample_numbers", experiment.sampleNumbers)]
      + SpikeCoding.encode(experiment.inputs, narrow: narrow)
      + [WireArray("traced_circuits", circuits, shape: [traced.count, 2])]
      + optionalArrays(experiment.recorded)
      + LearningCoding.arrays(experiment.graded) + LearningCoding.arrays(experiment.draws)
      + LearningCoding.arrays(experiment.recorded.registers)
  }

  /// What few experiments ask for; left out when empty.
  private static func optionalArrays(_ recorded: RecordingRequest) -> [WireArray] {
    var arrays: [WireArray] = []
    if let circuit = recorded.fastADC {
      let numbers = [Int32(clamping: circuit.core.index), Int32(clamping: circuit.column)]
      arrays.append(WireArray("fast_adc", numbers, shape: [1, 2]))
    }
    for (name, cores) in [
      ("sensed_cores", recorded.sensedCores), ("probed_cores", recorded.probedCores),
    ] where !cores.isEmpty {
      arrays.append(WireArray(name, cores.map { Int32(clamping: $0.index) }))
    }
    return arrays
  }

  package static func decode(_ message: Message, spec: ChipSpec) throws(WireError) -> Experiment {
    let header = message.header
    let inputs = try SpikeCoding.decode(message)
    var experiment = Experiment(
      durationTicks: try header.integer("duration_ticks", 1...Experiment.longestTicks),
      inputs: inputs,
      sampleNumbers: try message.array("sample_numbers", shape: [inputs.sampleCount]),
      recorded: RecordingRequest(
        spikes: try header.flag("record_spikes"),
        adcPopulations: try header.texts("adc_populations"),
        adcEvery: try header.integer("adc_every", 1...Experiment.longestTicks),
        tracedCircuits: try circuits("traced_circuits", message, spec),
        fastADC: try message.hasArray("fast_adc") ? circuits("fast_adc", message, spec).first : nil,
        sensedCores: try cores("sensed_cores", message, spec),
        probedCores: try cores("probed_cores", message, spec)))
    experiment.graded = try LearningCoding.gradedEvents(message)
    experiment.draws = try LearningCoding.draws(message)
    experiment.recorded.registers = try LearningCoding.probes(message)
    return experiment
  }

  private static func cores(
    _ name: String, _ message: Message, _ spec: ChipSpec
  ) throws(WireError) -> [CoreOnChip] {
    guard message.hasArray(name) else { return [] }
    var cores: [CoreOnChip] = []
    for number in try message.array(name, Int32.self, shape: [nil]) {
      guard let core = CoreOnChip(Int(number), on: spec.geometry) else {
        throw WireError(.badPayload, "there is no core \(number) on the chip", field: name)
      }
      cores.append(core)
    }
    return cores
  }

  private static func circuits(
    _ name: String, _ message: Message, _ spec: ChipSpec
  ) throws(WireError) -> [CircuitOnChip] {
    let numbers = try message.array(name, Int32.self, shape: [nil, 2])
    var circuits: [CircuitOnChip] = []
    for start in stride(from: 0, to: numbers.count, by: 2) {
      guard let core = CoreOnChip(Int(numbers[start]), on: spec.geometry),
        let circuit = CircuitOnChip(core, column: Int(numbers[start + 1]), on: spec.geometry)
      else {
        throw WireError(
          .badPayload,
          "there is no core \(numbers[start]) column \(numbers[start + 1]) on the chip",
          field: name)
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
      "energy_joules": .object(CounterCoding.encode(recording.energy)),
    ]
  }

  /// The arrays of a recording; `narrow` has spikes in the narrowest type that holds them.
  package static func arrays(
    _ recording: Recording, tracedCircuits: Int, narrow: Bool = false
  ) -> [WireArray] {
    let samples = recording.spikes.sampleCount
    let rows = samples * tracedCircuits
    let ticks = rows > 0 ? recording.traces.count / rows : 0
    return SpikeCoding.encode(recording.spikes, narrow: narrow) + [
      WireArray(
        "adc", recording.adc, shape: [samples, recording.adcTimes, recording.adcColumns]),
      WireArray("traces", recording.traces, shape: [samples, ticks, tracedCircuits]),
    ] + optionalArrays(recording)
  }

  /// What only some runs record; left out when empty.
  private static func optionalArrays(_ recording: Recording) -> [WireArray] {
    var arrays: [WireArray] = []
    if !recording.fastADC.isEmpty { arrays.append(WireArray("fast_adc", recording.fastADC)) }
    if !recording.correlations.isEmpty {
      arrays.append(WireArray("correlations", recording.correlations))
    }
    if !recording.occupancy.isEmpty { arrays.append(WireArray("occupancy", recording.occupancy)) }
    return arrays + LearningCoding.arrays(registers: recording.registers)
  }

  package static func decode(_ message: Message) throws(WireError) -> Recording {
    let spikes = try SpikeCoding.decode(message)
    let shape = message.shape(of: "adc")
    let adc: [UInt8] = try message.array("adc", shape: [spikes.sampleCount, nil, nil])
    var recording = Recording(
      spikes: spikes, adc: adc, adcColumns: shape[2], adcTimes: shape[1],
      traces: try message.array("traces", shape: [spikes.sampleCount, nil, nil]),
      counters: try CounterCoding.decode(try message.header.object("counters")),
      hardwareSeconds: try message.header.number("hardware_seconds"))
    if message.header["energy_joules"] != nil {
      recording.energy = try CounterCoding.decode(
        energy: try message.header.object("energy_joules"))
    }
    if message.hasArray("fast_adc") {
      recording.fastADC = try message.array("fast_adc", shape: [nil])
    }
    if message.hasArray("correlations") {
      recording.correlations = try message.array("correlations", shape: [nil])
    }
    if message.hasArray("occupancy") {
      recording.occupancy = try message.array("occupancy", shape: [nil])
    }
    recording.registers = try LearningCoding.registers(message)
    return recording
  }

  /// Bytes of ADC codes, traces and the like that a run will give; nil when the number exceeds
  /// 64 bits.
  static func expectedBytes(
    _ experiment: Experiment, image: ChipImage, spec: ChipSpec
  ) -> Int? {
    let recorded = experiment.recorded
    var columns = 0
    for name in recorded.adcPopulations {
      let (sum, overflow) = columns.addingReportingOverflow(image.io.population(name)?.count ?? 0)
      if overflow { return nil }
      columns = sum
    }
    let adc = recorded.adcSamples(ticks: experiment.durationTicks)
    let traces =
      8 * recorded.tracedCircuits.count + 4 * recorded.probedCores.count
      + (recorded.fastADC == nil ? 0 : 2)
    let sensors =
      2 * spec.geometry.synapseRowsPerCore * spec.geometry.circuitsPerCore
      * recorded.sensedCores.count
    let (a, overA) = adc.multipliedReportingOverflow(by: columns)
    let (b, overB) = experiment.durationTicks.multipliedReportingOverflow(by: traces)
    let (both, overBoth) = a.addingReportingOverflow(b)
    guard
      let registers = LearningCoding.expectedBytes(
        recorded.registers, image: image, ticks: experiment.durationTicks)
    else { return nil }
    let (sum, overSum) = both.addingReportingOverflow(sensors + registers)
    let (total, over) = sum.multipliedReportingOverflow(by: experiment.inputs.sampleCount)
    return overA || overB || overBoth || overSum || over ? nil : total
  }
}

/// The counters and the energy of a run on the wire, by name.
enum CounterCoding {
  package static func encode(_ counters: RunCounters) -> JSONObject {
    var object = JSONObject()
    for (name, path) in RunCounters.named { object[name] = .integer(counters[keyPath: path]) }
    return object
  }

  /// Counts that the other side does not know are zero.
  package static func decode(_ object: JSONObject) throws(WireError) -> RunCounters {
    var counters = RunCounters()
    for (name, path) in RunCounters.named where object[name] != nil {
      counters[keyPath: path] = try object.integer(name, Int.min...Int.max)
    }
    return counters
  }

  static func encode(_ energy: EnergyUse) -> JSONObject {
    var object = JSONObject()
    for (name, path) in EnergyUse.named { object[name] = .number(energy[keyPath: path]) }
    return object
  }

  static func decode(energy object: JSONObject) throws(WireError) -> EnergyUse {
    var energy = EnergyUse()
    for (name, path) in EnergyUse.named where object[name] != nil {
      energy[keyPath: path] = try object.number(name)
    }
    return energy
  }
}
