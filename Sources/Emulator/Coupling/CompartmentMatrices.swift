import HardwareSpec

/// How fast a circuit's membrane moves by itself: what the coupling must know of it.
package struct MembraneRates: Equatable, Sendable {
  /// Fraction lost per tick of the free membrane, `Δt/τ_m`.
  package var free: Double
  /// The same while the reset's conductance is on; nil when the reset clamps the membrane.
  package var held: Double?

  /// Makes rates, per tick.
  package init(free: Double, held: Double?) { (self.free, self.held) = (free, held) }
}

extension FullCore {
  /// The rates of a circuit in use.
  func rates(_ column: Int) -> MembraneRates? {
    guard circuits.indices.contains(column) else { return nil }
    let (rate, pull) = (Double(circuits[column].rate), Double(circuits[column].resetRate))
    return MembraneRates(free: rate, held: pull > 0 ? rate + pull : nil)
  }
}

/// What one tick does to the compartments of a neuron.
///
/// The compartments obey `dV/dt = −(D + L)·V + s`, where D holds the membranes' own rates, L the
/// conductances between them over their capacitances, and s leak and synaptic drive. The circuits
/// were advanced alone, `U = e^(−D)·V + φ₁(−D)·s`; with s steady over the tick it follows that
///
///     V′ = A·V + B·U      B = φ₁(−D − L)·φ₁(−D)⁻¹      A = e^(−D − L) − B·e^(−D)
///
/// which is exact for linear circuits, however fast charge flows between them. What s changes
/// within the tick counts as if it were spread over it.
package struct CompartmentMatrices: Equatable, Sendable {
  /// What counts of the potentials at the tick's start.
  package var ofStart: SquareMatrix
  /// What counts of the potentials that the circuits reached alone.
  package var ofAlone: SquareMatrix
  /// The exponential of the system itself: what a step of a held membrane does to the others.
  package var power: SquareMatrix

  /// Solves a tick.
  ///
  /// - Parameters:
  ///   - rates: Each compartment's own rate per tick; nil holds it at its potential.
  ///   - conductances: What flows to a compartment (row) from another (column), per tick and
  ///     difference of potential: `Δt/(k·τ_icc)` for a compartment of k joined circuits.
  package init(rates: [Double?], conductances: SquareMatrix) {
    let order = rates.count
    var generator = SquareMatrix(zeroOf: order)
    for (row, rate) in rates.enumerated() {
      guard let rate else { continue }
      var lost = rate
      for column in 0..<order where column != row {
        generator[row, column] = conductances[row, column]
        lost += conductances[row, column]
      }
      generator[row, row] = -lost
    }
    let (power, mean) = generator.exponential
    (ofStart, ofAlone, self.power) = (power, mean, power)
    for (column, rate) in rates.enumerated() {
      let left = rate.map { DeterministicMath.exp(-$0) } ?? 0
      let given = rate.map { $0 > 0 ? $0 / DeterministicMath.oneMinusExp(ofMinus: $0) : 1 } ?? 0
      for row in 0..<order {
        ofAlone[row, column] = mean[row, column] * given
        ofStart[row, column] = power[row, column] - ofAlone[row, column] * left
      }
    }
  }
}

/// The compartments of one neuron: what a tick does to them, and what a reset within it.
package struct CompartmentDynamics {
  private let rates: [MembraneRates]
  private let conductances: SquareMatrix

  /// Prepares a neuron; `conductances` as in ``CompartmentMatrices``.
  package init(rates: [MembraneRates], conductances: SquareMatrix) {
    (self.rates, self.conductances) = (rates, conductances)
  }

  /// What a whole tick does while the resets of some compartments are on.
  package func tick(held: Set<Int>) -> CompartmentMatrices {
    CompartmentMatrices(
      rates: rates.indices.map { held.contains($0) ? rates[$0].held : rates[$0].free },
      conductances: conductances)
  }

  /// The part of the flow of a tick to a compartment that stays when its reset ends after
  /// h = 0/64, 1/64 … of it: what comes before is pulled away at the rate p of the reset.
  ///
  /// `1 − h + (1 − e^(−p·h))/p`; 1 − h when the reset clamps.
  package func release(of compartment: Int) -> [Double] {
    let pull = rates[compartment].held.map { $0 - rates[compartment].free }
    return (0..<64).map { held in
      let h = Double(held) / 64
      let stays = pull.map { DeterministicMath.oneMinusExp(ofMinus: $0 * h) / $0 } ?? 0
      return 1 - h + stays
    }
  }

  /// What a spike takes from the compartments, for each in turn and r = 1/64, 2/64 … of a tick
  /// left: a part of how far the membrane that fired has fallen by the tick's end.
  ///
  /// Until then the flow was that of a membrane that stays where the spike found it. A neighbour
  /// takes part in a step of that membrane by `e^(−(D + L)·r)` with it held; while a reset through
  /// a conductance falls, its mean over r counts.
  package func spread(from compartment: Int) -> [Double] {
    var clamped = rates.map { $0.free as Double? }
    clamped[compartment] = nil
    let pull = rates[compartment].held.map { $0 - rates[compartment].free }
    var table = [Double](repeating: 0, count: 64 * rates.count)
    for left in 1...64 {
      let r = Double(left) / 64
      let power = CompartmentMatrices(
        rates: clamped.map { rate in rate.map { $0 * r } }, conductances: r * conductances
      )
      .power
      let share = pull.map { Self.meanFall($0 * r) } ?? 1
      for k in rates.indices { table[64 * k + left - 1] = power[k, compartment] * share }
    }
    return table
  }

  /// What flows to a membrane after its spike from the compartments, for each in turn and r =
  /// 1/64, 2/64 … of a tick left: a part of the difference of potential, on the mean over r.
  ///
  /// `c·(1 − e^(−q·r))/q` with the rate q of the reset and the leak; nothing when it clamps.
  package func flow(to compartment: Int) -> [Double] {
    var table = [Double](repeating: 0, count: 64 * rates.count)
    guard let rate = rates[compartment].held else { return table }
    for k in rates.indices where k != compartment {
      for left in 1...64 {
        let stays = DeterministicMath.oneMinusExp(ofMinus: rate * Double(left) / 64) / rate
        table[64 * k + left - 1] = conductances[compartment, k] * stays
      }
    }
    return table
  }

  /// Mean over final value of `1 − e^(−x·t)` for t up to 1: 1/2 for slow, 1 for fast resets.
  private static func meanFall(_ x: Double) -> Double {
    if x < 1e-3 { return 0.5 + x / 12 }
    let fallen = DeterministicMath.oneMinusExp(ofMinus: x)
    return (1 - fallen / x) / fallen
  }
}
