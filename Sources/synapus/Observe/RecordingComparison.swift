import Analysis

/// Everything that `synapus compare` finds, as text and as JSON.
struct RecordingComparison {
  let names: UnitNames
  let spikes: SpikeComparison
  let distances: TrainDistances
  /// What the ADC codes differ in; nil unless both recordings have some.
  let codes: CodeComparison?
  /// The populations whose membranes the first recording's columns are.
  let columns: [String]
  /// Which of the two recordings have ADC codes.
  let adcPresence: [Bool]

  /// Whether spikes agree within the tolerance and ADC codes are equal.
  var agrees: Bool {
    spikes.firstDivergence == nil && spikes.sampleCounts[0] == spikes.sampleCounts[1] && codesAgree
  }

  private var codesAgree: Bool {
    adcPresence[0] == adcPresence[1] && codes?.isIdentical ?? true
  }

  // MARK: Text

  func text(limit: Int) -> String {
    var text = spikes.summary()
    text += "distance: van Rossum \(NumberText.brief(distances.meanVanRossum))"
    text += " at tau \(NumberText.brief(distances.timeConstant)) us, Victor-Purpura "
    text += "\(NumberText.brief(distances.meanVictorPurpura))"
    text += " at \(NumberText.brief(distances.shiftCost)) per us\n"
    text += codesSentence + "\n"
    let tables = [unitTable(limit), columnTable(limit)]
    return text + tables.filter { !$0.rows.isEmpty }.map { "\n" + $0.text() }.joined()
  }

  private var codesSentence: String {
    guard adcPresence[0] == adcPresence[1] else {
      return "ADC codes only in the \(adcPresence[0] ? "first" : "second") recording"
    }
    guard let codes else { return "no ADC codes" }
    if codes.shapes[0] != codes.shapes[1] {
      return "ADC codes differ in shape [sample, time, column]: \(codes.shapes[0]) and "
        + "\(codes.shapes[1])"
    }
    guard let first = codes.firstDifference else { return "ADC codes equal" }
    return "ADC codes differ: \(NumberText.count(codes.differing)) of "
      + "\(NumberText.count(codes.compared)), rms \(NumberText.brief(codes.rootMeanSquare)), "
      + "largest \(codes.largest); first: sample \(first.sample), time \(first.time), "
      + "\(columnName(first.column)): \(first.first) and \(first.second)"
  }

  private func columnName(_ column: Int) -> String {
    let known = names.columns(of: columns)
    return column < known.count ? known[column] : "column \(column)"
  }

  /// Units that differ, those with the largest distance first.
  private func unitTable(_ limit: Int) -> TextTable {
    var table = TextTable(
      "neuron", "first", "second", "coincident", "mean shift (us)", "van Rossum", "Victor-Purpura")
    let differing = zip(spikes.units, distances.units).filter { $1.vanRossum > 0 }
    for (unit, distance) in differing.sorted(by: {
      ($1.1.vanRossum, $0.0.unit) < ($0.1.vanRossum, $1.0.unit)
    })
    .prefix(limit) {
      table.append([
        names.name(unit.unit), "\(unit.first)", "\(unit.second)", "\(unit.coincident)",
        NumberText.brief(unit.meanShift), NumberText.brief(distance.vanRossum),
        NumberText.brief(distance.victorPurpura),
      ])
    }
    return table
  }

  /// Columns of the ADC that differ, those with the largest deviation first.
  private func columnTable(_ limit: Int) -> TextTable {
    var table = TextTable("ADC column", "differing", "mean error", "rms", "largest")
    let differing = (codes?.columns ?? []).filter { $0.differing > 0 }
    for column in differing.sorted(by: {
      ($1.rootMeanSquare, $0.column) < ($0.rootMeanSquare, $1.column)
    }).prefix(limit) {
      table.append([
        columnName(column.column), "\(column.differing)", NumberText.brief(column.meanError),
        NumberText.brief(column.rootMeanSquare), "\(column.largest)",
      ])
    }
    return table
  }

  // MARK: JSON

  var json: JSON {
    .object([
      "samples": .list(spikes.sampleCounts.map { .integer($0) }),
      "spikes": .list([.integer(spikes.firstCount), .integer(spikes.secondCount)]),
      "coincident": .integer(spikes.coincident), "agreement": .number(spikes.agreement),
      "largest_shift_us": .number(spikes.largestShift), "mean_shift_us": .number(spikes.meanShift),
      "first_difference": divergence, "adc_equal": .flag(codesAgree),
      "van_rossum": .object([
        "tau_us": .number(distances.timeConstant), "mean": .number(distances.meanVanRossum),
      ]),
      "victor_purpura": .object([
        "cost_per_us": .number(distances.shiftCost), "mean": .number(distances.meanVictorPurpura),
      ]),
      "neurons": .list(zip(spikes.units, distances.units).map(neuron)),
      "adc": codes.map(adc) ?? .null,
    ])
  }

  private var divergence: JSON {
    guard let found = spikes.firstDivergence else { return .null }
    return .object([
      "sample": .integer(found.sample), "unit": .integer(found.spike.unit),
      "neuron": .text(names.name(found.spike.unit)), "time_us": .number(found.spike.time),
      "only_in": .text(found.side.rawValue),
    ])
  }

  private func neuron(_ unit: SpikeComparison.UnitCount, _ distance: TrainDistances.Unit) -> JSON {
    .object([
      "unit": .integer(unit.unit), "neuron": .text(names.name(unit.unit)),
      "spikes": .list([.integer(unit.first), .integer(unit.second)]),
      "coincident": .integer(unit.coincident), "mean_shift_us": .number(unit.meanShift),
      "largest_shift_us": .number(unit.largestShift), "van_rossum": .number(distance.vanRossum),
      "victor_purpura": .number(distance.victorPurpura),
    ])
  }

  private func adc(_ codes: CodeComparison) -> JSON {
    var first = JSON.null
    if let found = codes.firstDifference {
      first = .object([
        "sample": .integer(found.sample), "time": .integer(found.time),
        "column": .integer(found.column), "name": .text(columnName(found.column)),
        "codes": .list([.integer(Int(found.first)), .integer(Int(found.second))]),
      ])
    }
    return .object([
      "shapes": .list(codes.shapes.map { .list($0.map { .integer($0) }) }),
      "compared": .integer(codes.compared), "differing": .integer(codes.differing),
      "rms": .number(codes.rootMeanSquare), "largest": .integer(codes.largest),
      "first_difference": first,
      "columns": .list(
        codes.columns.map { column in
          .object([
            "column": .integer(column.column), "name": .text(columnName(column.column)),
            "differing": .integer(column.differing), "mean_error": .number(column.meanError),
            "rms": .number(column.rootMeanSquare), "largest": .integer(column.largest),
          ])
        }),
    ])
  }
}
