import CEmulatorKernels

/// Advances a core with the readable circuits: the twin of the C kernels.
enum ReferenceCore {
  /// One tick of some samples, on the same memory that the kernels use.
  static func step(
    _ core: CoreDevice, _ circuits: [CircuitConstants],
    _ samples: UnsafeMutablePointer<synapus_core_sample>, _ count: Int
  ) {
    for s in 0..<count { step(core, circuits, samples + s) }
  }

  private static func step(
    _ core: CoreDevice, _ circuits: [CircuitConstants],
    _ sample: UnsafeMutablePointer<synapus_core_sample>
  ) {
    sample.pointee.spike_count = 0
    for lane in 0..<circuits.count {
      let state = sample.pointee.state + KernelLayout.state(lane)
      var circuit = LIFNeuronCircuit(at: state[0])
      (circuit.excitatory, circuit.inhibitory) = (state[16], state[32])
      circuit.refractoryLeft = state[48]
      let phase = circuit.step(
        arrivals(core, sample.pointee, row: 0, lane), arrivals(core, sample.pointee, row: 1, lane),
        noise: HashNoise.draw(key: sample.pointee.noise_key, lane: UInt32(lane)),
        circuits[lane], core.rails)
      (state[0], state[16], state[32]) = (circuit.membrane, circuit.excitatory, circuit.inhibitory)
      state[48] = circuit.refractoryLeft
      sample.pointee.saturated += circuit.saturated
      if let phase {
        sample.pointee.spikes[Int(sample.pointee.spike_count)] = UInt32(lane) << 8 | UInt32(phase)
        sample.pointee.spike_count += 1
      }
    }
  }

  /// What the tick's events bring to one circuit, over its excitatory (0) or inhibitory (1) rows.
  private static func arrivals(
    _ core: CoreDevice, _ sample: synapus_core_sample, row: Int, _ lane: Int
  ) -> LIFNeuronCircuit.Arrivals {
    LIFNeuronCircuit.Arrivals(
      (0..<Int(sample.event_count)).lazy.map { i in
        let event = sample.events[i]
        let weight = core.synapses.effective[(Int(event >> 8) * 2 + row) * core.lanes + lane]
        return (weight, Int32(event & 255))
      })
  }
}
