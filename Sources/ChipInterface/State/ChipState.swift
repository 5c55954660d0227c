/// What is on a chip beyond its image: all that outlives a run and that loading alone forgets.
///
/// It is taken with ``Chip/snapshot()`` and put back with ``Chip/restore(_:)``. On a chip that has
/// the same image, and is the same device with the same settings, the runs that follow give the
/// bits that they would have given on the chip it was taken from. docs/chip-state.md lists what
/// outlives a run on which chip, and describes the bytes.
public struct ChipState: Equatable, Sendable {
  /// The content hash of the image that the state belongs to, 64 hexadecimal digits.
  public var imageHash: String
  /// The cores that differ from what loading brings, in ascending order.
  public var cores: [CoreState]
  /// What the cells of the parameter DAC held before the image was loaded, on chips where that
  /// still acts.
  public var cells: [CellState]

  /// Makes a state; by default that of a chip that was only loaded.
  public init(imageHash: String, cores: [CoreState] = [], cells: [CellState] = []) {
    (self.imageHash, self.cores, self.cells) = (imageHash, cores, cells)
  }

  /// Whether weights, tags, delays and synapses are those that loading brings.
  public var isInitial: Bool { cores.isEmpty }
}

/// What differs on one core.
public struct CoreState: Equatable, Sendable {
  /// Position of the core among the cores of the image.
  public var slot: Int
  /// Pairs of rows of an analog core that store other weights than ``StoredRows`` says, ascending.
  public var rows: [RowPairState] = []
  /// Projections of a digital core that do not learn and were overwritten, ascending.
  public var projections: [ProjectionState] = []
  /// All blocks or projections of the core that learn, ascending.
  public var plastic: [PlasticState] = []

  /// Makes a core without differences.
  public init(slot: Int) { self.slot = slot }

  /// Whether nothing differs.
  public var isEmpty: Bool { rows.isEmpty && projections.isEmpty && plastic.isEmpty }
}

/// The stored weights of a pair of rows, by column in use.
public struct RowPairState: Equatable, Sendable {
  /// The pair.
  public var pair: Int
  /// What the rows store, in steps, at least 0.
  public var excitatory, inhibitory: StoredNumbers

  /// Makes a pair.
  public init(pair: Int, excitatory: StoredNumbers, inhibitory: StoredNumbers) {
    (self.pair, self.excitatory, self.inhibitory) = (pair, excitatory, inhibitory)
  }
}

/// The weight registers of a projection of a digital core.
public struct ProjectionState: Equatable, Sendable {
  /// Position of the projection on the core.
  public var position: Int
  /// The weights, in the order of ``DigitalProjection/weights``.
  public var weights: [Int16]

  /// Makes a projection.
  public init(position: Int, weights: [Int16]) {
    (self.position, self.weights) = (position, weights)
  }
}

/// The synapses of a plastic block (analog) or of a projection that learns (digital).
public struct PlasticState: Equatable, Sendable {
  /// Position of the block or projection on the core.
  public var position: Int
  /// Whether there is a synapse: row pair by row pair over the block's columns, or axon by axon
  /// over the core's neurons.
  public var exists: [Bool]
  /// The weights of the synapses that exist, in that order.
  public var weights: StoredNumbers
  /// Their tags and delays; empty: all 0.
  public var tags, delays: StoredNumbers

  /// Makes a block.
  public init(
    position: Int, exists: [Bool], weights: StoredNumbers, tags: StoredNumbers,
    delays: StoredNumbers
  ) {
    (self.position, self.exists, self.weights) = (position, exists, weights)
    (self.tags, self.delays) = (tags, delays)
  }
}

/// The codes that a core's parameter cells held before the image was loaded.
public struct CellState: Equatable, Sendable {
  /// Position of the core among the cores of the image.
  public var slot: Int
  /// Eight codes a circuit: leak, reset and threshold potential, membrane time, excitatory and
  /// inhibitory synaptic time, excitatory and inhibitory gain.
  public var codes: [UInt16]

  /// Makes a core's cells.
  public init(slot: Int, codes: [UInt16]) { (self.slot, self.codes) = (slot, codes) }
}

/// Numbers as a chip stores them: whole steps, or real numbers on the ideal chip.
public enum StoredNumbers: Equatable, Sendable {
  /// Whole numbers.
  case steps([Int16])
  /// Real numbers.
  case exact([Double])

  /// How many there are.
  public var count: Int {
    switch self {
    case .steps(let numbers): return numbers.count
    case .exact(let numbers): return numbers.count
    }
  }

  /// Whether there is none.
  public var isEmpty: Bool { count == 0 }

  /// Whether they are real numbers.
  public var isExact: Bool {
    if case .exact = self { return true }
    return false
  }

  /// One of them.
  public subscript(index: Int) -> Double {
    switch self {
    case .steps(let numbers): return Double(numbers[index])
    case .exact(let numbers): return numbers[index]
    }
  }

  /// The numbers, or none where all are 0.
  package var orEmpty: StoredNumbers {
    switch self {
    case .steps(let numbers): return numbers.allSatisfy { $0 == 0 } ? .steps([]) : self
    case .exact(let numbers): return numbers.allSatisfy { $0 == 0 } ? .exact([]) : self
    }
  }
}
