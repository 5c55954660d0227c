import HardwareSpec

extension ChipImage {
  /// The image's content hash, which names it in a ``ChipState``.
  package func stateHash(on spec: ChipSpec) throws(ChipError) -> String {
    do {
      return try contentHash(spec: spec)
    } catch .invalid(let faults) {
      throw .invalidImage(faults)
    } catch {
      throw .invalidImage([.description(what: "size of network", name: io.network)])
    }
  }
}

extension ChipState {
  /// The image whose weights are those on the chip, so that what was learned can be kept as a
  /// `.chip` file.
  ///
  /// Analog cores: the stored steps of every row, read with the signs of the pair's two rows. A
  /// file holds no tags and delays of analog synapses, and a dendrite's synapse of weight 0 is
  /// none. Digital cores: the weights, delays and tags of every synapse, and the synapses where
  /// rewiring has put them. Real numbers are refused unless they are whole and fit; with
  /// `rounding` they are rounded to the nearest weight that does.
  public func applied(
    to image: ChipImage, on spec: ChipSpec, rounding: Bool = false
  ) throws(ChipError) -> ChipImage {
    let hash = try image.stateHash(on: spec)
    try validate(on: spec, image: image, hash: hash, takesExact: true)
    var image = image
    for core in cores {
      do throws(StateFault) {
        try image.cores[core.slot].take(core, spec, rounding: rounding)
      } catch { throw .invalidState(error) }
    }
    return image
  }
}

extension CoreImage {
  fileprivate mutating func take(
    _ state: CoreState, _ spec: ChipSpec, rounding: Bool
  ) throws(StateFault) {
    let whole = Rounding(slot: state.slot, isOn: rounding)
    guard case .currentBased(var core) = digital else {
      return try takeRows(StoredRows(self, state, on: spec.geometry), spec, whole)
    }
    for projection in state.projections {
      core.projections[projection.position].weights = projection.weights
    }
    for plastic in state.plastic {
      try core.take(plastic, spec, whole)
    }
    digital = .currentBased(core)
  }

  private mutating func takeRows(
    _ rows: StoredRows, _ spec: ChipSpec, _ whole: Rounding
  ) throws(StateFault) {
    let (width, allowed) = (spec.geometry.circuitsPerCore, 0...spec.synapse.largestWeight)
    for pair in 0..<spec.geometry.rowPairsPerCore {
      for column in 0..<rows.columns {
        let place = pair * rows.columns + column
        weights[2 * pair * width + column] = UInt8(
          try whole.number("stored weight", rows.excitatory[place], allowed))
        weights[(2 * pair + 1) * width + column] = UInt8(
          try whole.number("stored weight", rows.inhibitory[place], allowed))
      }
    }
  }
}

extension CurrentBasedCore {
  fileprivate mutating func take(
    _ state: PlasticState, _ spec: ChipSpec, _ whole: Rounding
  ) throws(StateFault) {
    guard let digital = spec.digital else { return }
    var projection = projections[state.position]
    let allowed = projection.signMode.weights(of: digital)
    let acts = projection.delayActs && !projection.delays.isEmpty
    let delays = 0...(acts ? digital.longestDelay : 255)
    let tags = spec.learning?.tags ?? 0...0
    let axons = projection.axonCount
    (projection.starts, projection.targets, projection.weights) = ([0], [], [])
    (projection.delays, projection.tags) = ([], [])
    var next = 0
    for axon in 0..<axons {
      for column in neurons.indices where state.exists[axon * neurons.count + column] {
        projection.targets.append(UInt16(column))
        projection.weights.append(
          Int16(try whole.number("weight", state.weights[next], allowed)))
        if !state.delays.isEmpty {
          projection.delays.append(
            UInt8(try whole.number("delay", state.delays[next], delays)))
        }
        if !state.tags.isEmpty {
          projection.tags.append(Int16(try whole.number("tag", state.tags[next], tags)))
        }
        next += 1
      }
      projection.starts.append(UInt32(next))
    }
    projections[state.position] = projection.keepingDelays(of: projections[state.position])
  }
}

extension DigitalProjection {
  /// Leaves delays what they were: registers that act and that a rule may change, even where all
  /// are 0, or numbers that only rules see.
  fileprivate func keepingDelays(of old: DigitalProjection) -> DigitalProjection {
    var projection = self
    if delays.isEmpty, !old.delays.isEmpty {
      projection.delays = Array(repeating: 0, count: targets.count)
    }
    if !delays.isEmpty, old.delays.isEmpty { projection.delayActs = false }
    return projection
  }
}

/// Makes whole numbers of real ones, or refuses to.
private struct Rounding {
  let slot: Int
  let isOn: Bool

  func number(
    _ what: String, _ value: Double, _ allowed: ClosedRange<Int>
  ) throws(StateFault) -> Int {
    if isOn, !value.isNaN {
      return Int(
        min(max(value.rounded(), Double(allowed.lowerBound)), Double(allowed.upperBound)))
    }
    guard let whole = Int(exactly: value) else { throw .exact(core: slot) }
    guard allowed.contains(whole) else {
      throw .number(core: slot, what: what, found: whole, allowed: allowed)
    }
    return whole
  }
}
