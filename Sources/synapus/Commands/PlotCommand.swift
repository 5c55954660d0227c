import Analysis
import ArgumentParser

/// Draws a recording.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Draw the spikes of one sample of a recording as SVG.")

  @Argument(help: "The recording.")
  var recording: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The picture to write, SVG.", valueName: "file"))
  var output: String
  @Option(help: ArgumentHelp("Which sample, from 0.", valueName: "n"))
  var sample = 0

  func run() throws {
    let spikes = try RecordedSpikes(recording)
    let count = spikes.file.spikes.sampleCount
    guard (0..<count).contains(sample) else {
      throw Failure(
        .analysis, "there is no sample \(sample); the recording has \(count)", at: recording,
        try: "--sample 0")
    }
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
    try OutputFile.write(figure.svg(), to: output)
  }
}
