import Analysis
import ChipInterface
import HardwareSpec
import Recordings

/// A figure under the name of its file, with the data that it shows.
struct Picture {
  var name: String
  var figure: any Figure
  var data: JSON
}

/// The pictures of one sample of a recording.
struct RecordingFigures {
  let spikes: RecordedSpikes
  let sample: Int
  private let membranes: MembraneFigures

  /// Prepares the pictures; `second` is laid over the membranes, `units` are the neurons shown.
  init(
    _ spikes: RecordedSpikes, over second: RecordedSpikes?, names: [String], sample: Int,
    units: [Int], image: ImageFile?
  ) {
    (self.spikes, self.sample) = (spikes, sample)
    let recordings = [spikes] + (second.map { [$0] } ?? [])
    membranes = MembraneFigures(
      recordings: recordings, labels: names.map(Self.stem), sample: sample, units: units,
      image: image)
  }

  private static func stem(_ path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    return file.split(separator: ".").first.map(String.init) ?? path
  }

  /// All pictures that the recording has data for.
  var all: [Picture] {
    [raster] + [membranes.codes, membranes.traces, energy, timeline].compactMap { $0 }
  }

  var raster: Picture {
    let all = spikes.sample(sample)
    let populations = spikes.file.populations.map { population in
      let units = population.firstUnit..<population.firstUnit + population.count
      return SpikeRasterFigure.Population(
        name: population.name, unitCount: population.count,
        spikes: all.filter { units.contains($0.unit) }
          .map { TimedSpike(time: $0.time, unit: $0.unit - population.firstUnit) })
    }
    let figure = SpikeRasterFigure(
      title: "Sample \(sample)", populations: populations, window: 0...spikes.duration)
    let data = populations.map { population in
      JSON.object([
        "population": .text(population.name), "neurons": .integer(population.unitCount),
        "times_us": .list(population.spikes.map { .number($0.time) }),
        "units": .list(population.spikes.map { .integer($0.unit) }),
      ])
    }
    return Picture(name: "raster", figure: figure, data: .list(data))
  }

  /// Energy by cause, a mean over the samples; nil where the chip file gives none.
  private var energy: Picture? {
    let (use, samples) = (spikes.file.energy, max(1, spikes.file.spikes.sampleCount))
    guard use.total > 0 else { return nil }
    let causes = EnergyUse.named.map {
      EnergyFigure.Cause($0.name, joules: use[keyPath: $0.path] / Double(samples))
    }
    let seconds = spikes.file.hardwareSeconds
    let watts = seconds > 0 ? use.total / seconds : nil
    var data = causes.map { ($0.name, JSON.number($0.joules)) }
    data.append(("watts", watts.map { .number($0) } ?? .null))
    return Picture(
      name: "energy", figure: EnergyFigure(causes: causes, watts: watts), data: .object(data))
  }

  /// One sample from its first tick to the next sample's: run, then readout and set-up.
  private var timeline: Picture? {
    let file = spikes.file
    let samples = max(1, file.spikes.sampleCount)
    let whole = file.hardwareSeconds / Double(samples) * 1e6
    let tick = file.origin.tickSeconds * 1e6
    var phases = [TimelineFigure.Span("run", start: 0, end: spikes.duration)]
    if whole > spikes.duration * (1 + 1e-9) {
      phases.append(.init("end of readout, set-up", start: spikes.duration, end: whole))
    }
    var lanes = [TimelineFigure.Lane("chip", spans: phases)]
    if let adc = file.adc {
      let every = Double(adc.everyTicks)
      lanes.append(
        .init("ADC samples", marks: (0..<adc.times).map { Double($0 + 1) * every * tick }))
    }
    let all = spikes.sample(sample)
    for population in file.populations {
      let units = population.firstUnit..<population.firstUnit + population.count
      lanes.append(
        .init(
          "\(population.name) spikes", marks: all.filter { units.contains($0.unit) }.map(\.time)))
    }
    let figure = TimelineFigure(
      title: "Time line of sample \(sample)",
      subtitle: "\(NumberText.brief(whole)) us from its start to the next one's", lanes: lanes)
    return Picture(name: "timeline", figure: figure, data: Self.data(of: lanes))
  }

  private static func data(of lanes: [TimelineFigure.Lane]) -> JSON {
    .list(
      lanes.map { lane in
        .object([
          "lane": .text(lane.name), "marks_us": .list(lane.marks.map { .number($0) }),
          "spans": .list(
            lane.spans.map {
              .object([
                "name": .text($0.name), "start_us": .number($0.start), "end_us": .number($0.end),
              ])
            }),
        ])
      })
  }
}
