import CEmulatorKernels

/// Advances a full core with the readable circuits: the twin of the C kernels.
enum ReferenceFullCore {
  /// Turns the events of a tick into amplitudes.
  static func plasticity(
    _ core: FullCore, _ sample: UnsafeMutablePointer<synapus_core_sample>, _ memory: FullMemory,
    tick: Int32
  ) {
    for i in 0..<Int(sample.pointee.event_count) {
      let event = sample.pointee.events[i]
      let pair = Int(event >> 8)
      let state = memory.rowStates[pair]
      var driver = RowDriver(inactive: state.inactive, tick: state.tick, phase: state.phase)
      memory.amplitudes[i] = driver.amplitude(
        tick: tick, phase: Int32(event & 255), core.drivers[pair])
      memory.rowStates[pair] = synapus_row_state(
        inactive: driver.inactive, tick: driver.tick, phase: driver.phase)
    }
  }

  /// One tick up to coupling.
  static func integrate(
    _ core: FullCore, weights: UnsafePointer<UInt8>,
    _ sample: UnsafeMutablePointer<synapus_core_sample>, _ memory: FullMemory
  ) {
    for lane in 0..<core.circuits.count {
      var circuit = load(lane, sample, memory)
      let noise = HashNoise.draw(key: sample.pointee.noise_key, lane: UInt32(lane))
      memory.pending[lane] = circuit.integrate(
        moments(core, weights, sample.pointee, memory, row: 0, lane),
        moments(core, weights, sample.pointee, memory, row: 1, lane), noise: noise,
        core.circuits[lane], core.shared)
      sample.pointee.saturated += circuit.saturated
      store(circuit, lane, sample, memory)
    }
  }

  /// The rest of the tick.
  static func compare(
    _ core: FullCore, _ sample: UnsafeMutablePointer<synapus_core_sample>, _ memory: FullMemory
  ) {
    sample.pointee.spike_count = 0
    for lane in 0..<core.circuits.count {
      var circuit = load(lane, sample, memory)
      let phase = circuit.compare(memory.pending[lane], core.circuits[lane], core.shared)
      store(circuit, lane, sample, memory)
      if let phase {
        sample.pointee.spikes[Int(sample.pointee.spike_count)] = UInt32(lane) << 8 | UInt32(phase)
        sample.pointee.spike_count += 1
      }
    }
  }

  /// What the tick's events bring to one circuit, over its excitatory (0) or inhibitory (1) rows.
  private static func moments(
    _ core: FullCore, _ weights: UnsafePointer<UInt8>, _ sample: synapus_core_sample,
    _ memory: FullMemory, row: Int, _ lane: Int
  ) -> SynapticInput.Moments? {
    guard sample.event_count > 0 else { return nil }
    return SynapticInput.Moments(
      (0..<Int(sample.event_count)).lazy.map { i in
        let event = sample.events[i]
        let weight = weights[(Int(event >> 8) * 2 + row) * core.lanes + lane]
        let amplitude = core.drivers.isEmpty ? 1 : memory.amplitudes[i]
        return (weight, amplitude, Int32(event & 255))
      })
  }

  private static func load(
    _ lane: Int, _ sample: UnsafeMutablePointer<synapus_core_sample>, _ memory: FullMemory
  ) -> FullNeuronCircuit {
    let state = sample.pointee.state + KernelLayout.state(lane)
    var circuit = FullNeuronCircuit(at: state[0])
    circuit.refractoryLeft = state[48]
    circuit.excitation.current = memory[lane, SYNAPUS_FULL_CURRENT_EXC]
    circuit.inhibition.current = memory[lane, SYNAPUS_FULL_CURRENT_INH]
    circuit.adaptation = memory[lane, SYNAPUS_FULL_ADAPTING]
    circuit.shift = memory[lane, SYNAPUS_FULL_SHIFT]
    circuit.fuse = memory[lane, SYNAPUS_FULL_FUSE]
    circuit.course.start = memory[lane, SYNAPUS_FULL_START]
    circuit.course.goal = memory[lane, SYNAPUS_FULL_GOAL]
    circuit.course.pace = memory[lane, SYNAPUS_FULL_PACE]
    circuit.course.drift = memory[lane, SYNAPUS_FULL_DRIFT]
    circuit.course.growth = memory[lane, SYNAPUS_FULL_GROWTH]
    return circuit
  }

  private static func store(
    _ circuit: FullNeuronCircuit, _ lane: Int,
    _ sample: UnsafeMutablePointer<synapus_core_sample>, _ memory: FullMemory
  ) {
    let state = sample.pointee.state + KernelLayout.state(lane)
    (state[0], state[48]) = (circuit.membrane, circuit.refractoryLeft)
    memory[lane, SYNAPUS_FULL_CURRENT_EXC] = circuit.excitation.current
    memory[lane, SYNAPUS_FULL_CURRENT_INH] = circuit.inhibition.current
    memory[lane, SYNAPUS_FULL_ADAPTING] = circuit.adaptation
    memory[lane, SYNAPUS_FULL_SHIFT] = circuit.shift
    memory[lane, SYNAPUS_FULL_FUSE] = circuit.fuse
    memory[lane, SYNAPUS_FULL_START] = circuit.course.start
    memory[lane, SYNAPUS_FULL_GOAL] = circuit.course.goal
    memory[lane, SYNAPUS_FULL_PACE] = circuit.course.pace
    memory[lane, SYNAPUS_FULL_DRIFT] = circuit.course.drift
    memory[lane, SYNAPUS_FULL_GROWTH] = circuit.course.growth
  }
}
