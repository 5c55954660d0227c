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
    (ofStart, ofAlone) = (power, mean)
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
