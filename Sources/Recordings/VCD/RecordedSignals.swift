import ChipInterface
import HardwareSpec

/// Which circuit each number of a recording belongs to, with a name in design words.
struct RecordedSignals {
  /// One unit, column of the ADC, or traced circuit.
  struct Signal {
    /// For example `hidden_17`.
    let name: String
    let core: CoreOnChip
    let column: Int
    /// Where its numbers stand along the last axis of the recording; the unit of a spike.
    let position: Int
  }

  private(set) var units: [Signal] = []
  private(set) var codes: [Signal] = []
  private(set) var membranes: [Signal] = []

  init(_ io: ImageIO, _ recorded: RecordingRequest) {
    if recorded.spikes {
      for population in io.populations { units += Self.signals(of: population, from: units.count) }
    }
    for name in recorded.adcPopulations {
      guard let population = io.population(name) else { continue }
      codes += Self.signals(of: population, from: codes.count)
    }
    let all = io.populations.flatMap { Self.signals(of: $0, from: 0) }
    membranes = recorded.tracedCircuits.enumerated().map { position, circuit in
      let known = all.first { $0.core == circuit.core && $0.column == circuit.column }
      return Signal(
        name: known?.name ?? "column_\(circuit.column)", core: circuit.core,
        column: circuit.column, position: position)
    }
  }

  private static func signals(of population: Population, from first: Int) -> [Signal] {
    var signals: [Signal] = []
    for range in population.ranges {
      for column in range.firstColumn..<range.firstColumn + range.count {
        signals.append(
          Signal(
            name: "\(population.name)_\(signals.count)", core: range.core, column: column,
            position: first + signals.count))
      }
    }
    return signals
  }
}
