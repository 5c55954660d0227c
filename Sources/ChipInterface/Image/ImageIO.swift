import HardwareSpec

/// What the inputs, outputs and weights of an image mean.
public struct ImageIO: Equatable, Sendable {
  /// The network's name.
  public var network: String
  /// The groups of circuits, in the order in which recordings number their units.
  public var populations: [Population]
  /// Where the weights of each projection lie.
  public var projections: [ProjectionMap]
  /// How long one sample runs, in ticks.
  public var durationTicks: Int
  /// Biological seconds of one tick, as the network's author means it.
  public var dt: Double
  /// How samples were coded as spikes, in the words of Datasets; empty when not known.
  public var coding: String
  /// How a sample is scored.
  public var readout: ReadoutRule

  /// Makes the description of an image.
  public init(
    network: String, populations: [Population], projections: [ProjectionMap], durationTicks: Int,
    dt: Double, coding: String, readout: ReadoutRule
  ) {
    (self.network, self.populations, self.projections) = (network, populations, projections)
    (self.durationTicks, self.dt, self.coding, self.readout) = (durationTicks, dt, coding, readout)
  }

  /// The first unit number of each population in recordings.
  public var unitOffsets: [Int] {
    var offsets: [Int] = []
    var next = 0
    for population in populations {
      offsets.append(next)
      next += population.count
    }
    return offsets
  }

  /// Units of all populations.
  public var unitCount: Int { populations.reduce(0) { $0 + $1.count } }

  /// The population of that name.
  public func population(_ name: String) -> Population? { populations.first { $0.name == name } }
}

/// A group of circuits that the network's author named.
public struct Population: Equatable, Sendable {
  /// The node's name in the network.
  public var name: String
  /// Where its neurons sit, in order.
  public var ranges: [CircuitRange]

  /// Makes a population.
  public init(name: String, ranges: [CircuitRange]) { (self.name, self.ranges) = (name, ranges) }

  /// Neurons of the population.
  public var count: Int { ranges.reduce(0) { $0 + $1.count } }
}

/// Neighbouring circuits of one core.
public struct CircuitRange: Equatable, Sendable {
  /// The core.
  public var core: CoreOnChip
  /// The first column, and how many.
  public var firstColumn, count: Int

  /// Makes a range.
  public init(core: CoreOnChip, firstColumn: Int, count: Int) {
    (self.core, self.firstColumn, self.count) = (core, firstColumn, count)
  }
}

/// Where the weights of a projection lie on the chip.
public struct ProjectionMap: Equatable, Sendable {
  /// The node's name in the network.
  public var name: String
  /// The population that sends, or nil for the input channels.
  public var source: String?
  /// The population that receives.
  public var target: String
  /// Senders, receivers, and rows a sender has (copies of one input on several row pairs).
  public var sourceCount, targetCount, copies: Int
  /// What one step of stored weight means in the network's own weight unit.
  public var weightPerStep: Double
  /// The rectangles of synapses; together they hold every (sender, copy, receiver) once.
  public var blocks: [ProjectionBlock]

  /// Makes a map.
  public init(
    name: String, source: String?, target: String, sourceCount: Int, targetCount: Int, copies: Int,
    weightPerStep: Double, blocks: [ProjectionBlock]
  ) {
    (self.name, self.source, self.target) = (name, source, target)
    (self.sourceCount, self.targetCount, self.copies) = (sourceCount, targetCount, copies)
    (self.weightPerStep, self.blocks) = (weightPerStep, blocks)
  }
}

/// A rectangle of synapses that holds a rectangle of a projection.
///
/// Pair `firstPair + k` belongs to line `firstLine + k` of the projection, where line
/// `sender * copies + copy` is one copy of one sender.
public struct ProjectionBlock: Equatable, Sendable {
  /// The core.
  public var core: CoreOnChip
  /// Row pairs: the first, and how many.
  public var firstPair, pairCount: Int
  /// Columns: the first, and how many.
  public var firstColumn, columnCount: Int
  /// The projection's line in the first pair, and its receiver in the first column.
  public var firstLine, firstTarget: Int

  /// Makes a block.
  public init(
    core: CoreOnChip, firstPair: Int, pairCount: Int, firstColumn: Int, columnCount: Int,
    firstLine: Int, firstTarget: Int
  ) {
    (self.core, self.firstPair, self.pairCount) = (core, firstPair, pairCount)
    (self.firstColumn, self.columnCount) = (firstColumn, columnCount)
    (self.firstLine, self.firstTarget) = (firstLine, firstTarget)
  }
}

/// How a sample's class is read off.
public struct ReadoutRule: Equatable, Sendable {
  /// What counts.
  public enum Measure: String, CaseIterable, Sendable {
    /// The class whose membrane reached the highest ADC code.
    case highestPotential = "highest-potential"
    /// The class that fired most.
    case mostSpikes = "most-spikes"
  }

  /// The population with one unit a class.
  public var population: String
  /// What counts.
  public var measure: Measure

  /// Makes a rule.
  public init(population: String, measure: Measure) {
    (self.population, self.measure) = (population, measure)
  }
}
