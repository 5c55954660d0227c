import HardwareSpec

extension RegisterProbe {
  /// Whether the image has such registers.
  func exists(in image: ChipImage) -> Bool { count(in: image) != nil }

  /// How many registers the probe reads at a time; nil where the image has none such.
  public func count(in image: ChipImage) -> Int? {
    guard image.cores.indices.contains(core) else { return nil }
    let image = image.cores[core]
    switch register {
    case .reward: return 1
    case .current, .voltage, .spike, .input:
      guard image.digital != nil else { return nil }
      return register == .input ? part(of: image).map(\.columns) : image.neuronCount
    case .x1, .x2: return part(of: image).map(\.rows)
    case .y1, .y2, .y3, .error, .membrane: return part(of: image).map(\.columns)
    case .weight, .delay, .tag: return part(of: image).map { $0.rows * $0.columns }
    }
  }

  /// The axons (row pairs) and neurons (columns) of the projection or block.
  private func part(of image: CoreImage) -> (rows: Int, columns: Int)? {
    if case .currentBased(let core) = image.digital {
      guard core.projections.indices.contains(part) else { return nil }
      return (core.projections[part].axonCount, core.neurons.count)
    }
    guard image.plasticBlocks.indices.contains(part) else { return nil }
    return (image.plasticBlocks[part].pairCount, image.plasticBlocks[part].columnCount)
  }
}
