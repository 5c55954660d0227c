import ChipInterface
import HardwareSpec

extension EmulatedChip {
  /// What is on the chip beyond its image; next to nothing to take where nothing was overwritten or
  /// learned.
  public func snapshot() throws(ChipError) -> ChipState {
    if let digital { return try digital.snapshot() }
    guard let loaded else { throw .noImage }
    loaded.learning?.endSample()
    return ChipState(
      imageHash: try loaded.contentHash(), cores: loaded.changedCores, cells: loaded.cellsBefore)
  }

  /// Puts back what a snapshot took, all or nothing.
  public func restore(_ state: ChipState) throws(ChipError) {
    if let digital { return try digital.restore(state) }
    guard let loaded else { throw .noImage }
    let hash = try loaded.contentHash()
    try state.validate(on: info.spec, image: loaded.image, hash: hash, takesExact: false)
    try loaded.learning?.engine.check(state)
    let remembers = settings.remembersCells(info.spec)
    let hasOtherCells = remembers && state.cells != loaded.cellsBefore
    if hasOtherCells || (state.isInitial && loaded.isTouched) {
      try put(loaded.image, before: loaded.image.circuits(state.cells))
      self.loaded?.knownHash = hash
    }
    if !state.isInitial { self.loaded?.take(state) }
  }
}

extension EmulationSettings {
  /// Whether codes of an image before still act.
  fileprivate func remembersCells(_ spec: ChipSpec) -> Bool {
    ParameterPath(spec, effects: effects, settledSeconds: settledSeconds).remembers
  }
}

extension LoadedImage {
  /// The image's content hash.
  func contentHash() throws(ChipError) -> String {
    if let knownHash { return knownHash }
    let hash = try image.stateHash(on: spec)
    knownHash = hash
    return hash
  }

  /// Whether anything was overwritten, or may have been learned.
  var isTouched: Bool {
    learning?.engine.hasLearned == true || cores.contains { $0.synapses.isWritten }
  }

  /// What differs from what loading brings.
  var changedCores: [CoreState] {
    isTouched ? cores.indices.map(state).filter { !$0.isEmpty } : []
  }

  private func state(ofCore slot: Int) -> CoreState {
    var state = CoreState(slot: slot)
    state.plastic = learning?.engine.partsOfCore[slot].map(\.state) ?? []
    guard cores[slot].synapses.stored(row: 0) != nil else { return state }
    let rows = StoredRows(image.cores[slot], state, on: spec.geometry)
    state.rows = (0..<spec.geometry.rowPairsPerCore).compactMap { pair in
      guard let up = cores[slot].synapses.stored(row: 2 * pair),
        let down = cores[slot].synapses.stored(row: 2 * pair + 1)
      else { return nil }
      return rows.difference(pair: pair, isExact: false) { (Double(up[$0]), Double(down[$0])) }
    }
    return state
  }

  /// Takes over a checked state that is not the initial one.
  func take(_ state: ChipState) {
    learning?.engine.take(state)
    let listed = Dictionary(state.cores.map { ($0.slot, $0) }) { a, _ in a }
    for slot in cores.indices {
      guard listed[slot] != nil || cores[slot].synapses.isWritten else { continue }
      cores[slot].synapses.overwrite(
        with: StoredRows(
          image.cores[slot], listed[slot] ?? CoreState(slot: slot), on: spec.geometry))
    }
  }

  /// What the parameter cells held before, where that still acts.
  var cellsBefore: [CellState] {
    image.cores.enumerated().compactMap { slot, core in
      before[core.core].map { circuits in
        CellState(slot: slot, codes: circuits.flatMap { $0.cellCodes })
      }
    }
  }
}

extension ChipImage {
  /// Circuits whose cells hold the codes of a checked state.
  fileprivate func circuits(_ cells: [CellState]) -> [CoreOnChip: [CircuitSettings]] {
    let pairs = cells.map { cells in
      let count = cells.codes.count / 8
      let circuits = (0..<count).map {
        CircuitSettings(cellCodes: cells.codes[8 * $0..<8 * $0 + 8])
      }
      return (cores[cells.slot].core, circuits)
    }
    return Dictionary(pairs) { a, _ in a }
  }
}

extension CircuitSettings {
  /// The codes of the circuit's cells, in the order of ``CellState/codes``.
  fileprivate var cellCodes: [UInt16] {
    [
      leak, reset, threshold, membraneTime, excitatoryTime, inhibitoryTime, excitatoryGain,
      inhibitoryGain,
    ]
  }

  /// A circuit with such codes; what is no cell does not matter.
  fileprivate init(cellCodes codes: ArraySlice<UInt16>) {
    let codes = Array(codes)
    self.init(
      leak: codes[0], reset: codes[1], threshold: codes[2], membraneTime: codes[3],
      excitatoryTime: codes[4], inhibitoryTime: codes[5], excitatoryGain: codes[6],
      inhibitoryGain: codes[7], refractoryCount: 1, fires: false)
  }
}
