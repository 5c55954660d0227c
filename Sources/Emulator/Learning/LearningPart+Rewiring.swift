import ChipInterface
import HardwareSpec

/// Structural plasticity: weak synapses move to other rows of their dendrite.
///
/// A dendrite is a group of neighbouring rows of one column. On silicon each synapse of a row
/// compares the address of an event with its own, and another address moves it to another source
/// (Billaudelle et al. 2021); here it moves to that source's row.
extension LearningPart {
  /// Leaves synapses only where the image has weights, and fills dendrites that have too few.
  ///
  /// Returns false where a dendrite has more than its rule allows.
  func prepareDendrites() -> Bool {
    guard let rewiring = program.rewiring else { return true }
    var fits = true
    synapses.forEachPlace { if synapses.weights[$0] == 0 { synapses.remove(at: $0) } }
    forEachDendrite(rewiring) { rows, lane in
      let used = rows.filter { synapses.exists(at: $0 * synapses.lanes + lane) }
      fits = fits && used.count <= rewiring.synapsesPerGroup
      var free = rows.filter { !used.contains($0) }
      for i in 0..<max(0, min(rewiring.synapsesPerGroup - used.count, free.count)) {
        let key = LearningRandomness.rowKey(UInt32(truncatingIfNeeded: number), rows.lowerBound + i)
        let row = free.remove(at: Self.choice(key, lane, free.count))
        put(row: row, lane: lane, rewiring.initialWeight)
      }
    }
    return fits
  }

  /// Moves the synapses that are weak at the end of an epoch.
  func rewire(tick: Int, _ random: LearningRandomness) {
    guard let rewiring = program.rewiring, epochs % rewiring.everyEpochs == 0 else { return }
    let key = random.key(.rewiring, part: number, time: tick)
    var changed = Set((0..<changedRowCount).map { changedRows[$0] })
    forEachDendrite(rewiring) { rows, lane in
      let places = rows.map { $0 * synapses.lanes + lane }
      guard places.contains(where: synapses.exists) else { return }
      var free = rows.filter { !synapses.exists(at: $0 * synapses.lanes + lane) }
      for row in rows where isWeak(row * synapses.lanes + lane, rewiring) && !free.isEmpty {
        let choice = Self.choice(LearningRandomness.rowKey(key, row), lane, free.count)
        let target = free.remove(at: choice)
        move(from: row, to: target, lane: lane, rewiring.initialWeight)
        changed.formUnion([Int32(row), Int32(target)])
      }
    }
    for (i, row) in changed.sorted().enumerated() { changedRows[i] = row }
    changedRowCount = changed.count
  }

  private func isWeak(_ place: Int, _ rewiring: Rewiring) -> Bool {
    guard synapses.exists(at: place) else { return false }
    return synapses.number(.weight, at: place) < Double(rewiring.keepsFrom)
  }

  private func move(from row: Int, to target: Int, lane: Int, _ weight: Int) {
    let place = row * synapses.lanes + lane
    if synapses.number(.weight, at: place) != 0 {
      weightUpdates += 1
      site.nonZero?[row] -= 1
    }
    synapses.remove(at: place)
    put(row: target, lane: lane, weight)
    weightUpdates += 1
    if weight != 0 { site.nonZero?[target] += 1 }
  }

  private func put(row: Int, lane: Int, _ weight: Int) {
    let range = site.weights
    let clipped = min(max(Int32(weight), range.lowerBound), range.upperBound)
    synapses.put(row: row, column: synapses.firstColumn + lane, weight: Int16(clipped))
  }

  /// Calls `body` with the rows and the lane of every dendrite.
  private func forEachDendrite(_ rewiring: Rewiring, _ body: (Range<Int>, Int) -> Void) {
    for first in stride(from: 0, to: synapses.axonCount, by: rewiring.groupPairs) {
      let rows = first..<min(first + rewiring.groupPairs, synapses.axonCount)
      for column in site.columns {
        if let lane = lane(of: column) { body(rows, lane) }
      }
    }
  }

  /// One of so many, by the draw of a lane.
  private static func choice(_ key: UInt32, _ lane: Int, _ count: Int) -> Int {
    (Int(LearningRandomness.draw(key, lane)) * count) >> 16
  }
}
