import Analysis
import Fidelity

/// What `synapus diagnose` answers, as text and as JSON.
struct NetworkDiagnosisSheet {
  private let found: NetworkDiagnosis

  init(_ found: NetworkDiagnosis) { self.found = found }

  // MARK: Text

  var text: String {
    var text = summary + "\n"
    for finding in found.findings { text += finding + "\n" }
    return text + "\n" + steps.text() + "\n" + rates.text()
      + "\nrates are spikes of one neuron in the sample; differences are from the float network\n"
  }

  private var summary: String {
    guard let divergence = found.divergence else {
      return "sample \(found.sample): the chip spikes as the float network does, within "
        + "\(NumberText.brief(found.tolerance)) ticks"
    }
    let cause = found.culprit.map { "\($0.rawValue): \($0.words)" } ?? "not found"
    return "sample \(found.sample): \(sentence(divergence))\nculprit: \(cause)"
  }

  private func sentence(_ divergence: SpikeDivergence) -> String {
    let which = "spike \(divergence.spike) of \(divergence.name)"
    switch (divergence.expected, divergence.found) {
    case (let expected?, let found?):
      return "\(which) comes at tick \(time(found)) and not at \(time(expected))"
    case (let expected?, nil): return "\(which), due at tick \(time(expected)), does not come"
    case (nil, let found?): return "\(which) at tick \(time(found)) has no like"
    case (nil, nil): return which
    }
  }

  private func time(_ ticks: Double) -> String { NumberText.fixed(ticks, places: 2) }

  private var steps: TextTable {
    var table = TextTable(
      "effect", "together: first difference", "lost", "alone: first difference", "")
    for step in found.steps {
      table.append([
        step.effect.rawValue, words(step.together.divergence), "\(step.together.lost)",
        step.alone.map { words($0.divergence) } ?? "-",
        step.effect == found.culprit ? "<- culprit" : "",
      ])
    }
    return table
  }

  private func words(_ divergence: SpikeDivergence?) -> String {
    divergence.map { "\($0.name) spike \($0.spike) at \(time($0.tick))" } ?? "none"
  }

  private var rates: TextTable {
    var columns = [TextTable.Column("rates", .left)]
    columns += found.populations.map { TextTable.Column($0, .right) }
    var table = TextTable(columns: columns)
    table.append(
      ["float network"] + found.reference.rates.map { NumberText.fixed($0, places: 3) })
    for step in found.steps {
      let differences = zip(step.together.rates, found.reference.rates).map { $0 - $1 }
      table.append(
        ["+ \(step.effect.rawValue)"]
          + differences.map { ($0 > 0 ? "+" : "") + NumberText.fixed($0, places: 3) })
    }
    return table
  }

  // MARK: JSON

  var json: JSON {
    .object([
      "sample": .integer(found.sample), "tolerance_ticks": .number(found.tolerance),
      "divergence": json(found.divergence),
      "culprit": found.culprit.map { .text($0.rawValue) } ?? .null,
      "findings": .list(found.findings.map { .text($0) }),
      "populations": .list(found.populations.map { .text($0) }),
      "float_rates": .list(found.reference.rates.map { .number($0) }),
      "effects": .list(found.steps.map(json)),
    ])
  }

  private func json(_ divergence: SpikeDivergence?) -> JSON {
    guard let divergence else { return .null }
    return .object([
      "population": .text(divergence.population), "neuron": .integer(divergence.neuron),
      "unit": .integer(divergence.unit), "spike": .integer(divergence.spike),
      "tick": .number(divergence.tick),
      "expected_tick": divergence.expected.map { .number($0) } ?? .null,
      "found_tick": divergence.found.map { .number($0) } ?? .null,
    ])
  }

  private func json(_ step: NetworkDiagnosis.Step) -> JSON {
    .object([
      "effect": .text(step.effect.rawValue), "words": .text(step.effect.words),
      "together": json(step.together), "alone": step.alone.map(json) ?? .null,
    ])
  }

  private func json(_ outcome: NetworkDiagnosis.Outcome) -> JSON {
    .object([
      "divergence": json(outcome.divergence), "lost": .integer(outcome.lost),
      "rates": .list(outcome.rates.map { .number($0) }),
    ])
  }
}
