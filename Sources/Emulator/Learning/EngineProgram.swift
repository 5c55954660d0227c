import ChipInterface
import FirmwareModels
import HardwareSpec

/// A learning rule as the engine steps through it: decoded once, when an image is loaded.
struct EngineProgram: Sendable {
  /// Ticks of one epoch.
  let epochTicks: Int
  /// The products, in the order of the microcode.
  let products: [EngineProduct]
  /// The presynaptic traces x1, x2 and the postsynaptic ones y1, y2, y3.
  let pre, post: [EngineTrace]
  /// Whether x1 and y1 are codes of the correlation sensors, and there are no counters.
  let isSensed: Bool
  /// Whether graded events overwrite the postsynaptic traces.
  let tracesFromEvents: Bool
  /// Two spikes within so many ticks are a burst.
  let burstTicks: Int
  /// The reward and the error.
  let reward, error: GradedLaw
  /// What p is, by the membrane's code; empty: 0.
  let membraneTable: [Int8]
  /// The tag at which the weight moves by one step.
  let tagCarry: Int?
  /// How synapses are moved.
  let rewiring: Rewiring?
  /// What the engine takes of clock cycles and of single operations for rows and synapses.
  let cost: EpochCost
  /// Bits of the accumulator's fraction, and what it saturates at.
  let fractionBits: Int
  let accumulatorRange: ClosedRange<Int32>
  /// The values that r, e and p have as factors.
  let signedRange: ClosedRange<Int32>
  /// The tags and delays that a synapse can store.
  let tags, delays: ClosedRange<Int32>

  init(_ program: LearningProgram, _ products: [LearningProduct], _ spec: LearningSpec) {
    epochTicks = max(1, program.epochTicks)
    self.products = products.map { EngineProduct($0, spec) }
    let largest = (1 << spec.traceBits) - 1
    func trace(_ settings: TraceSettings) -> EngineTrace {
      var trace = EngineTrace(settings, largest: largest)
      trace.decaysOnceAnEpoch = spec.decaysOnceAnEpoch
      return trace
    }
    isSensed = spec.traceSource == .sensors
    let program = isSensed ? program.withoutCounters : program
    pre = [program.x1, program.x2].map { trace($0) }
    tracesFromEvents = program.tracesFromEvents
    post = [program.y1, program.y2, program.y3].map {
      program.tracesFromEvents ? .overwritten(largest: largest) : trace($0)
    }
    burstTicks = program.burstTicks
    reward = GradedLaw(program.reward, epochTicks: epochTicks)
    error = GradedLaw(program.error, epochTicks: epochTicks)
    membraneTable = program.membraneTable
    (tagCarry, rewiring) = (program.tagCarry, program.rewiring)
    cost = EpochCost(products, spec)
    fractionBits = spec.fractionBits
    accumulatorRange =
      Int32(spec.accumulatorRange.lowerBound)...Int32(spec.accumulatorRange.upperBound)
    let signed = Int32(1) << Int32(spec.signedFactorBits)
    signedRange = -signed...signed - 1
    tags = Int32(spec.tags.lowerBound)...Int32(spec.tags.upperBound)
    delays = 0...Int32(spec.longestDelay)
  }

  /// Whether any product with the gate reads any of the variables.
  func reads(_ variables: Set<LearningFactor.Variable>, where gate: (EngineProduct.Gate) -> Bool)
    -> Bool
  {
    products.contains { product in
      gate(product.gate) && product.factors.contains { variables.contains($0.variable) }
    }
  }

  /// Whether any product reads the variable.
  func reads(_ variable: LearningFactor.Variable) -> Bool { reads([variable]) { _ in true } }

  /// Whether any product changes tags.
  var movesTags: Bool { products.contains { $0.target == .tag } }

  /// Whether the membranes are converted for the engine: for p, or for an e that rules read or
  /// feedback sends.
  var needsMembranes: Bool {
    !membraneTable.isEmpty && (reads(.p) || error.subtractsMembrane)
  }
}

extension LearningProgram {
  /// The program with all traces off.
  fileprivate var withoutCounters: LearningProgram {
    var program = self
    (program.x1, program.x2) = (.off, .off)
    (program.y1, program.y2, program.y3) = (.off, .off, .off)
    program.tracesFromEvents = false
    return program
  }
}

/// One product: `(mantissa · gate · factors) >> down << up`, added to an accumulator.
///
/// Each factor is clipped to its width first. The shift down makes room for the product of all
/// factors at their full widths in the accumulator, whatever the factors are (lava-nc 0.10.0).
struct EngineProduct: Sendable {
  typealias Gate = LearningProduct.Gate

  /// One factor: a variable plus a constant, clipped, or the sign of that.
  struct Factor: Sendable {
    let variable: LearningFactor.Variable
    let constant: Int32
    let isSign: Bool
    let range: ClosedRange<Int32>

    /// The factor for a value of its variable.
    @inline(__always)
    func value(_ variable: Int32) -> Int32 {
      let sum = variable &+ constant
      if isSign { return sum.signum() }
      return min(max(sum, range.lowerBound), range.upperBound)
    }
  }

  let target: LearningProduct.Target
  let gate: Gate
  let mantissa, exponent: Int32
  let factors: [Factor]
  /// By how many bits the product is shifted right, rounding down, before it is shifted left.
  let down: Int32
  /// By how many bits it is shifted left to the accumulator's fraction; negative: right.
  let up: Int32
  /// Whether 32 bits may not hold the product of mantissa and factors.
  let isWide: Bool

  init(_ product: LearningProduct, _ spec: LearningSpec) {
    (target, gate) = (product.target, product.gate)
    (mantissa, exponent) = (Int32(product.mantissa), Int32(product.exponent))
    factors = product.factors.map { factor in
      let limit = Int32(1) << Int32(spec.bits(of: factor.variable))
      return Factor(
        variable: factor.variable, constant: Int32(factor.constant), isSign: factor.isSign,
        range: -limit...limit - 1)
    }
    let bits = product.factors.reduce(spec.mantissaBits) { $0 + spec.bits(of: $1.variable) }
    down = Int32(min(max(0, bits - spec.accumulatorBits), 63))
    up = Int32(min(max(product.exponent + spec.fractionBits, -31), 27))
    isWide = bits > 31
  }

  /// Beyond every accumulator.
  private static let widest: Int64 = 1 << 26

  /// Brings the product of mantissa and factors to the accumulator's scale, and saturates it.
  @inline(__always)
  func scaled(_ product: Int64, _ range: ClosedRange<Int32>) -> Int32 {
    let low = min(max(product >> Int64(down), -Self.widest), Self.widest)
    let scaled = up >= 0 ? low << Int64(up) : low >> Int64(-up)
    return Int32(min(max(scaled, Int64(range.lowerBound)), Int64(range.upperBound)))
  }

  /// Whether the product counts in an epoch, as far as that does not depend on spikes.
  func isDue(epoch: Int) -> Bool {
    guard case .epoch(let k) = gate else { return true }
    return epoch & ((1 << k) - 1) == 0
  }
}

/// What one epoch of a program costs.
struct EpochCost: Equatable, Sendable {
  /// Products and factors of the rule.
  let words: Int
  private let spec: LearningSpec

  init(_ products: [LearningProduct], _ spec: LearningSpec) {
    words = products.reduce(0) { $0 + 1 + $1.factors.count }
    self.spec = spec
  }

  /// Clock cycles of one epoch over so many rows.
  func cycles(rows: Int) -> Int {
    LearningCost.cycles(spec, rows: rows, words: words)
  }
}
