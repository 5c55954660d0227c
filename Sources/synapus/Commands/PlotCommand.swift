import Analysis
import ArgumentParser
import Foundation

/// Draws recordings.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw a recording: spikes, membranes, energy, time line, as SVG.",
    discussion: """
      With --out all pictures that the recording has data for go into a folder: raster.svg, \
      membrane.svg (ADC codes), trace.svg (every tick), energy.svg, timeline.svg. With --output the \
      raster alone goes to a file. --json gives the pictures' data.
      """)

  @Argument(help: "The recording.")
  var recording: String
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The raster to write, SVG.", valueName: "file"))
  var output: String?
  @Option(help: ArgumentHelp("The folder for all pictures.", valueName: "folder"))
  var out: String?
  @Option(
    name: .customLong("with"),
    help: ArgumentHelp(
      "A second recording to lay over the membranes, such as of the ideal chip.", valueName: "file")
  )
  var other: String?
  @Option(
    help: ArgumentHelp(
      "The image that ran: draws nominal threshold, reset and leak.", valueName: "file"))
  var image: String?
  @Option(
    help: ArgumentHelp(
      "A neuron whose membrane is drawn, a unit number or population:index; may be given several "
        + "times (default: the first three).", valueName: "neuron"))
  var neuron: [String] = []
  @Option(help: ArgumentHelp("Which sample, from 0.", valueName: "n"))
  var sample = 0
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    guard output != nil || out != nil || answer.json else {
      throw ValidationError("Give --out FOLDER, --output FILE or --json: a picture needs a place.")
    }
  }

  func run() throws {
    let spikes = try checked(RecordedSpikes(recording), at: recording)
    let second = try other.map { try checked(RecordedSpikes($0), at: $0) }
    let figures = RecordingFigures(
      spikes, over: second, names: [recording, other ?? ""], sample: sample,
      units: try neuron.map(UnitNames(populations: spikes.file.populations).unit),
      image: try image.map { try ImageFile($0) })
    if let output { try OutputFile.write(figures.raster.figure.svg(), to: output) }
    let pictures = figures.all
    if let out { try write(pictures, into: out) }
    if answer.json {
      try Console.writeJSON(
        JSON.object([
          "recording": .text(recording), "sample": .integer(sample),
          "figures": .list(
            pictures.map { picture in
              .object([
                "name": .text(picture.name), "title": .text(picture.figure.title),
                "file": out.map { .text("\($0)/\(picture.name).svg") } ?? .null,
                "data": picture.data,
              ])
            }),
        ]))
    } else if let out {
      try Console.write(pictures.map { "\(out)/\($0.name).svg" }.joined(separator: "\n"))
    }
  }

  private func checked(_ spikes: RecordedSpikes, at path: String) throws -> RecordedSpikes {
    let count = spikes.file.spikes.sampleCount
    guard (0..<count).contains(sample) else {
      throw Failure(
        .analysis, "there is no sample \(sample); the recording has \(count)", at: path,
        try: "--sample 0")
    }
    return spikes
  }

  private func write(_ pictures: [Picture], into folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .fileUnwritable, "the folder '\(folder)' cannot be made", at: folder,
        try: "--out with a folder that you may write")
    }
    for picture in pictures {
      try OutputFile.write(picture.figure.svg(), to: "\(folder)/\(picture.name).svg")
    }
  }
}
