import HardwareSpec

/// Chooses the gain codes of one layer's circuits and the volts of its potentials, and with them
/// what a stored step means.
///
/// A step of weight w makes R·I jump by `w · jump` in the network's potential and must make it
/// jump by the gain's volts on the chip: `gain = weightPerStep · jump · voltsPerUnit`. The gain
/// takes up the weight of a step; where its range ends, the volts do. They also shrink where a
/// large bias or reset would lie beyond the rails.
struct GainChoice {
  /// What the layer's synapses are rounded by.
  enum Wish {
    /// One step for all neurons.
    case common(Double)
    /// Every neuron's own.
    case each([Double])
  }

  /// What came out, one entry a neuron.
  struct Settled {
    var codes: [UInt16]
    var voltsPerUnit: [Double]
    var weightPerStep: [Double]
  }

  let layer: String
  let potentials: PotentialScale
  /// The jump of R·I for a weight of 1, in the network's potential, one a neuron.
  let jumps: [Double]
  let law: ParameterLaw
  /// Whether volts are moved until the step is exactly the one wanted.
  let isExact: Bool

  func choose(_ wish: Wish, _ log: inout CompileLog) -> Settled {
    let reach = jumps.map { $0 * potentials.voltsPerUnit }
    guard let least = reach.min(), let most = reach.max() else {
      return Settled(codes: [], voltsPerUnit: [], weightPerStep: [])
    }
    guard (law.range.lowerBound / least).isNormal, (law.range.upperBound / most).isNormal else {
      log.add(
        .notPositive(
          node: layer, parameter: "the jump of R·I in volts", value: least))
      return Settled(
        codes: jumps.map { _ in 0 }, voltsPerUnit: jumps.map { _ in potentials.voltsPerUnit },
        weightPerStep: wish.steps(count: jumps.count))
    }
    switch wish {
    case .common(let step): return common(step, &log)
    case .each(let steps): return each(steps, &log)
    }
  }

  // MARK: One step for all

  private func common(_ wanted: Double, _ log: inout CompileLog) -> Settled {
    let volts = volts(forSteps: jumps.map { _ in wanted }, growing: false)
    let reach = zip(jumps, volts).map { $0 * $1 }
    let (least, most) = (reach.min() ?? 1, reach.max() ?? 1)
    let (lowest, highest) = (law.range.lowerBound / least, law.range.upperBound / most)
    if lowest > highest * (1 + 1e-9) {
      log.add(
        .gainRange(
          layer: layer, ratio: most / least,
          available: law.range.upperBound / law.range.lowerBound))
    }
    if wanted < lowest * (1 - 1e-9) {
      log.add(.lowestGain(layer: layer, weightPerStep: lowest))
    }
    report(volts, &log)
    let step = max(min(wanted, highest), lowest)
    if isExact, let settled = exact(jumps.map { _ in step }, volts, isCommon: true) {
      return settled
    }
    let codes = reach.map { law.code(step * $0) }
    let effective = effectiveStep(codes, reach, &log)
    return Settled(
      codes: codes, voltsPerUnit: volts, weightPerStep: jumps.map { _ in effective })
  }

  private func effectiveStep(
    _ codes: [UInt16], _ reach: [Double], _ log: inout CompileLog
  ) -> Double {
    let steps = zip(codes, reach).map { law.value(code: Int($0)) / $1 }
    let (least, most) = (steps.min() ?? 1, steps.max() ?? 1)
    let step = least == most ? least : least / 2 + most / 2
    let relative = (most - least) / 2 / step
    if relative > 1e-9 { log.add(.roundedGains(layer: layer, relative: relative)) }
    return step
  }

  // MARK: Every neuron's own step

  private func each(_ wanted: [Double], _ log: inout CompileLog) -> Settled {
    let volts = volts(forSteps: wanted, growing: true)
    let reach = zip(jumps, volts).map { $0 * $1 }
    let lowest = reach.map { law.range.lowerBound / $0 }
    let raised = wanted.indices.filter { wanted[$0] < lowest[$0] * (1 - 1e-9) }
    if let most = raised.map({ lowest[$0] }).max() {
      log.add(.lowestGain(layer: layer, weightPerStep: most))
    }
    report(volts, &log)
    let steps = wanted.indices.map { i in
      max(min(wanted[i], law.range.upperBound / reach[i]), lowest[i])
    }
    if isExact, let settled = exact(steps, volts, isCommon: false) { return settled }
    let codes = zip(steps, reach).map { law.code($0 * $1) }
    return Settled(
      codes: codes, voltsPerUnit: volts,
      weightPerStep: zip(codes, reach).map { law.value(code: Int($0)) / $1 })
  }

