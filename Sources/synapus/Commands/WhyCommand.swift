import ArgumentParser
import ChipInterface
import Emulator
import Fidelity
import HardwareSpec
import Recordings

/// Explains one spike of a recording.
struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Explain one recorded spike: what drove it, how narrowly, and what is ideal.",
    discussion: """
      The sample runs again on the device that the recording names; if it does not give the same \
      spikes, nothing is explained. Image and input must be those of the run.
      """)

  @Argument(help: "The image, a .chip file.")
  var image: String
  @Argument(help: "The recording.")
  var recording: String
  @Option(help: ArgumentHelp("The input spikes of the run.", valueName: "file"))
  var input: String
  @Option(
    help: ArgumentHelp("The neuron: a unit number or population:index.", valueName: "neuron"))
  var neuron: String
  @Option(help: ArgumentHelp("Which of its spikes in the sample, from 0.", valueName: "n"))
  var spike = 0
  @Option(help: ArgumentHelp("Which sample, from 0.", valueName: "n"))
  var sample = 0
  @Option(help: ArgumentHelp("How many causes the table lists.", valueName: "n"))
  var limit = 15
  @OptionGroup var chip: ChipOptions
  @Flag(help: "The input's seconds are biological, as in the run.")
  var biologicalTime = false
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    if chip.connect != nil {
      throw ValidationError(
        "why looks into the chip, which a server does not show; drop --connect.")
    }
    guard limit >= 0 else { throw ValidationError("--limit is \(limit); 0 or more is allowed.") }
  }

  func run() throws {
    let file = try ImageFile(image, chip: chip.chip)
    try file.spec.requireAnalog(for: "why")
    let recorded = try RecordingFile(reading: recording)
    let origin = recorded.origin
    try RecordedRun(recorded, at: recording).check(image: file, at: image, options: chip)
    let device = try RecordedRun(recorded, at: recording).makeChip(file.spec, options: chip)
    let diagnosis = try SpikeDiagnosis(try question(file, recorded), on: device)
    let sheet = SpikeDiagnosisSheet(
      diagnosis, sample: sample, spike: spike, tickSeconds: origin.tickSeconds)
    if answer.json {
      try Console.writeJSON(sheet.json)
    } else {
      try Console.write(sheet.text(limit: limit))
    }
  }

  private func question(_ file: ImageFile, _ recorded: RecordingFile) throws -> SpikeQuestion {
    let time = file.spec.time
    let inputs = try InputSpikes(
      reading: input, on: time, secondsPerFileSecond: biologicalTime ? 1 / time.acceleration : 1)
    let count = recorded.spikes.sampleCount
    guard (0..<count).contains(sample) else {
      throw DiagnosisError.noSuchSample(sample: sample, count: count)
    }
    guard inputs.spikes.sampleCount == count else {
      throw Failure(
        .recordingFile,
        "\(input) has \(inputs.spikes.sampleCount) samples, the recording \(count); give the input "
          + "of the run")
    }
    let names = UnitNames(populations: RecordingFile.populations(of: file.image.io))
    let unit = try names.unit(neuron)
    let range = recorded.spikes.range(ofSample: sample)
    return SpikeQuestion(
      image: file.image,
      sample: Experiment(
        durationTicks: recorded.durationTicks, inputs: inputs.spikes.selecting([sample]),
        sampleNumbers: [recorded.sampleNumbers[sample]], recorded: RecordingRequest()),
      sampleIndex: sample,
      recorded: range.map { (recorded.spikes.cycles[$0], recorded.spikes.units[$0]) }, unit: unit,
      name: names.name(unit), spike: spike)
  }
}
