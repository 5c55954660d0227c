import FirmwareModels

/// The rules of an epoch in real numbers: nothing is rounded, scaled down or clipped above.
///
/// The limits that are left are those of the signs: a weight that only excites stays at or above 0,
/// and a delay too. This is what lava's floating-point models compute.
enum RealLearning {
  /// Applies a part's rule at the end of an epoch.
  static func apply(
    _ part: LearningPart, _ synapses: PlasticSynapses.Exact, pre: RealTraces, post: RealTraces
  ) {
    let due = part.program.products.filter { $0.isDue(epoch: part.epochs) }
    let hasEpochProducts = due.contains { if case .epoch = $0.gate { true } else { false } }
    for row in 0..<part.synapses.axonCount {
      let rowSpiked = part.pre.spikedAt[row] != 0
      guard hasEpochProducts || rowSpiked || part.post.spikedCount > 0 else { continue }
      var hasChanged = false
      for lane in 0..<part.synapses.lanes {
        guard part.synapses.exists(at: row * part.synapses.lanes + lane),
          hasEpochProducts || rowSpiked || part.post.spikedAt[lane] != 0
        else { continue }
        let synapse = Synapse(
          part: part, pre: pre, post: post, row: row, lane: lane, synapses: synapses)
        if synapse.update(due) { hasChanged = true }
      }
      if hasChanged {
        part.changedRows[part.changedRowCount] = Int32(row)
        part.changedRowCount += 1
      }
    }
  }

  /// One synapse at an epoch's end.
  private struct Synapse {
    let part: LearningPart
    let pre, post: RealTraces
    let row, lane: Int
    let synapses: PlasticSynapses.Exact

    private var place: Int { row * part.synapses.lanes + lane }
    private var rowPlace: Int { Int(part.pre.spikedAt[row]) }
    private var lanePlace: Int { Int(part.post.spikedAt[lane]) }

    /// Updates weight, delay and tag, and tells whether the weight changed.
    ///
    /// All three read the values from before.
    func update(_ products: [EngineProduct]) -> Bool {
      var changes = [0.0, 0.0, 0.0]
      for product in products where isOpen(product.gate) {
        var change =
          Double(product.mantissa)
          * Double(sign: .plus, exponent: Int(product.exponent), significand: 1)
        for factor in product.factors { change *= value(factor, product.gate) }
        changes[Int(product.target.rawValue)] += change
      }
      let limits = part.site.weights
      synapses.delays[place] = max(synapses.delays[place] + changes[1], 0)
      synapses.tags[place] += changes[2]
      if changes[2] != 0, let carry = part.program.tagCarry { changes[0] += carried(Double(carry)) }
      if changes[0] == 0 { return false }
      var weight = synapses.weights[place] + changes[0]
      if limits.lowerBound >= 0 { weight = max(weight, 0) }
      if limits.upperBound <= 0 { weight = min(weight, 0) }
      if weight == synapses.weights[place] { return false }
      synapses.weights[place] = weight
      part.weightUpdates += 1
      return true
    }

    /// What a tag that has come so far moves the weight by; the tag moves back.
    private func carried(_ threshold: Double) -> Double {
      let tag = synapses.tags[place]
      let step: Double = tag >= threshold ? 1 : tag <= -threshold ? -1 : 0
      synapses.tags[place] = tag - step * threshold
      return step
    }

    private func isOpen(_ gate: EngineProduct.Gate) -> Bool {
      switch gate {
      case .pre: return rowPlace != 0
      case .post: return lanePlace != 0
      case .epoch: return true
      }
    }

    private func value(_ factor: EngineProduct.Factor, _ gate: EngineProduct.Gate) -> Double {
      let sum = variable(factor.variable, gate) + Double(factor.constant)
      return factor.isSign ? (sum > 0 ? 1 : sum < 0 ? -1 : 0) : sum
    }

    private func variable(
      _ variable: LearningFactor.Variable, _ gate: EngineProduct.Gate
    ) -> Double {
      switch variable {
      case .x0: return rowPlace != 0 ? 1 : 0
      case .y0: return lanePlace != 0 ? 1 : 0
      case .x1: return sensed(part.causal, .post, gate) ?? preTrace(0, gate)
      case .x2: return preTrace(1, gate)
      case .y1: return sensed(part.acausal, .pre, gate) ?? postTrace(0, gate)
      case .y2: return postTrace(1, gate)
      case .y3: return postTrace(2, gate)
      case .w: return synapses.weights[place]
      case .d: return synapses.delays[place]
      case .t: return synapses.tags[place]
      case .r: return Double(part.rewardRead)
      case .e: return Double(part.errorRead[lane])
      case .p: return Double(part.membrane[lane])
      }
    }

    /// A code of the correlation sensors, where they give the trace of a gate.
    private func sensed(
      _ codes: UnsafeMutablePointer<Int16>?, _ own: EngineProduct.Gate, _ gate: EngineProduct.Gate
    ) -> Double? {
      gate == own ? codes.map { Double($0[place]) } : nil
    }

    private func preTrace(_ k: Int, _ gate: EngineProduct.Gate) -> Double {
      switch gate {
      case .pre: return pre.atSpike[k][row]
      case .post: return pre.value(trace: k, row, place: lanePlace, part.pre)
      case .epoch: return pre.values[k][row]
      }
    }

    private func postTrace(_ k: Int, _ gate: EngineProduct.Gate) -> Double {
      switch gate {
      case .pre: return post.value(trace: k, lane, place: rowPlace, part.post)
      case .post: return post.atSpike[k][lane]
      case .epoch: return post.values[k][lane]
      }
    }
  }
}
