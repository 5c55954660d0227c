import ChipInterface
import HardwareSpec

extension IdealChip {
  /// What is on the chip beyond its image, in real numbers.
  public func snapshot() throws(ChipError) -> ChipState {
    if let digital { return try digital.snapshot() }
    guard let loaded else { throw .noImage }
    return ChipState(imageHash: try loaded.contentHash(), cores: loaded.changedCores)
  }

  /// Puts back what a snapshot took, all or nothing.
  public func restore(_ state: ChipState) throws(ChipError) {
    if let digital { return try digital.restore(state) }
    guard let loaded else { throw .noImage }
    let hash = try loaded.contentHash()
    try state.validate(on: info.spec, image: loaded.image, hash: hash, takesExact: true)
    try loaded.learning?.engine.check(state)
    if !state.isInitial { return loaded.take(state) }
    guard loaded.isTouched else { return }
    try put(loaded.image)
    self.loaded?.knownHash = hash
  }
}

extension IdealImage {
  /// The image's content hash.
  fileprivate func contentHash() throws(ChipError) -> String {
    if let knownHash { return knownHash }
    let hash = try image.stateHash(on: spec)
    knownHash = hash
    return hash
  }

  /// Whether anything was overwritten, or may have been learned.
  fileprivate var isTouched: Bool {
    learning?.engine.hasLearned == true || cores.contains(where: \.isWritten)
  }

  /// What differs from what loading brings.
  fileprivate var changedCores: [CoreState] {
    isTouched ? cores.indices.map(state).filter { !$0.isEmpty } : []
  }

  private func state(ofCore slot: Int) -> CoreState {
    var state = CoreState(slot: slot)
    let core = cores[slot]
    state.plastic = learning?.engine.partsOfCore[slot].map(\.state) ?? []
    guard !state.plastic.isEmpty || core.isWritten else { return state }
    let rows = StoredRows(image.cores[slot], state, on: spec.geometry)
    state.rows = (0..<spec.geometry.rowPairsPerCore).compactMap { pair in
      let start = pair * core.columns
      return rows.difference(pair: pair, isExact: true) {
        (core.excitatory[start + $0], core.inhibitory[start + $0])
      }
    }
    return state
  }

  /// Takes over a checked state that is not the initial one.
  fileprivate func take(_ state: ChipState) {
    learning?.engine.take(state)
    let listed = Dictionary(state.cores.map { ($0.slot, $0) }) { a, _ in a }
    for slot in cores.indices where listed[slot] != nil || cores[slot].isWritten {
      cores[slot].overwrite(
        with: StoredRows(
          image.cores[slot], listed[slot] ?? CoreState(slot: slot), on: spec.geometry))
    }
  }
}
