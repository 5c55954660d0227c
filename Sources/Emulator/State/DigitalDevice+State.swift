import ChipInterface
import HardwareSpec

extension DigitalDevice {
  /// What is on the chip beyond its image.
  func snapshot() throws(ChipError) -> ChipState {
    guard let loaded, let original else { throw .noImage }
    let hash = try contentHash(original)
    guard isTouched else { return ChipState(imageHash: hash) }
    let cores = original.cores.indices.map { slot in
      var state = CoreState(slot: slot)
      state.projections = original.cores[slot].overwritten(by: loaded.image.cores[slot])
      state.plastic = engine?.partsOfCore[slot].map(\.state) ?? []
      return state
    }
    return ChipState(imageHash: hash, cores: cores.filter { !$0.isEmpty })
  }

  /// Puts back what a snapshot took, all or nothing.
  func restore(_ state: ChipState) throws(ChipError) {
    guard let loaded, let original else { throw .noImage }
    let hash = try contentHash(original)
    try state.validate(on: spec, image: original, hash: hash, takesExact: isExact)
    try engine?.check(state)
    if state.isInitial {
      if isTouched { try put(original) }
      return
    }
    let image = original.overwritten(by: state)
    if image.cores != loaded.image.cores { exchange(image, after: loaded) }
    engine?.take(state)
    touch()
  }

  private func contentHash(_ image: ChipImage) throws(ChipError) -> String {
    if let knownHash { return knownHash }
    let hash = try image.stateHash(on: spec)
    knownHash = hash
    return hash
  }
}

extension ChipImage {
  /// The image with the written weights of a checked state.
  fileprivate func overwritten(by state: ChipState) -> ChipImage {
    var image = self
    for core in state.cores where !core.projections.isEmpty {
      guard case .currentBased(var registers) = image.cores[core.slot].digital else { continue }
      for projection in core.projections {
        registers.projections[projection.position].weights = projection.weights
      }
      image.cores[core.slot].digital = .currentBased(registers)
    }
    return image
  }
}

extension CoreImage {
  /// The projections that do not learn and have other weights on the chip.
  fileprivate func overwritten(by core: CoreImage) -> [ProjectionState] {
    guard case .currentBased(let old) = digital, case .currentBased(let new) = core.digital else {
      return []
    }
    return zip(old.projections, new.projections).enumerated().compactMap { position, pair in
      guard pair.0.program == nil, pair.0.weights != pair.1.weights else { return nil }
      return ProjectionState(position: position, weights: pair.1.weights)
    }
  }
}
