import ChipInterface
import HardwareSpec

/// What the registers of one population count: how much potential one unit of the voltage register
/// is, and the exponents of the weights that lead to it.
///
/// The largest weights use the mantissa's range, or less where a common step makes them exact. The
/// common exponent is the largest at which thresholds fit their register and currents cannot wrap,
/// for the more units potentials have the less decays and thresholds are rounded.
struct StateScale {
  private let population: SpikingPopulation
  private let digital: DigitalSpec
  private let options: CompileOptions
  private let parts: [Part]
  /// Register units of one unit of the network's potential.
  private let unitsPerPotential: Double
  /// The share of senders that may fire in every step before a current wraps; above 1: all.
  private let activity: Double
  private let voltageActivity: Double

  /// One projection's weights, as steps of potential.
  private struct Part {
    var synapses: SynapseMatrix
    /// The weights times the receiver's first step, by synapse.
    var moves: [Double]
    var signMode: SignMode
    /// Potential of one unit of mantissa, before the exponent.
    var unit: Double
    var exponent = 0

    /// The largest mantissa, and the distance of mantissas.
    var largest: Double { signMode == .mixed ? 254 : 255 }
    var spacing: Double { signMode == .mixed ? 2 : 1 }
    var peak: Double { moves.reduce(0) { max($0, $1.magnitude) } }

    func mantissa(_ move: Double) -> Int {
      let steps = (move / unit / spacing).rounded(.toNearestOrEven) * spacing
      return Int(min(max(steps, -largest), largest))
    }
  }

  init(
    _ population: SpikingPopulation, _ projections: [SpikingProjection], _ digital: DigitalSpec,
    _ options: CompileOptions
  ) {
    (self.population, self.digital, self.options) = (population, digital, options)
    let first = population.neurons.map(\.firstStep)
    var parts = projections.map { projection in
      let synapses = projection.synapses
      let moves =
        synapses.count == 0
        ? []
        : synapses.receivers.indices.map {
          synapses.weights[$0] * first[Int(synapses.receivers[$0])]
        }
      return Part(
        synapses: synapses, moves: moves, signMode: Self.signMode(synapses.weights), unit: 1)
    }
    let distance = population.neurons.indices.reduce(0) {
      max($0, population.neurons[$1].threshold - population.origin($1))
    }
    let largestThreshold = Double(1 << digital.thresholdBits) - 2
    let unit = Self.commonUnit(parts, options) ?? max(distance, 1e-300) / 1024
    // A threshold that is very many weights away makes the weights coarser.
    let coarse = max(unit, population.fires ? distance / largestThreshold : 0)
    let load = LoadBound(population, parts.map { ($0.synapses, $0.moves) })
    let half = Double(1 << (digital.stateBits - 1)) - 1
    let shift = Double(1 << digital.stateShift)
    var exponent = digital.weightExponents.upperBound
    func fits(_ exponent: Int) -> Bool {
      let units = shift * Double(1 << exponent) / coarse
      return (!population.fires || distance * units / shift <= largestThreshold)
        && load.current * units <= half
        && (population.fires || 0.25 * load.voltage * units <= half)
    }
    while exponent > 0, !fits(exponent) { exponent -= 1 }
    unitsPerPotential = shift * Double(1 << exponent) / coarse
    activity = half / (load.current * unitsPerPotential)
    voltageActivity = population.fires ? 1 : half / (load.voltage * unitsPerPotential)
    for i in parts.indices {
      var (unit, own) = (coarse, exponent)
      while own > 0, parts[i].peak <= unit / 2 * parts[i].largest {
        (unit, own) = (unit / 2, own - 1)
      }
      (parts[i].unit, parts[i].exponent) = (unit, own)
    }
    self.parts = parts
  }

  private static func signMode(_ weights: [Double]) -> SignMode {
    if weights.allSatisfy({ $0 >= 0 }) { return .excitatory }
    return weights.allSatisfy { $0 <= 0 } ? .inhibitory : .mixed
  }

  /// The unit of mantissa of the projection with the largest weights; nil when all are zero.
  private static func commonUnit(_ parts: [Part], _ options: CompileOptions) -> Double? {
    guard let part = parts.max(by: { $0.peak / $0.largest < $1.peak / $1.largest }),
      part.peak.isNormal
    else { return nil }
    let ladder = ChargeLadder(
      copies: 1, largestWeight: Int(part.largest / part.spacing), law: .linear)
    let group = StepSearch.Group(ladder: ladder, magnitudes: part.moves.map(\.magnitude))
    let clip = options.rounding == .leastError ? options.maxClip : 0
    let step = StepSearch([group], maxClip: clip).best() ?? part.peak / ladder.largest
    return step / part.spacing
  }

