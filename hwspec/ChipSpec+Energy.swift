/// What a chip's parts take of energy, and its readout of time.
///
/// Energies are those of one operation at the supply, powers flow as long as the chip is on. How
/// the numbers of a chip were found stands in its file and in docs/energy.md.
public struct EnergySpec: Equatable, Sendable {
  /// One synapse of non-zero weight that an event passes, in joules.
  public var synapticEventJoules: Double
  /// One event that drives a row pair: driver, row wires and address compare, in joules.
  public var rowEventJoules: Double
  /// One spike of a circuit: comparator, reset and arbiter, in joules.
  public var spikeJoules: Double
  /// One event delivered to a core's port, in joules.
  public var deliveredEventJoules: Double
  /// One crossing of a link between two routers, in joules.
  public var hopJoules: Double
  /// One conversion of one ADC channel, in joules.
  public var conversionJoules: Double
  /// One update of one synapse by the learning engine, in joules.
  public var learningOperationJoules: Double
  /// Bias currents of one neuron circuit, used or not, in watts.
  public var circuitStandbyWatts: Double
  /// One core besides its circuits: array, drivers, converters, processor, in watts.
  public var coreStandbyWatts: Double
  /// The chip besides its cores: clocks, links, control, in watts.
  public var chipStandbyWatts: Double
  /// Converter and link for one set of ADC samples, all columns at once, in seconds.
  public var readoutSecondsPerSet: Double
  /// Reset, start and transfer between two samples, in seconds.
  public var setUpSecondsPerSample: Double

  /// The power that flows whatever the chip does: circuits, and the rest, in watts.
  public func standbyWatts(of geometry: ChipGeometry) -> (circuits: Double, rest: Double) {
    let cores = Double(geometry.coreCount)
    return (
      circuitStandbyWatts * cores * Double(geometry.circuitsPerCore),
      coreStandbyWatts * cores + chipStandbyWatts
    )
  }
}

extension EnergySpec {
  /// The section's keys, each with its number and the largest allowed, in the file's order.
  static var keys: [(key: String, path: WritableKeyPath<EnergySpec, Double>, largest: Double)] {
    [
      ("synaptic_event_joules", \.synapticEventJoules, 1e-3),
      ("row_event_joules", \.rowEventJoules, 1e-3),
      ("spike_joules", \.spikeJoules, 1e-3),
      ("delivered_event_joules", \.deliveredEventJoules, 1e-3),
      ("hop_joules", \.hopJoules, 1e-3),
      ("conversion_joules", \.conversionJoules, 1e-3),
      ("learning_operation_joules", \.learningOperationJoules, 1e-3),
      ("circuit_standby_watts", \.circuitStandbyWatts, 1),
      ("core_standby_watts", \.coreStandbyWatts, 100),
      ("chip_standby_watts", \.chipStandbyWatts, 10_000),
      ("readout_seconds_per_set", \.readoutSecondsPerSet, 1),
      ("set_up_seconds_per_sample", \.setUpSecondsPerSample, 10),
    ]
  }

  /// Reads the section `energy:`; nil where the file has none.
  init?(reading file: SectionReader) {
    guard file.has("energy") else { return nil }
    let section = file.section("energy", keys: Self.keys.map(\.key))
    self.init(
      synapticEventJoules: 0, rowEventJoules: 0, spikeJoules: 0, deliveredEventJoules: 0,
      hopJoules: 0, conversionJoules: 0, learningOperationJoules: 0, circuitStandbyWatts: 0,
      coreStandbyWatts: 0, chipStandbyWatts: 0, readoutSecondsPerSet: 0, setUpSecondsPerSample: 0)
    for (key, path, largest) in Self.keys {
      self[keyPath: path] = section.number(key, 0...largest)
    }
  }

  /// The section in canonical form, with its heading.
  var canonicalYAML: String {
    "energy:\n" + Self.keys.map { "  \($0.key): \(self[keyPath: $0.path])\n" }.joined()
  }
}
