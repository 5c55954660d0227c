import FirmwareModels

/// The rules of an epoch, one synapse at a time: the readable twin of the C kernel.
enum ReferenceLearning {
  /// Applies a part's rule at the end of an epoch.
  static func apply(_ part: LearningPart, tick: Int, _ random: LearningRandomness) {
    let due = part.program.products.filter { $0.isDue(epoch: part.epochs) }
    let hasEpochProducts = due.contains { if case .epoch = $0.gate { true } else { false } }
    // In recordings every tag goes through the accumulator in every epoch, as in lava.
    let visitsAll = random.recorded != nil && part.program.movesTags
    let hasPost = due.contains { $0.gate == .post } && part.post.spikedCount > 0
    for row in 0..<part.synapses.axonCount {
      let rowSpiked = part.pre.spikedAt[row] != 0
      guard hasEpochProducts || hasPost || rowSpiked || visitsAll else { continue }
      var context = RowContext(part, due, row: row, tick: tick, random)
      for word in 0..<part.synapses.lanes / 64 {
        var bits = part.synapses.exists[row * part.synapses.lanes / 64 + word]
        while bits != 0 {
          let lane = word * 64 + bits.trailingZeroBitCount
          bits &= bits - 1
          if hasEpochProducts || rowSpiked || visitsAll || part.post.spikedAt[lane] != 0 {
            context.update(lane: lane)
          }
        }
      }
      if context.hasChanged {
        part.changedRows[part.changedRowCount] = Int32(row)
        part.changedRowCount += 1
      }
    }
  }

  /// The rule on one row of synapses.
  private struct RowContext {
    let part: LearningPart
    let program: EngineProgram
    let products: [EngineProduct]
    let row: Int
    let rowPlace: Int
    let keys: (weight: UInt32, delay: UInt32, tag: UInt32)
    /// A recorded draw of rounding for all synapses.
    let recorded: Double?
    var hasChanged = false

    init(
      _ part: LearningPart, _ products: [EngineProduct], row: Int, tick: Int,
      _ random: LearningRandomness
    ) {
      (self.part, program, self.products, self.row) = (part, part.program, products, row)
      rowPlace = Int(part.pre.spikedAt[row])
      func key(_ kind: LearningRandomness.Kind) -> UInt32 {
        LearningRandomness.rowKey(random.key(kind, part: part.number, time: tick), row)
      }
      keys = (key(.weight), key(.delay), key(.tag))
      recorded = random.recorded.map {
        $0.rounding.isEmpty ? 0 : $0.rounding[min(part.epochs, $0.rounding.count) - 1]
      }
    }

    /// Updates weight, delay and tag of one synapse; all read the values from before.
    mutating func update(lane: Int) {
      let place = row * part.synapses.lanes + lane
      let old = (
        weight: Int32(part.synapses.weights[place]), delay: Int32(part.synapses.delays[place]),
        tag: Int32(part.synapses.tags[place])
      )
      let fraction = Int32(program.fractionBits)
      var sums = (
        weight: old.weight << fraction, delay: old.delay << fraction, tag: old.tag << fraction
      )
      var touched = (weight: false, delay: false, tag: false)
      for product in products {
        let change = change(product, lane, old) ?? 0
        // In recordings a product of 0 saturates the accumulator too, as in lava.
        if change == 0, recorded == nil { continue }
        switch product.target {
        case .weight: (sums.weight, touched.weight) = (added(sums.weight, change), true)
        case .delay: (sums.delay, touched.delay) = (added(sums.delay, change), true)
        case .tag: (sums.tag, touched.tag) = (added(sums.tag, change), true)
        }
      }
      if recorded != nil, program.movesTags {
        (sums.tag, touched.tag) = (added(sums.tag, 0), true)
      }
      if touched.delay {
        let delay = rounded(sums.delay, keys.delay, lane)
        part.synapses.delays[place] = UInt8(
          min(max(delay, program.delays.lowerBound), program.delays.upperBound))
      }
      var tag = old.tag
      if touched.tag {
        tag = rounded(sums.tag, keys.tag, lane)
        tag = min(max(tag, program.tags.lowerBound), program.tags.upperBound)
      }
      var weight = touched.weight ? rounded(sums.weight, keys.weight, lane) : old.weight
      if touched.tag, let carry = program.tagCarry { Self.carry(Int32(carry), &tag, &weight) }
      part.synapses.tags[place] = Int16(tag)
      store(weight, old: old.weight, place)
    }

