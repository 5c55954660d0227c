import ChipInterface
import HardwareSpec

/// Finds the DAC codes of every neuron, the weight of a step for every projection, and the steps of
/// every synapse.
///
/// What lies out of range is reported and set to the end of the range, so that later passes can
/// report their misfits too.
struct Quantisation {
  private let options: CompileOptions
  private let spec: ChipSpec

  init(_ options: CompileOptions) { (self.options, spec) = (options, options.spec) }

  func quantise(_ legal: LegalNetwork, _ log: inout CompileLog) -> QuantisedNetwork {
    let network = legal.network
    let largest = spec.neuron.largestRefractoryCount
    if !(1...largest).contains(options.refractoryTicks) {
      log.add(.refractory(needed: options.refractoryTicks, available: largest))
    }
    var quantised = QuantisedNetwork(legal: legal, populations: [], projections: [])
    let leading = Dictionary(grouping: network.projections.indices) {
      network.projections[$0].target
    }
    var projections = [QuantisedProjection?](repeating: nil, count: network.projections.count)
    for population in network.populations {
      let incoming = leading[population.name, default: []].map {
        IncomingProjection(
          $0, network.projections[$0],
          copies: options.projection(network.projections[$0].name).copies, spec.synapse)
      }
      var layer = LayerQuantisation(population, incoming, options)
      let result = layer.quantise(&log)
      quantised.populations.append(result.population)
      for (one, projection) in zip(incoming, result.projections) {
        projections[one.index] = projection
      }
    }
    quantised.projections = projections.compactMap { $0 }
    return quantised
  }
}

/// How many values lie outside of a range, and the one farthest outside; nil when none does.
func outside(
  _ values: [Double], _ allowed: ClosedRange<Double>
) -> (count: Int, worst: Double)? {
  let slack = 1e-9 * max(allowed.lowerBound.magnitude, allowed.upperBound.magnitude)
  func excess(_ value: Double) -> Double {
    value.isNaN ? .infinity : max(allowed.lowerBound - value, value - allowed.upperBound)
  }
  let bad = values.filter { excess($0) > slack }
  return bad.max { excess($0) < excess($1) }.map { (bad.count, $0) }
}

extension ClosedRange<Double> {
  /// The nearest number in the range; the lower bound for what is no number.
  func clamp(_ value: Double) -> Double {
    value > lowerBound ? Swift.min(value, upperBound) : lowerBound
  }
}

extension ParameterLaw {
  /// The code nearest to a value, or to the end of the range beyond which it lies.
  func code(_ value: Double) -> UInt16 {
    UInt16(clamping: nearestCode(for: range.clamp(value)))
  }

  /// The value that the DAC gives for a value asked for.
  func rounded(_ value: Double) -> Double { self.value(code: Int(code(value))) }
}
