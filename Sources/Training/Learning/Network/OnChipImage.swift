import ChipInterface
import HardwareSpec

/// A placed network: its image, and where its parts are found in inputs and recordings.
public struct OnChipImage: Sendable {
  let network: OnChipNetwork
  let placement: OnChipPlacement
  /// What the chip loads.
  public let image: ChipImage

  /// The input channels of a group.
  public func channels(of group: OnChipNetwork.Group) -> Range<Int> {
    precondition(group.kind == .inputs, "only inputs have channels")
    let first = network.firstChannel(group)
    return first..<first + group.count
  }

  /// The units that a group of neurons has in recordings and in graded events.
  public func units(of group: OnChipNetwork.Group) -> Range<Int> {
    precondition(group.kind == .neurons, "only neurons have units")
    let first = network.neurons[..<group.index].reduce(0) { $0 + $1.count }
    return first..<first + group.count
  }

  /// What reads a register of a plastic projection: one probe for each part of the target.
  public func probes(
    _ register: RegisterProbe.Register, of projection: OnChipNetwork.ProjectionID,
    everyTick: Bool = false
  ) -> [RegisterProbe] {
    blocks(of: projection).map { block in
      RegisterProbe(register, core: block.core, part: block.part, everyTick: everyTick)
    }
  }

  /// The synapses' register of one sample, shape [sender, receiver], from what the probes of
  /// ``probes(_:of:everyTick:)`` brought, in their order.
  public func synapses(
    of projection: OnChipNetwork.ProjectionID, from registers: [[Double]], sample: Int
  ) -> [Double] {
    let (senders, receivers) = shape(of: projection)
    var result = [Double](repeating: 0, count: senders * receivers)
    for (block, values) in zip(blocks(of: projection), registers) {
      let part = block.place
      let first = sample * senders * part.count
      for sender in 0..<senders {
        for i in 0..<part.count {
          result[sender * receivers + part.firstNeuron + i] =
            values[first + sender * part.count + i]
        }
      }
    }
    return result
  }

  /// The image with other weights and without plasticity, for judging what was learnt.
  public func frozen(
    _ weights: [OnChipNetwork.ProjectionID: [Double]]
  ) throws(TrainingError) -> OnChipImage {
    var network = network
    network.freeze(weights)
    return try network.image(durationTicks: image.io.durationTicks)
  }

  private func shape(
    of projection: OnChipNetwork.ProjectionID
  ) -> (senders: Int, receivers: Int) {
    let projection = network.projections[projection.index]
    return (projection.source.count, projection.target.count)
  }

  private struct Block {
    var core, part: Int
    var place: OnChipPlacement.Part
  }

  /// The plastic blocks of a projection, with their positions on their cores.
  private func blocks(of projection: OnChipNetwork.ProjectionID) -> [Block] {
    var found: [Block] = []
    var blocksOnCore = [Int](repeating: 0, count: placement.coreCount)
    for rows in placement.rows {
      let place = placement.parts[rows.part]
      guard network.projections[rows.projection].plasticity != nil else { continue }
      if rows.projection == projection.index {
        found.append(Block(core: place.core, part: blocksOnCore[place.core], place: place))
      }
      blocksOnCore[place.core] += 1
    }
    return found
  }
}

extension OnChipNetwork {
  /// Takes weights over, and lets nothing learn.
  fileprivate mutating func freeze(_ weights: [ProjectionID: [Double]]) {
    replaceProjections { index, projection in
      projection.plasticity = nil
      if let values = weights[ProjectionID(index: index)] {
        projection.weights = values.map { Int($0.rounded()) }
      }
    }
  }
}
