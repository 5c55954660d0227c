import NIR

/// A spiking network made of a network of weights and rectifiers.
public struct ConvertedNetwork: Equatable, Sendable {
  /// The spiking network.
  public var graph: NIRGraph
  /// What counts as the largest activation of each layer, in the network's own unit.
  public var peaks: [Double]
  /// What was changed and left out.
  public var notes: [ConversionNote]
}

extension RateNetwork {
  /// The spiking network whose rates stand for this network's activations.
  ///
  /// Thresholds are balanced by samples, or without them by what the weights allow at most. Time
  /// constants and weights are those that the chip of the options reaches.
  ///
  /// - Throws: ``CompilerError/conversion(_:)`` naming the layer.
  public func spiking(
    balancedBy samples: BalanceSamples?, _ settings: ConversionSettings, _ options: CompileOptions
  ) throws(CompilerError) -> ConvertedNetwork {
    guard options.spec.digital == nil else { throw .digitalChip(options.spec.name) }
    do throws(ConversionFault) {
      try settings.check()
      try checkNumbers()
      let simple = try RateSimplification(self, maximum: settings.maximum)
      let balance =
        if let samples {
          try ThresholdBalance(simple.blocks, samples, percentile: settings.percentile)
        } else {
          try ThresholdBalance(boundsOf: simple.blocks)
        }
      let (graph, note) = try Self.graph(simple.blocks, balance, settings, options)
      let source: ConversionNote =
        samples.map { .balanced(samples: $0.count, percentile: settings.percentile) } ?? .bounded
      return ConvertedNetwork(
        graph: graph, peaks: balance.peaks,
        notes: simple.notes + [source] + (note.map { [$0] } ?? []))
    } catch {
      throw .conversion(error)
    }
  }

  /// Values of one sample.
  ///
  /// - Throws: ``CompilerError/conversion(_:)`` where the layers do not say it.
  public func inputCount() throws(CompilerError) -> Int {
    do throws(ConversionFault) {
      return try RateSimplification(self, maximum: .mean).blocks.first?.inputCount ?? 0
    } catch {
      throw .conversion(error)
    }
  }

  private static func graph(
    _ blocks: [RateBlock], _ balance: ThresholdBalance, _ settings: ConversionSettings,
    _ options: CompileOptions
  ) throws(ConversionFault) -> (NIRGraph, ConversionNote?) {
    do throws(NIRError) {
      return try SpikingConversion(blocks, balance, settings, options).graph()
    } catch {
      throw .noChain(node: blocks.last?.name ?? "", reason: "has a name that NIR lacks: \(error)")
    }
  }

  /// Refuses numbers that are none.
  private func checkNumbers() throws(ConversionFault) {
    for layer in layers where !layer.operation.numbers.allSatisfy({ $0.allSatisfy(\.isFinite) }) {
      throw .silent(layer: layer.name, reason: "has a weight that is not finite")
    }
  }

  /// The activations of the last layer for one sample: the network as it was trained, but for a
  /// softmax at its end.
  public func outputs(for sample: [Double]) throws(CompilerError) -> [Double] {
    do throws(ConversionFault) {
      let blocks = try RateSimplification(self, maximum: .differences).blocks
      guard sample.count == blocks.first?.inputCount else {
        throw .samples(
          found: "\(sample.count) values", expected: "\(blocks.first?.inputCount ?? 0)")
      }
      return blocks.reduce(sample) { values, block in
        let sums = block.sum(of: values)
        return block.fires ? sums.map { max($0, 0) } : sums
      }
    } catch {
      throw .conversion(error)
    }
  }
}

extension RateLayer.Operation {
  fileprivate var numbers: [[Double]] {
    switch self {
    case .dense(let dense): [dense.weights, dense.bias]
    case .convolution(let convolution): [convolution.weights, convolution.bias]
    case .normalisation(let factors, let shifts): [factors, shifts]
    default: []
    }
  }
}
