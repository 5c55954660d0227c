import CEmulatorKernels

/// The exact path of one circuit's membrane through a tick, as long as it does not fire.
struct IdealPath {
  /// Charge that acts from a phase on, in steps of weight.
  struct Arrival {
    var phase: Int
    var excitatory, inhibitory: Double
  }

  /// What k/64 tick does to the circuit.
  let parts: UnsafeMutablePointer<IdealPropagator.Part>
  /// Where the membrane leaves its refractory time: 0, or a phase within the tick.
  let start: Int
  /// Rest, and the distance from it at the start, in volts.
  let rest, distance: Double
  /// The currents at the start, in steps of weight.
  let excitatory, inhibitory: Double
  /// Arrivals of the tick that reach this circuit; those before the start have decayed until then.
  let arrivals: UnsafeBufferPointer<Arrival>

  /// The potential at a phase after the start, up to 64.
  func potential(at phase: Int) -> Double {
    let passed = parts + (phase - start)
    var v = rest + distance * passed.pointee.membrane
    v += excitatory * passed.pointee.excitatory_jump
    v += inhibitory * passed.pointee.inhibitory_jump
    for arrival in arrivals where arrival.phase < phase {
      let acted = parts + (phase - arrival.phase)
      v += arrival.excitatory * acted.pointee.excitatory_jump
      v += arrival.inhibitory * acted.pointee.inhibitory_jump
    }
    return v
  }

  /// The last phase before the path crosses a threshold that it is above at the tick's end.
  func crossing(of threshold: Double) -> Int {
    var (low, high) = (start, 64)
    while high - low > 1 {
      let middle = (low + high) / 2
      if potential(at: middle) >= threshold { high = middle } else { low = middle }
    }
    return low
  }
}
