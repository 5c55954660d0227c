import HardwareSpec

/// Holds a network's time constants against the chip's ranges, and finds what brings them in.
struct TimeRange {
  private let membrane, synapse: ClosedRange<Double>
  private let remedy: Misfit.TimeRemedy

  init(_ network: SpikingNetwork, _ options: CompileOptions) {
    let (neuron, tick) = (options.spec.neuron, options.spec.time.tickSeconds)
    let membrane = neuron.membraneTime.range.divided(by: tick)
    let synapse = neuron.synapticTime.range.divided(by: tick)
    let neurons = network.populations.flatMap(\.neurons)
    let factors =
      neurons.map { membrane.divided(by: $0.membraneTicks) }
      + neurons.compactMap { $0.synapticTicks.map { synapse.divided(by: $0) } }
    (self.membrane, self.synapse) = (membrane, synapse)
    remedy = Self.remedy(
      from: factors.map(\.lowerBound).max() ?? 1, to: factors.map(\.upperBound).min() ?? 1, options)
  }

  /// All times must be stretched by a factor in `low...high`.
  private static func remedy(
    from low: Double, to high: Double, _ options: CompileOptions
  ) -> Misfit.TimeRemedy {
    guard low <= high, low > 0, high.isFinite else { return .none }
    let ticks = Double(options.ticksPerStep)
    let whole = max((ticks * low).rounded(.up), 1)
    if whole <= ticks * high, whole <= 1e6 { return .ticksPerStep(Int(whole)) }
    let exact = options.dt / (low.squareRoot() * high.squareRoot())
    return .dt(rounded(exact, within: options.dt / high...options.dt / low))
  }

  /// Two significant digits, if they stay within the range.
  private static func rounded(_ value: Double, within range: ClosedRange<Double>) -> Double {
    guard value > 1e-12, value < 1e12 else { return value }
    var unit = 1.0
    while value / unit >= 100 { unit *= 10 }
    while value * (1 / unit) < 10 { unit /= 10 }
    let digits = (value / unit).rounded()
    let short = unit < 1 ? digits / (1 / unit).rounded() : digits * unit
    return range.contains(short) ? short : value
  }

  func report(_ population: SpikingPopulation, _ log: inout CompileLog) {
    let membraneName =
      population.neurons.contains { $0.synapticTicks == nil } ? "tau" : "tau_mem"
    let checks = [
      (membraneName, population.neurons.map(\.membraneTicks), membrane),
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
}

extension ClosedRange<Double> {
  fileprivate func divided(by divisor: Double) -> ClosedRange<Double> {
    guard divisor > 0, divisor.isFinite else { return 0...0 }
    return lowerBound / divisor...upperBound / divisor
  }
}
