import ChipInterface
import HardwareSpec

/// Writes what chosen cores did as a value change dump: spikes as events, FIFO occupancies and ADC
/// codes as integers, traced membranes as real numbers.
///
/// Samples follow one another on one time axis; `sample` tells which one runs. Spikes stand at
/// their clock cycle; codes, occupancies and membranes at the end of their tick, when they change.
public final class VCDTrace {
  private let writer: VCDWriter
  private let cyclesPerTick: Int
  private let sampleVariable: VCDWriter.Variable
  /// The event of each recorded unit; nil where its core was not chosen.
  private var spikes: [VCDWriter.Variable?]
  private var codes: [ChangingNumber] = []
  private var membranes: [ChangingNumber] = []
  private var occupancies: [ChangingNumber] = []
  private var samples = 0
  /// The clock cycle at which the next sample begins.
  private var start = 0

  /// Writes the header for chosen cores of an image; what is recorded is what the request names.
  public init(
    _ image: ChipImage, on spec: ChipSpec, cores: [CoreOnChip], recorded: RecordingRequest,
    to sink: @escaping VCDWriter.Sink
  ) throws {
    cyclesPerTick = spec.time.cyclesPerTick
    writer = VCDWriter(cycleSeconds: 1 / spec.time.clockHertz, source: "synapus", to: sink)
    writer.open(scope: spec.name)
    sampleVariable = writer.declare("sample", .integer(bits: 32))
    spikes = Array(repeating: nil, count: image.io.unitCount)
    let signals = RecordedSignals(image.io, recorded)
    for core in cores {
      writer.open(scope: "core_\(core.index)")
      declare(signals, of: core, codeBits: spec.readout.bits)
      if let probe = recorded.probedCores.firstIndex(of: core) { declareOccupancies(probe) }
      writer.closeScope()
    }
    try writer.endDeclarations()
  }

  private func declare(_ signals: RecordedSignals, of core: CoreOnChip, codeBits: Int) {
    for signal in signals.units where signal.core == core {
      spikes[signal.position] = writer.declare("spike_\(signal.name)", .event)
    }
    for signal in signals.codes where signal.core == core {
      let variable = writer.declare("adc_\(signal.name)", .integer(bits: codeBits))
      codes.append(ChangingNumber(variable, position: signal.position))
    }
    for signal in signals.membranes where signal.core == core {
      let variable = writer.declare("v_\(signal.name)", .real)
      membranes.append(ChangingNumber(variable, position: signal.position))
    }
  }

  private func declareOccupancies(_ probe: Int) {
    for (side, name) in ["output_fifo", "input_port"].enumerated() {
      let variable = writer.declare(name, .integer(bits: 16))
      occupancies.append(ChangingNumber(variable, position: 2 * probe + side))
    }
  }

  /// Appends the samples of a run of the image; its request is the one of the header.
  public func append(_ recording: Recording, of experiment: Experiment) throws {
    for sample in 0..<experiment.inputs.sampleCount {
      try writer.set(sampleVariable, samples, at: start)
      var waiting = spikesInOrder(recording.spikes, sample)[...]
      for tick in 0..<experiment.durationTicks {
        let end = (tick + 1) * cyclesPerTick
        try write(&waiting, of: recording.spikes, before: end)
        try writeNumbers(recording, experiment, sample, tick, at: start + end)
      }
      samples += 1
      start += experiment.durationTicks * cyclesPerTick
    }
  }

  /// Ends the file.
  public func finish() throws { try writer.finish(at: start) }

  private func spikesInOrder(_ spikes: SpikeBatch, _ sample: Int) -> [Int] {
    spikes.range(ofSample: sample).sorted {
      (spikes.cycles[$0], spikes.units[$0]) < (spikes.cycles[$1], spikes.units[$1])
    }
  }

  private func write(
    _ waiting: inout ArraySlice<Int>, of batch: SpikeBatch, before end: Int
  ) throws {
    while let next = waiting.first, Int(batch.cycles[next]) < end {
      waiting.removeFirst()
      let unit = Int(batch.units[next])
      guard spikes.indices.contains(unit), let variable = spikes[unit] else { continue }
      try writer.event(variable, at: start + Int(batch.cycles[next]))
    }
  }

  /// Writes what stands at the end of a tick.
  private func writeNumbers(
    _ recording: Recording, _ experiment: Experiment, _ sample: Int, _ tick: Int, at cycle: Int
  ) throws {
    let (ticks, recorded) = (experiment.durationTicks, experiment.recorded)
    if recording.adcColumns > 0, (tick + 1) % recorded.adcEvery == 0 {
      let time = sample * recording.adcTimes + tick / recorded.adcEvery
      try writeChanges(of: &codes, at: cycle) {
        Double(recording.adc[time * recording.adcColumns + $0])
      }
    }
    let row = sample * ticks + tick
    let probes = 2 * recorded.probedCores.count
    // A chip that has no queues to look at gives none.
    if !recording.occupancy.isEmpty {
      try writeChanges(of: &occupancies, at: cycle) {
        Double(recording.occupancy[row * probes + $0])
      }
    }
    let traced = recorded.tracedCircuits.count
    try writeChanges(of: &membranes, at: cycle) { recording.traces[row * traced + $0] }
  }

  private func writeChanges(
    of numbers: inout [ChangingNumber], at cycle: Int, _ value: (Int) -> Double
  ) throws {
    for i in numbers.indices {
      let (value, variable) = (value(numbers[i].position), numbers[i].variable)
      if value == numbers[i].last { continue }
      numbers[i].last = value
      if variable.kind == .real {
        try writer.set(variable, value, at: cycle)
      } else {
        try writer.set(variable, Int(value), at: cycle)
      }
    }
  }
}

/// A variable that is written when its number changes.
private struct ChangingNumber {
  let variable: VCDWriter.Variable
  /// Where its number stands along the last axis of the recording.
  let position: Int
  var last = Double.nan

  init(_ variable: VCDWriter.Variable, position: Int) {
    (self.variable, self.position) = (variable, position)
  }
}
