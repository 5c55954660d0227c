import ArgumentParser
import Compiler
import HardwareSpec
import Recordings

/// Where a compiled network may lie, and what its placement is weighed by.
struct MappingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A YAML or JSON list of dead and stuck parts to avoid (docs/chips.md).", valueName: "file"))
  var defects: String?
  @Option(
    help: ArgumentHelp("Avoid the defects of the device with this seed.", valueName: "n"))
  var chipSeed: UInt64?
  @Option(
    help: ArgumentHelp(
      "A recording of the network, whose spike rates weigh its ways.", valueName: "file"))
  var rates: String?
  @Option(
    help: ArgumentHelp(
      "Cores for populations or parts of them, YAML (docs/mapping.md).", valueName: "file"))
  var prePlace: String?
  @Option(
    help: ArgumentHelp(
      "What to do with a network larger than the chip (default: refuse).",
      valueName: CompileOptions.Oversize.allCases.map(\.rawValue).joined(separator: "|")))
  var oversize: CompileOptions.Oversize?

  /// Reads the files and sets the options.
  func apply(to options: inout CompileOptions) throws {
    let geometry = options.spec.geometry
    if let defects {
      options.defects = try DefectList(reading: defects, on: geometry)
    }
    if let chipSeed {
      options.defects = options.defects.merging(
        DefectList(drawnFor: options.spec, seed: chipSeed))
    }
    if let rates { options.rates = SpikeRates(try RecordingFile(reading: rates)) }
    if let prePlace {
      let text = try InputFile.text(prePlace, largest: SideFile.largestBytes)
      options.prePlacement = try PrePlacement(yaml: text, file: prePlace)
    }
    options.oversize = oversize ?? options.oversize
  }
}

extension CompileOptions.Oversize: ExpressibleByArgument {}

extension SpikeRates {
  /// The mean rates of all samples of a recording.
  init(_ recording: RecordingFile) {
    let units = recording.populations.map { $0.firstUnit + $0.count }.max() ?? 0
    var counts = [Double](repeating: 0, count: units)
    for unit in recording.spikes.units where Int(unit) < units { counts[Int(unit)] += 1 }
    let ticks = Double(max(recording.durationTicks * recording.spikes.sampleCount, 1))
    self.init(
      populations: Dictionary(
        recording.populations.map { population in
          let range = population.firstUnit..<population.firstUnit + population.count
          return (population.name, counts[range].map { $0 / ticks })
        }, uniquingKeysWith: { a, _ in a }))
  }
}
