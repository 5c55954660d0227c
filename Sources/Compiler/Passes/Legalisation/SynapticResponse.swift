import HardwareSpec

/// How a membrane answers the charge of one event through an exponential synapse:
/// `V(t) = Q / (τ_m − τ_s) · (e^(−t/τ_m) − e^(−t/τ_s))`.
struct SynapticResponse {
  let membraneTicks, synapticTicks: Double

  /// Equal time constants have a limit of their own; these are told apart from 1e-6 on.
  private var isEqual: Bool {
    abs(membraneTicks - synapticTicks) <= 1e-6 * max(membraneTicks, synapticTicks)
  }

  private var isUsable: Bool {
    [membraneTicks, synapticTicks, membraneTicks / synapticTicks].allSatisfy(\.isNormal)
  }

  /// When the response peaks, in ticks after the event.
  var peakTicks: Double {
    guard isUsable, membraneTicks > 0, synapticTicks > 0 else { return 0 }
    if isEqual { return membraneTicks }
    return membraneTicks * synapticTicks / (membraneTicks - synapticTicks)
      * DeterministicMath.log(membraneTicks / synapticTicks)
  }

  /// The potential after so many ticks, over the jump Q / τ_m of an event without a synapse.
  func potential(after ticks: Double) -> Double {
    guard isUsable else { return 1 }
    if isEqual { return ticks / membraneTicks * DeterministicMath.exp(-ticks / membraneTicks) }
    return membraneTicks / (membraneTicks - synapticTicks)
      * (DeterministicMath.exp(-ticks / membraneTicks)
        - DeterministicMath.exp(-ticks / synapticTicks))
  }

  /// The peak, over the jump of an event without a synapse.
  var peak: Double { isUsable ? potential(after: peakTicks) : 1 }

  /// What is left of the peak so many ticks later, as a part of it.
  func kept(after ticks: Double) -> Double { potential(after: peakTicks + ticks) / peak }
}

extension SpikingNeuron {
  /// How far one event of weight 1 lifts the potential within a step.
  func risePerWeight(ticksPerStep: Double) -> Double {
    guard membraneTicks > 0, membraneTicks.isFinite else { return chargePerWeight }
    let jump = chargePerWeight / membraneTicks
    return jump * min(synapticTicks.map { ticksPerStep / $0 } ?? 1, 1)
  }

  /// Whether weights of this sum, all in every step, lift the potential above the threshold within
  /// so many steps.
  func canFire(drivenBy sum: Double, ticksPerStep: Double, steps: Double) -> Bool {
    if membraneTicks == .infinity {
      return leak + (sum * chargePerWeight + biasShift * ticksPerStep) * steps > threshold
    }
    let highest = membraneTicks > 0 ? chargePerWeight / ticksPerStep : chargePerWeight
    return max(reset, leak + biasShift + sum * highest) > threshold
  }
}
