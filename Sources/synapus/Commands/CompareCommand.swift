import Analysis
import ArgumentParser
import Recordings

/// Compares two recordings.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare spikes and ADC codes of two recordings; exit code 1 if they differ.",
    discussion: """
      Distances are means over samples and neurons: van Rossum's with the filter of --tau, and \
      Victor's and Purpura's with the price --shift-cost of moving a spike by a microsecond.
      """)

  @Argument(help: "The first recording.")
  var first: String
  @Argument(help: "The second recording.")
  var second: String
  @Option(
    help: ArgumentHelp(
      "How far apart spikes may lie and still be the same, in microseconds of hardware time.",
      valueName: "us"))
  var tolerance = 0.0
  @Option(
    help: ArgumentHelp(
      "Time constant of van Rossum's distance, in microseconds (default: 20 ticks).",
      valueName: "us"))
  var tau: Double?
  @Option(
    help: ArgumentHelp(
      "Price of moving a spike in Victor's and Purpura's distance, per microsecond (default: 2 "
        + "over 20 ticks).", valueName: "1/us"))
  var shiftCost: Double?
  @Option(help: ArgumentHelp("How many neurons and columns the tables list.", valueName: "n"))
  var limit = 20
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance is \(tolerance); 0 or more is allowed.")
    }
    if let tau, !(tau > 0 && tau.isFinite) {
      throw ValidationError("--tau is \(tau); more than 0 is allowed.")
    }
    if let shiftCost, !(shiftCost >= 0 && shiftCost.isFinite) {
      throw ValidationError("--shift-cost is \(shiftCost); 0 or more is allowed.")
    }
    guard limit >= 0 else { throw ValidationError("--limit is \(limit); 0 or more is allowed.") }
  }

  func run() throws {
    let (a, b) = (try RecordedSpikes(first), try RecordedSpikes(second))
    let scale = 20 * a.file.origin.tickSeconds * 1e6
    let comparison = RecordingComparison(
      names: UnitNames(populations: a.file.populations),
      spikes: try SpikeComparison.compare(a.samples, b.samples, tolerance: tolerance),
      distances: try TrainDistances.compare(
        a.samples, b.samples, timeConstant: tau ?? scale, shiftCost: shiftCost ?? 2 / scale),
      codes: Self.codes(a.file, b.file), columns: a.file.adc?.populations ?? [],
      adcPresence: [a.file.adc != nil, b.file.adc != nil])
    if answer.json {
      try Console.writeJSON(comparison.json)
    } else {
      try Console.write(comparison.text(limit: limit))
    }
    if !comparison.agrees { throw ExitCode(1) }
  }

  private static func codes(_ a: RecordingFile, _ b: RecordingFile) -> CodeComparison? {
    guard let one = a.adc, let other = b.adc else { return nil }
    return CodeComparison(one.comparable, other.comparable)
  }
}

extension ADCRecording {
  fileprivate var comparable: CodeComparison.Codes {
    CodeComparison.Codes(codes, samples: samples, times: times, columns: columns)
  }
}
