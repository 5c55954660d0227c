import ChipInterface
import HardwareSpec

/// A feedback projection with the parts that hold its neurons' third factors.
///
/// A source's e is that of the first part on its column. A source that no part has keeps a bare
/// e of its own, the sum of the graded events since the last time that it was sent.
final class FeedbackPath {
  private struct Place {
    let part: LearningPart
    let lane: Int
  }

  private let weights: [Int8]
  private let shift: Int
  private let sources: [Place?]
  /// The parts and lanes of each target: all parts on its column.
  private let targets: [[Place]]
  /// Cores in use and columns of the sources.
  private let circuits: [(core: Int, column: Int)]
  private var bare: [Int32]
  private let epochTicks: Int
  private var values: [Int32]

  init(_ projection: FeedbackProjection, _ image: ChipImage, _ parts: [LearningPart]) {
    let slots = image.slots
    func places(_ circuit: CircuitOnChip) -> [Place] {
      parts.compactMap { part in
        guard part.site.core == slots[circuit.core], part.site.columns.contains(circuit.column),
          let lane = part.lane(of: circuit.column)
        else { return nil }
        return Place(part: part, lane: lane)
      }
    }
    (weights, shift) = (projection.weights, projection.shift)
    sources = projection.sources.map { places($0).first }
    targets = projection.targets.map(places)
    circuits = projection.sources.map { (slots[$0.core] ?? -1, $0.column) }
    bare = projection.sources.map { _ in 0 }
    values = bare
    let first = sources.lazy.compactMap { $0?.part }.first ?? targets.lazy.joined().first?.part
    epochTicks = first?.program.epochTicks ?? 1
  }

  func start() { for i in bare.indices { bare[i] = 0 } }

  /// Whether a tick is the last of the sources' epoch.
  func isDue(at tick: Int) -> Bool { (tick + 1) % epochTicks == 0 }

  /// An error event came for a neuron.
  func bareError(core: Int, column: Int, value: Int16) {
    for (i, circuit) in circuits.enumerated()
    where sources[i] == nil && circuit.core == core && circuit.column == column {
      bare[i] = GradedLaw.adding(Int32(value), to: bare[i])
    }
  }

  /// Sends the sources' e to the targets, weighted.
  func send() {
    for (i, source) in sources.enumerated() {
      values[i] = source.map { $0.part.errorFactor($0.lane) } ?? GradedLaw.read(bare[i])
      bare[i] = 0
    }
    if values.allSatisfy({ $0 == 0 }) { return }
    for (j, places) in targets.enumerated() {
      var sum: Int32 = 0
      for i in values.indices { sum &+= Int32(weights[j * values.count + i]) &* values[i] }
      sum >>= Int32(shift)
      for place in places where sum != 0 {
        place.part.addError(sum, lane: place.lane)
      }
    }
  }
}
