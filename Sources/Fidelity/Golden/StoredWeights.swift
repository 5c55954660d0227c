import ChipInterface
import Compiler

extension ChipImage {
  /// The weights that the image stores for a dense projection, `[receiver][sender]`.
  ///
  /// On each core the compiler writes projections in the network's order, one axon a sender.
  func storedWeights(of index: Int, in network: RegisterNetwork) -> [Int: Int] {
    guard case .currentBased(let body) = network.body else { return [:] }
    let projection = body.projections[index]
    let senders = 1 + (projection.synapses.map(\.sender).max() ?? -1)
    var weights: [Int: Int] = [:]
    var firstReceiver = 0
    for range in io.population(projection.target)?.ranges ?? [] {
      let earlier = body.projections[..<index].count {
        io.population($0.target)?.ranges.contains { $0.core == range.core } ?? false
      }
      if case .currentBased(let core)? = cores.first(where: { $0.core == range.core })?.digital,
        core.projections.indices.contains(earlier)
      {
        for (sender, column, weight) in core.projections[earlier].entries {
          let receiver = column - range.firstColumn + firstReceiver
          weights[receiver * senders + sender] = weight
        }
      }
      firstReceiver += range.count
    }
    return weights
  }
}

extension DigitalProjection {
  /// Axon, column and weight of each synapse.
  fileprivate var entries: [(Int, Int, Int)] {
    (0..<axonCount).flatMap { axon in
      (Int(starts[axon])..<Int(starts[axon + 1])).map {
        (axon, Int(targets[$0]), Int(weights[$0]))
      }
    }
  }
}
