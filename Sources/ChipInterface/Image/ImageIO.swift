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
  /// Row pairs of each sender; empty: ``copies`` for all.
  public var senderCopies: [Int] = []
  /// What one step of stored weight means in the network's own weight unit.
  public var weightPerStep: Double
  /// Factors on ``weightPerStep``, one a receiver; empty: all 1.
  public var receiverScales: [Double] = []
  /// The rectangles of synapses; they hold each (sender, copy, receiver) at most once, and every
  /// one that the network has.
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
/// Pair `firstPair + k` belongs to line `firstLine + k` of the projection, or to `lines[k]`, where
/// line `sender * copies + copy` is one copy of one sender. Column `firstColumn + c` belongs to
/// receiver `firstTarget + c`, or to `targets[c]`.
public struct ProjectionBlock: Equatable, Sendable {
  /// The core.
  public var core: CoreOnChip
  /// Row pairs: the first, and how many.
  public var firstPair, pairCount: Int
  /// Columns: the first, and how many.
  public var firstColumn, columnCount: Int
  /// The projection's line in the first pair, and its receiver in the first column.
  public var firstLine, firstTarget: Int
  /// The line of each pair; empty: they follow ``firstLine``.
  public var lines: [Int32] = []
  /// The receiver of each column; empty: they follow ``firstTarget``.
  public var targets: [Int32] = []

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

extension ProjectionBlock {
  /// The projection's line in a pair of the block.
  public func line(_ pair: Int) -> Int { lines.isEmpty ? firstLine + pair : Int(lines[pair]) }

  /// The projection's receiver in a column of the block.
  public func target(_ column: Int) -> Int {
    targets.isEmpty ? firstTarget + column : Int(targets[column])
  }
}

extension ProjectionMap {
  /// Lines of all senders together.
  public var lineCount: Int {
    senderCopies.isEmpty ? sourceCount * copies : senderCopies.reduce(0, +)
  }

  /// The sender, the copy, and the sender's number of copies, of each line.
  public var lineOwners: [(sender: Int, copy: Int, copies: Int)] {
    (0..<sourceCount).flatMap { sender in
      let copies = senderCopies.isEmpty ? copies : senderCopies[sender]
      return (0..<copies).map { (sender, $0, copies) }
    }
  }

  /// What one step means onto a receiver, in the network's own weight unit.
  public func weightPerStep(ofReceiver receiver: Int) -> Double {
    receiverScales.isEmpty ? weightPerStep : weightPerStep * receiverScales[receiver]
  }

  /// Whether senders have equal copies, receivers one scale, and blocks follow lines and receivers.
  public var isPlain: Bool {
    senderCopies.isEmpty && receiverScales.isEmpty
      && blocks.allSatisfy { $0.lines.isEmpty && $0.targets.isEmpty }
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