  // MARK: Registers

  /// A potential in register units.
  func register(_ potential: Double) -> Double {
    let units = potential * unitsPerPotential
    return units.isFinite ? units.rounded() : 0
  }

  /// The register above which, not at which, the neuron fires: the network's fires at its threshold.
  func threshold(_ i: Int) -> Int32 {
    let distance = population.neurons[i].threshold - population.origin(i)
    let wanted = distance * unitsPerPotential / Double(1 << digital.stateShift)
    let most = Double(1 << digital.thresholdBits) - 1
    let register = (wanted * (1 - 1e-9)).rounded(.up) - 1
    return Int32(register.isFinite ? min(max(register, 0), most) : most)
  }

  func registers(of projection: SpikingProjection, _ place: Int) -> RegisterProjection {
    let part = parts[place]
    var synapses: [RegisterSynapse] = []
    synapses.reserveCapacity(part.synapses.count)
    for sender in 0..<part.synapses.senderCount {
      let delay = projection.delay(ofSender: sender)
      for i in part.synapses.synapses(of: sender) {
        synapses.append(
          RegisterSynapse(
            sender: sender, receiver: Int(part.synapses.receivers[i]),
            weight: part.mantissa(part.moves[i]), delay: delay))
      }
    }
    var registers = RegisterProjection(
      name: projection.name, source: projection.source, target: projection.target,
      synapses: synapses)
    (registers.weightExponent, registers.signMode) = (part.exponent, part.signMode)
    return registers
  }

  // MARK: Reports

  /// What a reset to a potential loses of the way to threshold, in root mean square: the overshoot
  /// of a spike is uniform up to the mean step of the potential.
  var overshoot: Double {
    var (sums, counts) = (
      [Double](repeating: 0, count: population.neurons.count),
      [Double](repeating: 0, count: population.neurons.count)
    )
    for part in parts {
      for (receiver, move) in zip(part.synapses.receivers, part.moves) where move > 0 {
        sums[Int(receiver)] += move
        counts[Int(receiver)] += 1
      }
    }
    return sums.indices.reduce(0) { worst, i in
      let distance = population.neurons[i].threshold - population.origin(i)
      let error = sums[i] / max(counts[i], 1) / distance / 3.0.squareRoot()
      return error.isFinite ? max(worst, error) : worst
    }
  }

  func report(_ log: inout CompileLog) {
    for (i, neuron) in population.neurons.enumerated() where population.fires {
      let distance = neuron.threshold - population.origin(i)
      if !(distance > 0 && distance.isFinite) {
        log.add(
          .notPositive(
            node: population.name, parameter: "v_threshold - v_reset", value: distance))
        break
      }
    }
    if !(unitsPerPotential.isNormal && parts.allSatisfy { $0.unit.isNormal }) {
      log.add(.notPositive(node: population.name, parameter: "the scale", value: unitsPerPotential))
    }
    if activity < 1 {
      log.add(.registerRange(layer: population.name, register: "current", activity: activity))
    }
    if voltageActivity < 1 {
      log.add(
        .registerRange(layer: population.name, register: "voltage", activity: voltageActivity))
    }
  }

  var quality: LayerQuality {
    var quality = RoundingQuality()
    for part in parts {
      for move in part.moves {
        quality.add(move, stored: Double(part.mantissa(move)) * part.unit, clipped: 0)
      }
    }
    let first = population.neurons.first?.firstStep ?? 1
    return LayerQuality(
      signalToNoise: quality.signalToNoise, weightPerStep: (parts.first?.unit ?? 1) / first)
  }
}

/// The largest current and voltage that inputs can drive a population to, in potential.
private struct LoadBound {
  private(set) var current = 0.0, voltage = 0.0

  /// All senders of one sign fire in every step.
  init(_ population: SpikingPopulation, _ parts: [(synapses: SynapseMatrix, moves: [Double])]) {
    var positive = [Double](repeating: 0, count: population.neurons.count)
    var negative = positive
    for (synapses, moves) in parts {
      for (receiver, move) in zip(synapses.receivers, moves) {
        if move > 0 { positive[Int(receiver)] += move } else { negative[Int(receiver)] -= move }
      }
    }
    for (i, neuron) in population.neurons.enumerated() {
      let steady = max(positive[i], negative[i]) * (neuron.synapticTicks ?? 1)
      current = max(current, steady)
      voltage = max(voltage, steady * min(neuron.membraneTicks, 1000))
    }
  }
}
