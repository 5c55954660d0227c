/// The synapses between two groups of neurons, sender by sender.
///
/// Synapses that are not stored do not exist: they take no row of a chip and cannot be written
/// later. A stored synapse may have weight zero.
public struct SynapseMatrix: Equatable, Sendable {
  /// Senders and receivers.
  public let senderCount, receiverCount: Int
  /// Where each sender's synapses begin in ``receivers`` and ``weights``; one more than senders.
  public let starts: [Int]
  /// The receiver of each synapse; those of one sender ascend, each named once.
  public let receivers: [Int32]
  /// The weight of each synapse, in the network's own unit.
  public var weights: [Double]

  /// Takes rows that are in order; ``faults`` proves it.
  public init(
    senderCount: Int, receiverCount: Int, starts: [Int], receivers: [Int32], weights: [Double]
  ) {
    (self.senderCount, self.receiverCount, self.starts) = (senderCount, receiverCount, starts)
    (self.receivers, self.weights) = (receivers, weights)
  }

  /// Stores every synapse of a full matrix [sender, receiver], zeros included.
  public init(dense weights: [Double], senderCount: Int, receiverCount: Int) {
    let row = (0..<Int32(receiverCount)).map { $0 }
    self.init(
      senderCount: senderCount, receiverCount: receiverCount,
      starts: (0...senderCount).map { $0 * receiverCount },
      receivers: (0..<senderCount).flatMap { _ in row }, weights: weights)
  }

  /// Synapses that are stored.
  public var count: Int { receivers.count }

  /// Whether every sender has a synapse onto every receiver.
  public var isDense: Bool { count == senderCount * receiverCount }

  /// The positions of one sender's synapses.
  public func synapses(of sender: Int) -> Range<Int> { starts[sender]..<starts[sender + 1] }

  /// The matrix without synapses of weight zero.
  public func withoutZeros() -> SynapseMatrix {
    guard weights.contains(0) else { return self }
    var (starts, receivers, kept) = ([0], [Int32](), [Double]())
    for sender in 0..<senderCount {
      for synapse in synapses(of: sender) where weights[synapse] != 0 {
        receivers.append(self.receivers[synapse])
        kept.append(weights[synapse])
      }
      starts.append(receivers.count)
    }
    return SynapseMatrix(
      senderCount: senderCount, receiverCount: receiverCount, starts: starts,
      receivers: receivers, weights: kept)
  }

  /// Every broken invariant, one clause each.
  var faults: [String] {
    guard starts.count == senderCount + 1, starts.first == 0, starts.last == receivers.count,
      weights.count == receivers.count, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { return ["rows are out of order"] }
    for sender in 0..<senderCount {
      var next = 0
      for synapse in synapses(of: sender) {
        let receiver = Int(receivers[synapse])
        if receiver < next || receiver >= receiverCount {
          return ["sender \(sender) has a synapse onto \(receiver) out of order"]
        }
        next = receiver + 1
      }
    }
    return []
  }
}
