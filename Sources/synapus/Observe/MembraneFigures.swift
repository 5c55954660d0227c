import Analysis
import ChipInterface
import HardwareSpec
import Recordings

/// The membranes of one or two recordings, laid over each other.
struct MembraneFigures {
  let recordings: [RecordedSpikes]
  /// How the legend names the recordings.
  let labels: [String]
  let sample: Int
  /// The units to draw; empty for the first ones.
  let units: [Int]
  let image: ImageFile?

  private static let usualCount = 3

  private var names: UnitNames { UnitNames(populations: recordings[0].file.populations) }

  /// The ADC's codes; nil where the first recording has none of the neurons.
  var codes: Picture? {
    guard let adc = recordings[0].file.adc, adc.columns > 0 else { return nil }
    let chosen = chosen(names.columns(of: adc.populations))
    let traces = recordings.indices.flatMap { i in chosen.compactMap { codeTrace($0, of: i) } }
    guard !traces.isEmpty else { return nil }
    let figure = MembraneTraceFigure(
      title: "Membranes as the ADC saw them, sample \(sample)", traces: traces,
      levels: levels(
        of: chosen, zero: image?.spec.readout.zeroVolts ?? 0,
        unit: image?.spec.readout.lsbVolts ?? 1))
    return Picture(name: "membrane", figure: figure, data: Self.data(of: traces))
  }

  /// Membranes at every tick; nil where none was traced.
  var traces: Picture? {
    guard let traced = recordings[0].file.traces, !traced.circuits.isEmpty else { return nil }
    let chosen = chosen(traced.circuits.map(\.name))
    let traces = recordings.indices.flatMap { i in chosen.compactMap { tickTrace($0, of: i) } }
    guard !traces.isEmpty else { return nil }
    let figure = MembraneTraceFigure(
      title: "Membranes at every tick, sample \(sample)", traces: traces,
      levels: levels(of: chosen, zero: 0, unit: 1e-3), valueLabel: "membrane (mV)")
    return Picture(name: "trace", figure: figure, data: Self.data(of: traces))
  }

  /// The neurons to draw, among those that there are data of.
  private func chosen(_ known: [String]) -> [String] {
    if units.isEmpty { return Array(known.prefix(Self.usualCount)) }
    let wanted = units.map(names.name)
    return known.filter(wanted.contains)
  }

  private func label(_ neuron: String, _ recording: Int) -> String {
    recordings.count > 1 ? "\(neuron), \(labels[recording])" : neuron
  }

  private func spikeTimes(_ neuron: String, _ recording: Int) -> [Double] {
    let spikes = recordings[recording]
    let names = UnitNames(populations: spikes.file.populations)
    return spikes.sample(sample).filter { names.name($0.unit) == neuron }.map(\.time)
  }

  private func codeTrace(_ neuron: String, of recording: Int) -> MembraneTraceFigure.Trace? {
    let file = recordings[recording].file
    let columns = UnitNames(populations: file.populations).columns(of: file.adc?.populations ?? [])
    guard let adc = file.adc, let column = columns.firstIndex(of: neuron), column < adc.columns
    else { return nil }
    let step = Double(adc.everyTicks) * file.origin.tickSeconds * 1e6
    let samples = (0..<adc.times).map { time in
      DataPoint(
        x: Double(time + 1) * step,
        y: Double(adc.codes[(sample * adc.times + time) * adc.columns + column]))
    }
    return .init(
      name: label(neuron, recording), membrane: samples, samples: samples,
      spikeTimes: spikeTimes(neuron, recording))
  }

  private func tickTrace(_ neuron: String, of recording: Int) -> MembraneTraceFigure.Trace? {
    let file = recordings[recording].file
    guard let traced = file.traces,
      let column = traced.circuits.firstIndex(where: { $0.name == neuron })
    else { return nil }
    let (ticks, count) = (file.durationTicks, traced.circuits.count)
    let points = (0..<ticks).map { tick in
      DataPoint(
        x: Double(tick + 1) * file.origin.tickSeconds * 1e6,
        y: traced.volts[(sample * ticks + tick) * count + column] * 1e3)
    }
    return .init(
      name: label(neuron, recording), membrane: points, spikeTimes: spikeTimes(neuron, recording))
  }

  /// Nominal threshold, reset and leak of the neurons, each potential once.
  private func levels(
    of neurons: [String], zero: Double, unit: Double
  ) -> [MembraneTraceFigure.Level] {
    guard let image else { return [] }
    var levels: [MembraneTraceFigure.Level] = []
    for circuit in neurons.compactMap({ nominal($0, image) }) {
      let potentials = [("threshold", circuit.threshold), ("reset", circuit.reset)]
      for (name, volts) in (circuit.fires ? potentials : []) + [("leak", circuit.leak)] {
        let level = MembraneTraceFigure.Level(name, (volts - zero) / unit)
        if !levels.contains(where: { abs($0.value - level.value) < 1e-6 }) { levels.append(level) }
      }
    }
    return levels
  }

  private func nominal(_ neuron: String, _ image: ImageFile) -> NominalCircuit? {
    let io = image.image.io
    guard let unit = try? UnitNames(populations: RecordingFile.populations(of: io)).unit(neuron),
      let place = io.circuit(ofUnit: unit),
      let core = image.image.core(place.range.core),
      place.column < core.circuits.count
    else { return nil }
    return NominalCircuit(core.circuits[place.column], on: image.spec)
  }

  private static func data(of traces: [MembraneTraceFigure.Trace]) -> JSON {
    .list(
      traces.map { trace in
        .object([
          "name": .text(trace.name),
          "times_us": .list(trace.membrane.map { .number($0.x) }),
          "values": .list(trace.membrane.map { .number($0.y) }),
          "spikes_us": .list(trace.spikeTimes.map { .number($0) }),
        ])
      })
  }
}
