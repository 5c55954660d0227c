/// The energy of a run by cause, in joules; zero where the chip file gives no constants.
public struct EnergyUse: Equatable, Sendable, Codable {
  /// Circuits and their spikes.
  public var neurons = 0.0
  /// Row events and synapses.
  public var synapses = 0.0
  /// Arbiters, links and ports.
  public var network = 0.0
  /// Conversions, and the link that carries them away.
  public var readout = 0.0
  /// The learning engine.
  public var learning = 0.0
  /// What the chip draws whatever it does.
  public var standby = 0.0

  /// No energy.
  public init() {}

  /// All causes together, in joules.
  public var total: Double { Self.named.reduce(0) { $0 + self[keyPath: $1.path] } }

  /// The causes under the names that files and the wire give them.
  public static var named: [(name: String, path: WritableKeyPath<EnergyUse, Double>)] {
    [
      ("neurons", \.neurons), ("synapses", \.synapses), ("network", \.network),
      ("readout", \.readout), ("learning", \.learning), ("standby", \.standby),
    ]
  }

  /// Adds another run's energy.
  public static func += (a: inout EnergyUse, b: EnergyUse) {
    for (_, path) in named { a[keyPath: path] += b[keyPath: path] }
  }
}
