import HardwareSpec

/// One difference between two images that is told in one line.
public enum ImageDifference: Equatable, Sendable, CustomStringConvertible {
  /// A part that only one of the images has.
  case onlyIn(Side, what: String)
  /// A value that differs.
  case value(what: String, first: String, second: String)
  /// Weights of one row that differ: how many, and by how many steps at most.
  case weights(core: Int, row: Int, count: Int, largest: Int)
  /// Parts of a network's part that lie elsewhere: how many of how many.
  case moved(what: String, count: Int, of: Int)

  /// Which image.
  public enum Side: String, Sendable { case first, second }

  /// One line.
  public var description: String {
    switch self {
    case .onlyIn(let side, let what): return "\(what): only in the \(side.rawValue) image"
    case .value(let what, let first, let second): return "\(what): \(first) -> \(second)"
    case .weights(let core, let row, let count, let largest):
      return "core \(core) row \(row): \(count) weights differ, by up to \(largest) steps"
    case .moved(let what, let count, let all): return "\(what): \(count) of \(all) moved"
    }
  }

  /// The difference of two values, if there is one.
  static func between<T: Equatable>(_ what: String, _ a: T, _ b: T) -> [ImageDifference] {
    a == b ? [] : [.value(what: what, first: "\(a)", second: "\(b)")]
  }

  /// Joins two lists by key and compares what has a partner.
  static func matching<Part, Key: Hashable>(
    _ first: [Part], _ second: [Part], _ key: (Part) -> Key, _ what: (Part) -> String,
    _ compare: (Part, Part) -> [ImageDifference]
  ) -> [ImageDifference] {
    let partners = Dictionary(second.map { (key($0), $0) }) { a, _ in a }
    let known = Set(first.map(key))
    let shared = first.flatMap { part in
      partners[key(part)].map { compare(part, $0) } ?? [.onlyIn(.first, what: what(part))]
    }
    return shared
      + second.filter { !known.contains(key($0)) }.map { .onlyIn(.second, what: what($0)) }
  }
}

/// What differs in one aspect of one population or projection, part by part.
public struct DesignDifference: Equatable, Sendable {
  /// One neuron, sender or synapse that differs.
  public struct Part: Equatable, Sendable {
    /// Its number: the neuron's or sender's, and of a synapse the receiver's too.
    public var number: Int
    /// The receiver of a synapse.
    public var receiver: Int?
    /// What it is in the first and in the second image, in design words.
    public var first, second: String
  }

  /// What differs: the population's or projection's name, and which aspect of it.
  public var owner, aspect: String
  /// Parts that differ.
  public var count: Int
  /// By how many steps, where steps of weight differ, at most.
  public var largestSteps: Int?
  /// The population that receives, where synapses differ.
  public var target: String?
  /// The parts, up to the limit that was given; of synapses those that differ most come first.
  public var parts: [Part]
}
