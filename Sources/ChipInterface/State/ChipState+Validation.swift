import HardwareSpec

/// Why a state does not fit the image that it names.
public enum StateFault: Equatable, Sendable, CustomStringConvertible {
  /// Something is listed twice or out of order, or is not in the image.
  case unexpected(core: Int, what: String, number: Int)
  /// A core that learns, or one of its parts, is missing.
  case missing(core: Int, what: String)
  /// There are too few or too many numbers.
  case count(core: Int, what: String, found: Int, expected: Int)
  /// A number is none that the chip can store.
  case number(core: Int, what: String, found: Int, allowed: ClosedRange<Int>)
  /// Synapses are where the part can have none.
  case synapses(core: Int, part: Int)
  /// Real numbers were given to a chip that stores integers.
  case exact(core: Int)

  /// A clause: what and where; cores by their position in the image.
  public var description: String {
    switch self {
    case .unexpected(let core, let what, let number):
      return "core number \(core) has \(what) \(number), which is out of order or not in the image"
    case .missing(let core, let what): return "core number \(core) lacks \(what)"
    case .count(let core, let what, let found, let expected):
      return "core number \(core) has \(found) \(what) where \(expected) are expected"
    case .number(let core, let what, let found, let allowed):
      return "core number \(core) has \(what) \(found), not in \(allowed.lowerBound) to"
        + " \(allowed.upperBound)"
    case .synapses(let core, let part):
      return "part \(part) of core number \(core) has synapses where the image allows none"
    case .exact(let core):
      return "core number \(core) has real numbers, and this chip stores whole ones"
    }
  }
}

extension ChipState {
  /// Checks the state against the image on a chip, whose content hash is given.
  public func validate(
    on spec: ChipSpec, image: ChipImage, hash: String, takesExact: Bool
  ) throws(ChipError) {
    guard imageHash == hash else { throw .stateOfAnotherImage(state: imageHash, image: hash) }
    do throws(StateFault) {
      try Self.requireOrder(cores.map(\.slot), below: image.cores.count, 0, "slot")
      try Self.requireOrder(cells.map(\.slot), below: image.cores.count, 0, "cells of slot")
      for cells in cells where cells.codes.count % 8 != 0 {
        throw .count(
          core: cells.slot, what: "codes", found: cells.codes.count,
          expected: cells.codes.count / 8 * 8)
      }
      for core in cores {
        let check = StateCheck(
          slot: core.slot, image: image.cores[core.slot], spec: spec, takesExact: takesExact)
        try check.check(core)
      }
      if !isInitial { try requireLearningCores(image) }
    } catch { throw .invalidState(error) }
  }

  /// All cores that learn are listed, or none.
  private func requireLearningCores(_ image: ChipImage) throws(StateFault) {
    let listed = Set(cores.map(\.slot))
    for (slot, core) in image.cores.enumerated()
    where !core.plasticParts.isEmpty && !listed.contains(slot) {
      throw .missing(core: slot, what: "what has learned")
    }
  }

  fileprivate static func requireOrder(
    _ numbers: [Int], below count: Int, _ core: Int, _ what: String
  ) throws(StateFault) {
    var last = -1
    for number in numbers {
      guard number > last, number < count else {
        throw .unexpected(core: core, what: what, number: number)
      }
      last = number
    }
  }
}

extension StateFault: Error {}

extension CoreImage {
  /// A part of a core that learns: its position, rows (axons) and columns (neurons).
  struct PlasticPart {
    var position, rows, columns: Int
  }

  /// The parts that learn, in ascending order.
  var plasticParts: [PlasticPart] {
    if case .currentBased(let core) = digital {
      return core.projections.enumerated().filter { $1.program != nil }.map {
        PlasticPart(position: $0, rows: $1.axonCount, columns: core.neurons.count)
      }
    }
    return plasticBlocks.enumerated().map {
      PlasticPart(position: $0, rows: $1.pairCount, columns: $1.columnCount)
    }
  }
}

/// Checks one core of a state.
private struct StateCheck {
  let slot: Int
  let image: CoreImage
  let spec: ChipSpec
  let takesExact: Bool

  func check(_ core: CoreState) throws(StateFault) {
    let parts = image.plasticParts
    try count("parts that learn", core.plastic.count, parts.count)
    for (state, part) in zip(core.plastic, parts) { try check(state, part) }
    try ChipState.requireOrder(
      core.rows.map(\.pair), below: image.digital == nil ? spec.geometry.rowPairsPerCore : 0, slot,
      "row pair")
    for row in core.rows {
      for numbers in [row.excitatory, row.inhibitory] {
        try count("weights of a row", numbers.count, image.circuits.count)
        try range("stored weight", numbers, 0...spec.synapse.largestWeight)
      }
    }
    try check(core.projections)
  }

  private func check(_ state: PlasticState, _ part: CoreImage.PlasticPart) throws(StateFault) {
    guard state.position == part.position else {
      throw .unexpected(core: slot, what: "part", number: state.position)
    }
    try count("places of synapses", state.exists.count, part.rows * part.columns)
    let synapses = state.exists.count { $0 }
    try count("weights", state.weights.count, synapses)
    for numbers in [state.tags, state.delays] where !numbers.isEmpty {
      try count("tags or delays", numbers.count, synapses)
    }
    try range("weight", state.weights, weights(of: part))
    try range("tag", state.tags, spec.learning?.tags ?? 0...0)
    let longest = max(spec.learning?.longestDelay ?? 0, spec.digital?.longestDelay ?? 0)
    try range("delay", state.delays, 0...(image.delaysAct(part.position) ? longest : 255))
  }

  private func weights(of part: CoreImage.PlasticPart) -> ClosedRange<Int> {
    if case .currentBased(let core) = image.digital, let digital = spec.digital {
      return core.projections[part.position].signMode.weights(of: digital)
    }
    return -spec.synapse.largestWeight...spec.synapse.largestWeight
  }

  private func check(_ projections: [ProjectionState]) throws(StateFault) {
    guard case .currentBased(let core) = image.digital, let digital = spec.digital else {
      return try ChipState.requireOrder(projections.map(\.position), below: 0, slot, "projection")
    }
    try ChipState.requireOrder(
      projections.map(\.position), below: core.projections.count, slot, "projection")
    for state in projections {
      let projection = core.projections[state.position]
      guard projection.program == nil else {
        throw .unexpected(core: slot, what: "overwritten projection", number: state.position)
      }
      try count("weights", state.weights.count, projection.weights.count)
      try range("weight", .steps(state.weights), projection.signMode.weights(of: digital))
    }
  }

  private func count(_ what: String, _ found: Int, _ expected: Int) throws(StateFault) {
    guard found == expected else {
      throw .count(core: slot, what: what, found: found, expected: expected)
    }
  }

  /// Real numbers may be any where the chip takes them.
  private func range(
    _ what: String, _ numbers: StoredNumbers, _ allowed: ClosedRange<Int>
  ) throws(StateFault) {
    switch numbers {
    case .exact(let numbers):
      if !takesExact, !numbers.isEmpty { throw .exact(core: slot) }
    case .steps(let numbers):
      if let bad = numbers.first(where: { !allowed.contains(Int($0)) }) {
        throw .number(core: slot, what: what, found: Int(bad), allowed: allowed)
      }
    }
  }
}

extension CoreImage {
  /// Whether the delays of a part act; elsewhere they are numbers that only rules see.
  fileprivate func delaysAct(_ part: Int) -> Bool {
    guard case .currentBased(let core) = digital else { return true }
    return core.projections[part].delayActs
  }
}
