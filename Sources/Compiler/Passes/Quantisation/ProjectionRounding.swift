import HardwareSpec

/// Rounds the weights of one projection and counts what that cost.
struct ProjectionRounding {
  let incoming: IncomingProjection
  let weightPerStep: Double
  /// Factors on the weight of a step, one a receiver; empty: all 1.
  let receiverScales: [Double]
  let synapse: SynapseSpec
  /// What the gains of the receivers' circuits really are.
  var gains = GainErrors.none

  func round() -> QuantisedProjection {
    let synapses = incoming.synapses
    let table = RoundingTable<Double>(
      copies: incoming.distinctCopies, weightPerStep: weightPerStep,
      receiverScales: receiverScales, largestWeight: synapse.largestWeight,
      law: synapse.weightLaw)
    var tally = Tally(receiverCount: synapses.receiverCount)
    let steps = [Int16](unsafeUninitializedCapacity: synapses.count) { steps, count in
      count = synapses.count
      for sender in 0..<synapses.senderCount {
        let entry = table.entry(copies: incoming.copies(ofSender: sender))
        tally.beginSender()
        for i in synapses.synapses(of: sender) {
          let (weight, receiver) = (synapses.weights[i], Int(synapses.receivers[i]))
          let gain = gains.factor(weight, receiver)
          let sum = table.sum(weight / gain, entry, receiver: receiver)
          steps[i] = Int16(clamping: sum.steps)
          let stored = table.charge(sum.steps, entry) * table.weightPerStep(receiver) * gain
          tally.quality.add(weight, stored: stored, clipped: sum.clipped)
          tally.add(weight, steps: sum.steps, receiver)
        }
        tally.endSender()
      }
    }
    return result(steps, tally)
  }

  private func result(_ steps: [Int16], _ tally: Tally) -> QuantisedProjection {
    var result = QuantisedProjection(
      copies: incoming.copies, weightPerStep: weightPerStep, steps: steps,
      clipped: tally.quality.clipped, signalToNoise: tally.quality.signalToNoise)
    (result.senderCopies, result.receiverScales) = (incoming.senderCopies, receiverScales)
    result.deadSenders = tally.deadSenders
    result.deadReceivers = tally.deadReceivers
    return result
  }
}

/// Senders and receivers whose weights all became zero, and the error of the others.
private struct Tally {
  var quality = RoundingQuality()
  private(set) var deadSenders = 0
  /// For each receiver: 0 it has no weight, 1 all are lost, 2 some are stored.
  private var receivers: [UInt8]
  private var sender: UInt8 = 0

  init(receiverCount: Int) { receivers = Array(repeating: 0, count: receiverCount) }

  mutating func beginSender() { sender = 0 }

  @inline(__always)
  mutating func add(_ weight: Double, steps: Int, _ receiver: Int) {
    guard weight != 0 else { return }
    let state: UInt8 = steps == 0 ? 1 : 2
    sender = max(sender, state)
    receivers[receiver] = max(receivers[receiver], state)
  }

  mutating func endSender() { deadSenders += sender == 1 ? 1 : 0 }

  var deadReceivers: Int { receivers.count { $0 == 1 } }
}
