import CEmulatorKernels

/// The constants of one full core's circuits, laid out for the kernels in blocks of 16 lanes.
final class FullConstantsBuffer: @unchecked Sendable {
  private let storage: UnsafeMutablePointer<Float>
  /// The view that the kernels take; valid as long as this buffer.
  let kernelView: UnsafeMutablePointer<synapus_full_core>

  init(_ circuits: [FullCircuitConstants], _ core: FullNeuronCircuit.Core, lanes: Int) {
    let fields = Int(SYNAPUS_FULL_CONSTANTS)
    storage = .allocateAligned(lanes * fields)
    for lane in 0..<lanes {
      let circuit = lane < circuits.count ? circuits[lane] : .unused
      for (field, number) in Self.numbers(circuit) {
        storage[KernelLayout.index(lane, field: field, of: fields)] = number
      }
    }
    let block = Int(SYNAPUS_ACTIVE_BLOCK)
    kernelView = .allocate(capacity: 1)
    kernelView.initialize(
      to: synapus_full_core(
        lanes: Int32(lanes), active: Int32((circuits.count + block - 1) / block * block),
        second_order: core.secondOrder, noisy: circuits.contains { $0.noise != 0 },
        conducting: core.conducting, soft: core.soft,
        adapting: circuits.contains { $0.adaptation != .init() },
        exponential: circuits.contains { $0.exponential != .init() },
        shifting: circuits.contains { $0.shift != .init() },
        pulling: circuits.contains { $0.resetRate != 0 }, constants: storage,
        rail_low: core.rails.lowerBound, rail_high: core.rails.upperBound))
  }

  deinit {
    storage.deallocate()
    kernelView.deallocate()
  }

  /// Overwrites the potentials only, which a single sample may shift.
  func setPotentials(_ circuits: [FullCircuitConstants]) {
    let fields = Int(SYNAPUS_FULL_CONSTANTS)
    for (lane, circuit) in circuits.enumerated() {
      func set(_ field: Int, _ number: Float) {
        storage[KernelLayout.index(lane, field: field, of: fields)] = number
      }
      set(SYNAPUS_FULL_REST, circuit.rest)
      set(SYNAPUS_FULL_ONSET, circuit.exponential.onset)
      set(SYNAPUS_FULL_RESET, circuit.reset)
      set(SYNAPUS_FULL_THRESHOLD, circuit.threshold)
    }
  }

  /// The numbers of a circuit, each with its place among the kernels' fields.
  private static func numbers(_ c: FullCircuitConstants) -> [(field: Int, number: Float)] {
    [
      (SYNAPUS_FULL_REST, c.rest), (SYNAPUS_FULL_RATE, c.rate), (SYNAPUS_FULL_LOSS, c.loss),
      (SYNAPUS_FULL_DAMPING, c.damping), (SYNAPUS_FULL_NOISE, c.noise),
      (SYNAPUS_FULL_THRESHOLD, c.threshold), (SYNAPUS_FULL_RESET, c.reset),
      (SYNAPUS_FULL_REFRACTORY, c.refractory), (SYNAPUS_FULL_RESET_RATE, c.resetRate),
      (SYNAPUS_FULL_DELAY, c.delay),
    ] + synapses(c) + options(c)
  }

  private static func synapses(_ c: FullCircuitConstants) -> [(field: Int, number: Float)] {
    let (exc, inh) = (c.excitatory, c.inhibitory)
    return [
      (SYNAPUS_FULL_LEFT_EXC, exc.left), (SYNAPUS_FULL_LEFT_INH, inh.left),
      (SYNAPUS_FULL_MEAN_EXC, exc.mean), (SYNAPUS_FULL_MEAN_INH, inh.mean),
      (SYNAPUS_FULL_INJECT0_EXC, exc.inject.m0), (SYNAPUS_FULL_INJECT0_INH, inh.inject.m0),
      (SYNAPUS_FULL_INJECT1_EXC, exc.inject.m1), (SYNAPUS_FULL_INJECT1_INH, inh.inject.m1),
      (SYNAPUS_FULL_INJECT2_EXC, exc.inject.m2), (SYNAPUS_FULL_INJECT2_INH, inh.inject.m2),
      (SYNAPUS_FULL_ARRIVE0_EXC, exc.arrive.m0), (SYNAPUS_FULL_ARRIVE0_INH, inh.arrive.m0),
      (SYNAPUS_FULL_ARRIVE1_EXC, exc.arrive.m1), (SYNAPUS_FULL_ARRIVE1_INH, inh.arrive.m1),
      (SYNAPUS_FULL_ARRIVE2_EXC, exc.arrive.m2), (SYNAPUS_FULL_ARRIVE2_INH, inh.arrive.m2),
      (SYNAPUS_FULL_DRIVE_EXC, exc.drive), (SYNAPUS_FULL_DRIVE_INH, inh.drive),
      (SYNAPUS_FULL_CONDUCTANCE_EXC, exc.conductance),
      (SYNAPUS_FULL_CONDUCTANCE_INH, inh.conductance),
      (SYNAPUS_FULL_LEVEL_EXC, exc.level), (SYNAPUS_FULL_LEVEL_INH, inh.level),
    ]
  }

  private static func options(_ c: FullCircuitConstants) -> [(field: Int, number: Float)] {
    [
      (SYNAPUS_FULL_ADAPTATION, c.adaptation.conductance),
      (SYNAPUS_FULL_ADAPTATION_LOSS, c.adaptation.loss),
      (SYNAPUS_FULL_ADAPTATION_RATE, c.adaptation.rate),
      (SYNAPUS_FULL_ADAPTATION_JUMP, c.adaptation.jump),
      (SYNAPUS_FULL_SLOPE, c.exponential.slope),
      (SYNAPUS_FULL_STEEPNESS, c.exponential.steepness),
      (SYNAPUS_FULL_ONSET, c.exponential.onset), (SYNAPUS_FULL_UPSWING, c.exponential.rate),
      (SYNAPUS_FULL_SHIFT_LEFT, c.shift.left), (SYNAPUS_FULL_SHIFT_RATE, c.shift.rate),
      (SYNAPUS_FULL_SHIFT_JUMP, c.shift.jump),
    ]
  }
}
