import HardwareSpec

/// Holds a network's time constants and delays against the chip's ranges, and finds what brings
/// them in.
struct TimeRange {
  /// The longest time for which a host keeps an input event, in ticks.
  static let longestInputDelay = 65_535

  private let membrane, synapse: ClosedRange<Double>
  private let longestDelay: Int
  private let options: CompileOptions
  private let remedy: Misfit.TimeRemedy

  init(_ network: SpikingNetwork, _ options: CompileOptions) {
    let (neuron, tick) = (options.spec.neuron, options.spec.time.tickSeconds)
    let membrane = neuron.membraneTime.range.divided(by: tick)
    let synapse = neuron.synapticTime.range.divided(by: tick)
    let neurons = network.populations.flatMap(\.neurons)
    let longest = options.spec.network?.longestDelayTicks ?? 0
    var low = 0.0
    var high = Double.infinity
    func take(_ range: ClosedRange<Double>) {
      (low, high) = (max(low, range.lowerBound), min(high, range.upperBound))
    }
    for neuron in neurons {
      if neuron.membraneTicks.isFinite, neuron.membraneTicks > 0 {
        take(membrane.divided(by: neuron.membraneTicks))
      }
      if let ticks = neuron.synapticTicks { take(synapse.divided(by: ticks)) }
    }
    for (delay, longest) in Self.delays(network, longest) where longest > 0 && delay > 0 {
      let whole = longest / options.ticksPerStep * options.ticksPerStep
      high = min(high, Double(max(whole, 1)) / Double(delay))
    }
    (self.membrane, self.synapse, longestDelay) = (membrane, synapse, longest)
    (self.options, remedy) = (options, Self.remedy(from: low, to: high, options))
  }

  /// The longest delay of each projection, and what is allowed there.
  private static func delays(
    _ network: SpikingNetwork, _ longest: Int
  ) -> [(needed: Int, allowed: Int)] {
    network.projections.map {
      ($0.delays.max() ?? 0, $0.source == nil ? longestInputDelay : longest)
    }
  }

  /// All times must be stretched by a factor in `low...high`.
  private static func remedy(
    from low: Double, to high: Double, _ options: CompileOptions
  ) -> Misfit.TimeRemedy {
    guard low <= high, high > 0 else { return .none }
    let ticks = Double(options.ticksPerStep)
    let whole = low > 1 ? (ticks * low).rounded(.up) : min(ticks * high, 1e7).rounded(.down)
    if whole >= 1, whole >= ticks * low, whole <= ticks * high, whole <= 1e6 {
      return .ticksPerStep(Int(whole))
    }
    guard low > 0, high.isFinite else { return .none }
    // As near to the step that was asked for as leaves a tenth to either end.
    let inner = low * 1.1 < high / 1.1 ? low * 1.1...high / 1.1 : nil
    let factor = inner?.clamp(1) ?? low.squareRoot() * high.squareRoot()
    return .dt(rounded(options.dt / factor, within: options.dt / high...options.dt / low))
  }

  /// Two significant digits, if they stay within the range.
  private static func rounded(_ value: Double, within range: ClosedRange<Double>) -> Double {
    let short = value.rounded(toDigits: 2)
    return range.contains(short) ? short : value
  }

  func report(_ population: SpikingPopulation, _ log: inout CompileLog) {
    let membraneName =
      population.neurons.contains { $0.synapticTicks == nil } ? "tau" : "tau_mem"
    let membranes = population.neurons.map(\.membraneTicks)
    let checks = [
      (membraneName, membranes.filter { $0 != 0 && $0 != .infinity }, membrane),
      ("tau_syn", population.neurons.compactMap(\.synapticTicks), synapse),
    ]
    for (parameter, ticks, allowed) in checks {
      guard let (count, worst) = outside(ticks, allowed) else { continue }
      log.add(
        .timeConstant(
          layer: population.name, parameter: parameter, neurons: count, ticks: worst,
          allowed: allowed, remedy: remedy))
    }
  }

  func reportDelays(_ network: SpikingNetwork, _ log: inout CompileLog) {
    let delays = Self.delays(network, longestDelay)
    for (projection, (needed, allowed)) in zip(network.projections, delays) where needed > allowed {
      let (name, layer) = (projection.name, projection.target)
      if allowed == 0 {
        log.add(
          .lowering(
            .noDelays(
              projection: name, layer: layer, needed: needed, chip: options.spec.name)))
      } else {
        log.add(
          .lowering(
            .delay(
              projection: name, layer: layer, needed: needed, available: allowed,
              remedy: delayRemedy(allowed))))
      }
    }
  }

  private func delayRemedy(_ allowed: Int) -> LoweringMisfit.DelayRemedy {
    guard remedy == .none else { return .time(remedy) }
    return .shorten(Double(allowed / options.ticksPerStep) * options.dt)
  }
}

extension Double {
  /// The number in so many significant digits, each of them decimal.
  func rounded(toDigits digits: Int) -> Double {
    guard magnitude > 1e-12, magnitude < 1e12 else { return self }
    var top = 1.0
    for _ in 0..<digits { top *= 10 }
    var unit = 1.0
    while magnitude / unit >= top { unit *= 10 }
    while magnitude * (1 / unit) < top / 10 { unit /= 10 }
    let whole = (self / unit).rounded()
    return unit < 1 ? whole / (1 / unit).rounded() : whole * unit
  }
}

extension ClosedRange<Double> {
  fileprivate func divided(by divisor: Double) -> ClosedRange<Double> {
    guard divisor > 0, divisor.isFinite else { return 0...0 }
    return lowerBound / divisor...upperBound / divisor
  }
}
