/// One core of a chip, numbered row by row over the mesh.
public struct CoreOnChip: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The core's number, in `0..<coreCount`.
  public let index: Int

  /// Checks the number against the chip's geometry; nil when there is no such core.
  public init?(_ index: Int, on geometry: ChipGeometry) {
    guard (0..<geometry.coreCount).contains(index) else { return nil }
    self.index = index
  }

  init(unchecked index: Int) { self.index = index }

  /// Lower numbers come first.
  public static func < (a: CoreOnChip, b: CoreOnChip) -> Bool { a.index < b.index }

  /// For example `core 3`.
  public var description: String { "core \(index)" }
}

/// One neuron circuit of a chip, by its core and its column there.
public struct CircuitOnChip: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The core that holds the circuit.
  public let core: CoreOnChip
  /// The circuit's column on the core, in `0..<circuitsPerCore`.
  public let column: Int

  /// Checks the column against the chip's geometry; nil when there is no such circuit.
  public init?(_ core: CoreOnChip, column: Int, on geometry: ChipGeometry) {
    guard (0..<geometry.circuitsPerCore).contains(column) else { return nil }
    self.core = core
    self.column = column
  }

  /// Core first, then column.
  public static func < (a: CircuitOnChip, b: CircuitOnChip) -> Bool {
    (a.core, a.column) < (b.core, b.column)
  }

  /// For example `core 3 column 17`.
  public var description: String { "\(core) column \(column)" }
}

/// One pair of synapse rows of a chip: the even row excites, the odd row inhibits.
public struct RowPairOnChip: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The core that holds the pair.
  public let core: CoreOnChip
  /// The pair's number on the core, in `0..<rowPairsPerCore`.
  public let pair: Int

  /// Checks the pair against the chip's geometry; nil when there is no such pair.
  public init?(_ core: CoreOnChip, pair: Int, on geometry: ChipGeometry) {
    guard (0..<geometry.rowPairsPerCore).contains(pair) else { return nil }
    self.core = core
    self.pair = pair
  }

  /// Core first, then pair.
  public static func < (a: RowPairOnChip, b: RowPairOnChip) -> Bool {
    (a.core, a.pair) < (b.core, b.pair)
  }

  /// For example `core 3 row pair 17`.
  public var description: String { "\(core) row pair \(pair)" }
}