    /// Moves the weight by one step where a moving tag has come so far, and the tag back.
    private static func carry(_ threshold: Int32, _ tag: inout Int32, _ weight: inout Int32) {
      if tag >= threshold {
        (tag, weight) = (tag - threshold, weight + 1)
      } else if tag <= -threshold {
        (tag, weight) = (tag + threshold, weight - 1)
      }
    }

    private mutating func store(_ weight: Int32, old: Int32, _ place: Int) {
      let range = part.site.weights
      let clipped = min(max(weight, range.lowerBound), range.upperBound)
      if clipped != weight { part.weightsSaturated += 1 }
      if clipped == old { return }
      part.synapses.weights[place] = Int16(clipped)
      part.weightUpdates += 1
      hasChanged = true
    }

    private func added(_ sum: Int32, _ change: Int32) -> Int32 {
      let range = program.accumulatorRange
      return min(max(sum + change, range.lowerBound), range.upperBound)
    }

    /// The accumulator without its fraction, rounded up with the fraction's probability.
    private func rounded(_ sum: Int32, _ key: UInt32, _ lane: Int) -> Int32 {
      let bits = Int32(program.fractionBits)
      let (whole, fraction) = (sum >> bits, sum & ((1 << bits) - 1))
      if let recorded {
        return whole + (recorded < Double(fraction) / Double(Int32(1) << bits) ? 1 : 0)
      }
      return whole + (LearningRandomness.rounding(key, lane, bits: bits) < fraction ? 1 : 0)
    }

    /// What a product adds to the accumulator; nil where its gate is closed.
    private func change(
      _ product: EngineProduct, _ lane: Int, _ old: (weight: Int32, delay: Int32, tag: Int32)
    ) -> Int32? {
      let lanePlace = Int(part.post.spikedAt[lane])
      switch product.gate {
      case .pre: if rowPlace == 0 { return nil }
      case .post: if lanePlace == 0 { return nil }
      case .epoch: break
      }
      var result = Int64(product.mantissa)
      for factor in product.factors {
        result &*= Int64(factor.value(value(factor.variable, product.gate, lane, lanePlace, old)))
      }
      return product.scaled(result, program.accumulatorRange)
    }

    private func value(
      _ variable: LearningFactor.Variable, _ gate: EngineProduct.Gate, _ lane: Int,
      _ lanePlace: Int, _ old: (weight: Int32, delay: Int32, tag: Int32)
    ) -> Int32 {
      switch variable {
      case .x0: return rowPlace != 0 ? 1 : 0
      case .y0: return lanePlace != 0 ? 1 : 0
      case .x1: return sensed(part.causal, .post, gate, lane) ?? preTrace(0, gate, lanePlace)
      case .x2: return preTrace(1, gate, lanePlace)
      case .y1: return sensed(part.acausal, .pre, gate, lane) ?? postTrace(0, gate, lane)
      case .y2: return postTrace(1, gate, lane)
      case .y3: return postTrace(2, gate, lane)
      case .w: return old.weight
      case .d: return old.delay
      case .t: return old.tag
      case .r: return part.rewardRead
      case .e: return Int32(part.errorRead[lane])
      case .p: return Int32(part.membrane[lane])
      }
    }

    /// A code of the correlation sensors, where they give the trace of a gate.
    private func sensed(
      _ codes: UnsafeMutablePointer<Int16>?, _ own: EngineProduct.Gate, _ gate: EngineProduct.Gate,
      _ lane: Int
    ) -> Int32? {
      gate == own ? codes.map { Int32($0[row * part.synapses.lanes + lane]) } : nil
    }

    private func preTrace(_ k: Int, _ gate: EngineProduct.Gate, _ lanePlace: Int) -> Int32 {
      switch gate {
      case .pre: return Int32(part.pre.atSpike[k][row])
      case .post: return part.pre.history.value(trace: k, row, place: lanePlace)
      case .epoch: return Int32(part.pre.values[k][row])
      }
    }

    private func postTrace(_ k: Int, _ gate: EngineProduct.Gate, _ lane: Int) -> Int32 {
      switch gate {
      case .pre: return part.post.history.value(trace: k, lane, place: rowPlace)
      case .post: return Int32(part.post.atSpike[k][lane])
      case .epoch: return Int32(part.post.values[k][lane])
      }
    }
  }
}
