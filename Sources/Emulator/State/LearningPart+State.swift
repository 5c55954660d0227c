import ChipInterface

/// The synapses of the learning engine: the only part of it that outlives a sample.
extension LearningPart {
  /// Visits the places where a synapse may be, row by row over the site's columns; nil where the
  /// rows have no lane for a column.
  private func forEachPlace(_ body: (_ index: Int, _ place: Int?) -> Void) {
    let (first, lanes, columns) = (synapses.firstColumn, synapses.lanes, site.columns)
    for row in 0..<synapses.axonCount {
      for (i, column) in columns.enumerated() {
        let lane = column - first
        let isLane = lane >= 0 && lane < lanes
        body(row * columns.count + i, isLane ? row * lanes + lane : nil)
      }
    }
  }

  /// The synapses as they are.
  var state: PlasticState {
    var exists = [Bool](repeating: false, count: synapses.axonCount * site.columns.count)
    var places: [Int] = []
    forEachPlace { index, place in
      guard let place, synapses.exists(at: place) else { return }
      exists[index] = true
      places.append(place)
    }
    func numbers(_ register: RegisterProbe.Register) -> StoredNumbers {
      let numbers = places.map { synapses.number(register, at: $0) }
      return synapses.exact == nil ? .steps(numbers.map { Int16($0) }) : .exact(numbers)
    }
    return PlasticState(
      position: site.position, exists: exists, weights: numbers(.weight),
      tags: numbers(.tag).orEmpty, delays: numbers(.delay).orEmpty)
  }

  /// Whether synapses may be where a state has them: only rewiring moves them.
  func allows(_ state: PlasticState) -> Bool {
    var allows = true
    forEachPlace { index, place in
      guard let place else {
        allows = allows && !state.exists[index]
        return
      }
      let isFixed = program.rewiring == nil
      if isFixed, synapses.exists(at: place) != state.exists[index] { allows = false }
    }
    return allows
  }

  /// Makes the synapses those of a state that was checked.
  func take(_ state: PlasticState) {
    var next = 0
    forEachPlace { index, place in
      guard let place else { return }
      synapses.remove(at: place)
      guard state.exists[index] else { return }
      synapses.put(
        at: place, weight: state.weights[next],
        tag: state.tags.isEmpty ? 0 : state.tags[next],
        delay: state.delays.isEmpty ? 0 : state.delays[next])
      next += 1
    }
  }
}

extension PlasticSynapses {
  /// Puts a synapse there; integers hold what a real number comes to.
  fileprivate func put(at place: Int, weight: Double, tag: Double, delay: Double) {
    exists[place / 64] |= 1 << UInt64(place % 64)
    guard let exact else {
      (weights[place], tags[place]) = (Int16(weight), Int16(tag))
      delays[place] = UInt8(delay)
      return
    }
    (exact.weights[place], exact.tags[place], exact.delays[place]) = (weight, tag, delay)
  }
}

extension LearningEngine {
  /// Refuses synapses where a part can have none.
  func check(_ state: ChipState) throws(ChipError) {
    for core in state.cores {
      for (part, plastic) in zip(partsOfCore[core.slot], core.plastic) where !part.allows(plastic) {
        throw .invalidState(.synapses(core: core.slot, part: plastic.position))
      }
    }
  }

  /// Takes over the synapses of a checked state.
  func take(_ state: ChipState) {
    noteLearned()
    for core in state.cores {
      for (part, plastic) in zip(partsOfCore[core.slot], core.plastic) { part.take(plastic) }
    }
  }
}