  // MARK: Volts

  /// The convention's scale, or what brings the gains of the steps wanted into their range.
  ///
  /// Neurons that do not fire keep one scale, as their potentials are compared.
  private func volts(forSteps steps: [Double], growing: Bool) -> [Double] {
    let usual = potentials.voltsPerUnit
    let limits = zip(steps, jumps).map { step, jump in
      (least: law.range.lowerBound / (step * jump), most: law.range.upperBound / (step * jump))
    }
    guard potentials.fires else {
      let most =
        limits.indices.map {
          min(limits[$0].most, potentials.mostWithinRails(ofNeuron: $0))
        }.min() ?? usual
      let volts = max(min(usual, most), potentials.range(ofNeuron: 0).lowerBound)
      return jumps.map { _ in volts }
    }
    return limits.indices.map { i in
      let range = potentials.range(ofNeuron: i)
      let own = growing ? i : nil
      let most = min(limits[i].most, potentials.mostWithinRails(ofNeuron: i))
      if most < usual {
        let wanted = max(most, range.lowerBound)
        return min(potentials.scale(near: wanted, ofNeuron: own, roundingUp: false), usual)
      }
      if growing, limits[i].least > usual {
        let wanted = min(limits[i].least, range.upperBound)
        let grown = potentials.scale(near: wanted, ofNeuron: own, roundingUp: true)
        return grown <= range.upperBound ? max(grown, usual) : usual
      }
      return usual
    }
  }

  private func report(_ volts: [Double], _ log: inout CompileLog) {
    let usual = potentials.voltsPerUnit
    let moved = volts.filter { $0 != usual }
    guard let least = volts.min(), !moved.isEmpty else { return }
    log.add(
      .movedThresholds(
        layer: layer, neurons: moved.count, factor: least < usual ? least / usual : volts.max() ?? 1
      ))
  }

  // MARK: Exact steps

  /// Volts at which a gain of the DAC gives exactly the step wanted.
  ///
  /// Thresholds, which the DAC rounds, are searched around the usual one for those that miss least.
  /// Nil where neurons that must have one scale differ.
  private func exact(_ steps: [Double], _ volts: [Double], isCommon: Bool) -> Settled? {
    let isOne =
      !zip(steps, steps.dropFirst()).contains { $0 != $1 }
      && !zip(jumps, jumps.dropFirst()).contains { $0 != $1 }
    guard potentials.fires || isOne else { return nil }
    var settled = Settled(codes: [], voltsPerUnit: [], weightPerStep: steps)
    for i in steps.indices {
      if isOne, isCommon, i > 0 {
        settled.codes.append(settled.codes[0])
        settled.voltsPerUnit.append(settled.voltsPerUnit[0])
        continue
      }
      let own = isCommon && isOne ? nil : i
      let (code, scale) = exact(steps[i] * jumps[i], volts[i], ofNeuron: own)
      settled.codes.append(code)
      settled.voltsPerUnit.append(scale)
    }
    return settled
  }

  /// The code, and the volts per unit at which it gives a jump wanted.
  ///
  /// Near the usual distance one code of the threshold changes it by about as much as one code of
  /// the gain, so only a distance of many codes finds pairs that fit.
  private func exact(
    _ jump: Double, _ volts: Double, ofNeuron i: Int?
  ) -> (code: UInt16, volts: Double) {
    let scales =
      potentials.fires ? potentials.scales(around: volts, ofNeuron: i, within: 24) : [volts]
    var best = (code: law.code(jump * volts), miss: Double.infinity)
    for scale in scales where law.range.contains(jump * scale) {
      let code = law.code(jump * scale)
      let miss = (law.value(code: Int(code)) / (jump * scale) - 1).magnitude
      if miss < best.miss { best = (code, miss) }
    }
    return (best.code, law.value(code: Int(best.code)) / jump)
  }
}

extension GainChoice.Wish {
  /// The step wanted of each neuron.
  func steps(count: Int) -> [Double] {
    switch self {
    case .common(let step): return Array(repeating: step, count: count)
    case .each(let steps): return steps
    }
  }
}
