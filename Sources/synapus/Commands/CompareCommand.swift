import Analysis
import ArgumentParser

/// Compares two recordings.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare the spikes of two recordings; exit code 1 if they differ.")

  @Argument(help: "The first recording.")
  var first: String
  @Argument(help: "The second recording.")
  var second: String
  @Option(
    help: ArgumentHelp(
      "How far apart spikes may lie and still be the same, in microseconds of hardware time.",
      valueName: "us"))
  var tolerance = 0.0
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance is \(tolerance); 0 or more is allowed.")
    }
  }

  func run() throws {
    let (a, b) = (try RecordedSpikes(first), try RecordedSpikes(second))
    let result = try SpikeComparison.compare(a.samples, b.samples, tolerance: tolerance)
    let codesAgree = a.file.adc == b.file.adc
    if answer.json {
      try Console.writeJSON(json(result, codesAgree: codesAgree))
    } else {
      let codes = codesAgree ? "ADC codes equal\n" : "ADC codes differ\n"
      let table = result.differingUnits()
      try Console.write(result.summary() + codes + (table.rows.isEmpty ? "" : "\n" + table.text()))
    }
    let spikesAgree =
      result.firstDivergence == nil && result.sampleCounts[0] == result.sampleCounts[1]
    if !(spikesAgree && codesAgree) { throw ExitCode(1) }
  }

  private func json(_ result: SpikeComparison, codesAgree: Bool) -> JSON {
    var divergence = JSON.null
    if let found = result.firstDivergence {
      divergence = .object([
        "sample": .integer(found.sample), "unit": .integer(found.spike.unit),
        "time_us": .number(found.spike.time), "only_in": .text(found.side.rawValue),
      ])
    }
    return .object([
      "samples": .list(result.sampleCounts.map { .integer($0) }),
      "spikes": .list([.integer(result.firstCount), .integer(result.secondCount)]),
      "coincident": .integer(result.coincident), "agreement": .number(result.agreement),
      "largest_shift_us": .number(result.largestShift), "mean_shift_us": .number(result.meanShift),
      "first_difference": divergence, "adc_equal": .flag(codesAgree),
    ])
  }
}
