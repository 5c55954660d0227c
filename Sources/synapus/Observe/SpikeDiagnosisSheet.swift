import Analysis
import Fidelity

/// What `synapus why` answers, as text and as JSON.
struct SpikeDiagnosisSheet {
  private let found: SpikeDiagnosis
  private let sample, spike: Int
  private let microsecondsPerTick: Double

  init(_ found: SpikeDiagnosis, sample: Int, spike: Int, tickSeconds: Double) {
    (self.found, self.sample, self.spike) = (found, sample, spike)
    microsecondsPerTick = tickSeconds * 1e6
  }

  private func microseconds(_ ticks: Double) -> Double { ticks * microsecondsPerTick }

  private func time(_ ticks: Double) -> String {
    NumberText.fixed(microseconds(ticks), places: 3) + " us"
  }

  private func millivolts(_ volts: Double) -> String { NumberText.fixed(volts * 1e3, places: 2) }

  // MARK: Text

  func text(limit: Int) -> String {
    var text =
      "\(found.neuron) (\(found.circuit)), sample \(sample), spike \(spike) at "
      + "\(time(found.time)), tick \(NumberText.fixed(found.time, places: 2))\n"
    text += found.previous.map { "spike before: \(time($0))\n" } ?? "its first spike\n"
    text += "threshold \(millivolts(found.threshold)) mV, rest \(millivolts(found.rest)) mV; "
    text += "without any event \(millivolts(found.baseline)) mV at the spike\n"
    text += marginSentence + "\n" + idealSentence + "\n"
    if !found.isLinear {
      text += "the circuit is not a plain one on its own (options, plastic rows, joined circuits): "
      text += "contributions are those that events at its own core make in a plain circuit\n"
    }
    return text + "\n" + table(limit).text() + rest(limit)
  }

  private var marginSentence: String {
    let decisive = found.causes.count(where: \.isDecisive)
    let margin = millivolts(found.margin)
    if found.margin <= 0 {
      return "margin \(margin) mV: the events alone do not carry it; noise or saturation decided"
    }
    return "margin \(margin) mV above threshold; "
      + (decisive == 0
        ? "no single event decided" : "\(decisive) events, each of which it needed")
  }

  private var idealSentence: String {
    guard let ideal = found.ideal.time else {
      return "the ideal neuron, hearing the same events, does not fire until "
        + time(found.ideal.watchedUntil)
    }
    let shift = microseconds(ideal - found.time)
    if abs(shift) < 5e-4 { return "the ideal neuron fires at the same time" }
    return "the ideal neuron, hearing the same events, fires at \(time(ideal)): "
      + "\(NumberText.fixed(abs(shift), places: 3)) us \(shift > 0 ? "later" : "earlier")"
  }

  private func table(_ limit: Int) -> TextTable {
    var table = TextTable(
      "from", "row pair", "arrived (us)", "before (us)", "weight", "effective", "mV", "%",
      "needed")
    for cause in found.causes.prefix(limit) {
      let sign = cause.excites ? 1.0 : -1
      table.append([
        cause.source, "\(cause.pair) \(cause.excites ? "exc" : "inh")",
        NumberText.fixed(microseconds(cause.time), places: 3),
        NumberText.fixed(microseconds(found.time - cause.time), places: 3),
        NumberText.fixed(sign * cause.stored, places: 0),
        NumberText.fixed(sign * cause.effective, places: 2), millivolts(cause.volts),
        NumberText.fixed(cause.share * 100, places: 1), cause.isDecisive ? "yes" : "",
      ])
    }
    return table
  }

  /// What the table leaves out, so that the numbers add up.
  private func rest(_ limit: Int) -> String {
    var text = ""
    let others = found.causes.dropFirst(limit)
    if !others.isEmpty {
      let volts = others.reduce(0) { $0 + $1.volts }
      let share = others.reduce(0) { $0 + $1.share }
      text +=
        "\(others.count) more events: \(millivolts(volts)) mV, "
        + "\(NumberText.fixed(share * 100, places: 1)) %\n"
    }
    return text + "not explained by events (noise, saturation, rounding): "
      + "\(millivolts(found.remainder)) mV\n"
  }

  // MARK: JSON

  var json: JSON {
    .object([
      "neuron": .text(found.neuron), "core": .integer(found.circuit.core.index),
      "column": .integer(found.circuit.column), "sample": .integer(sample),
      "spike": .integer(spike), "time_us": .number(microseconds(found.time)),
      "previous_spike_us": found.previous.map { .number(microseconds($0)) } ?? .null,
      "threshold_volts": .number(found.threshold), "rest_volts": .number(found.rest),
      "baseline_volts": .number(found.baseline), "margin_volts": .number(found.margin),
      "unexplained_volts": .number(found.remainder), "linear": .flag(found.isLinear),
      "ideal_time_us": found.ideal.time.map { .number(microseconds($0)) } ?? .null,
      "ideal_shift_us": found.ideal.time.map { .number(microseconds($0 - found.time)) } ?? .null,
      "causes": .list(found.causes.map(cause)),
    ])
  }

  private func cause(_ cause: SpikeDiagnosis.Cause) -> JSON {
    .object([
      "source": .text(cause.source), "projection": .text(cause.projection),
      "row_pair": .integer(cause.pair), "row": .integer(2 * cause.pair + (cause.excites ? 0 : 1)),
      "excites": .flag(cause.excites), "time_us": .number(microseconds(cause.time)),
      "stored_weight": .number(cause.stored), "effective_weight": .number(cause.effective),
      "volts": .number(cause.volts), "share": .number(cause.share),
      "decisive": .flag(cause.isDecisive),
    ])
  }
}
