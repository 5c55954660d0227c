import HardwareSpec

extension CircuitOptions {
  /// Each code that is set, with its name and the highest code allowed.
  func limits(_ spec: ChipSpec) -> [(String, Int, Int)] {
    let potentials = [
      ("excitatory reversal", excitatoryReversal), ("inhibitory reversal", inhibitoryReversal),
      ("exponential threshold", exponential?.threshold),
    ]
    return potentials.compactMap { name, code in
      code.map { (name, Int($0), spec.neuron.potential.highestCode) }
    }
  }
}
