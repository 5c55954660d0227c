import ChipInterface
import Compiler
import HardwareSpec

/// A recorded case: the network, what is done with it, and what must come out.
struct GoldenCase {
  /// One run of the case on one kind of chip.
  struct Run {
    /// Which chip runs it.
    enum Target { case emulated, ideal }

    var target: Target
    var network: RegisterNetwork
    var graded: [GradedEvents.Event] = []
    var draws: LearningDraws?
    var expectations: [GoldenExpectation]
    /// Weights that must be stored, by position of their projection: `[receiver][sender]`.
    var storedWeights: [(name: String, projection: Int, weights: [Int])] = []
  }

  /// What the case is of, for people.
  var model: String
  var steps: Int
  /// The input channels that spike, step by step.
  var inputs: SpikeBatch
  var runs: [Run]
}

/// Numbers that a register must hold after each step.
struct GoldenExpectation {
  /// Whose registers, and in what order.
  enum Place {
    /// Neurons of a population.
    case neurons(population: Int)
    /// Axons of the only projection.
    case axons
    /// Synapses of the only projection, `[receiver][sender]`.
    case synapses
  }

  /// The array in the file.
  var name: String
  var register: RegisterProbe.Register
  var place: Place
  /// The numbers, step by step.
  var numbers: GoldenArray
  /// How far a number may be off: `absolute + relative · |expected|`.
  var absolute = 0.0, relative = 0.0

  func accepts(_ found: Double, for expected: Double) -> Bool {
    // Equal first: infinities and exact results need no tolerance.
    found == expected || (found - expected).magnitude <= absolute + relative * expected.magnitude
  }
}

extension GoldenCase {
  /// The formats that are known.
  static let formats = [
    "loihi-lif-golden-1", "loihi-nengo-lif-golden-1", "loihi-learning-golden-1",
  ]

  /// Reads a case; the rule of a learning case is assembled for the chip.
  init(_ file: GoldenObject, on spec: ChipSpec) throws(GoldenError) {
    switch try file.text("format") {
    case Self.formats[0]: try self.init(lif: file)
    case Self.formats[1]: try self.init(nengo: file)
    case Self.formats[2]: try self.init(learning: file, on: spec)
    case let other: throw .format(found: String(other.prefix(40)), known: Self.formats)
    }
  }

  static func steps(_ file: GoldenObject) throws(GoldenError) -> Int {
    try file.integer("steps", 1...100_000)
  }

  /// Spikes given as 0 or 1, `[step][channel]`.
  static func spikes(
    _ key: String, _ file: GoldenObject, steps: Int, channels: Int? = nil
  ) throws(GoldenError) -> (batch: SpikeBatch, channels: Int) {
    let array = try file.array(key, [steps, channels])
    let (flags, width) = (try array.integers(file.name(key), 0...1), array.shape[1])
    var batch = SpikeBatch()
    for (position, flag) in flags.enumerated() where flag == 1 {
      batch.cycles.append(UInt32(position / width))
      batch.units.append(UInt32(position % width))
    }
    batch.offsets.append(batch.cycles.count)
    return (batch, width)
  }
}
