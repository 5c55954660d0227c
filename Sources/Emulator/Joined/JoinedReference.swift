import CEmulatorKernels

/// Advances clusters of joined circuits readably: the twin of the C kernels, bit for bit.
enum JoinedReference {
  /// One tick of one sample, on the same memory that the kernels use.
  static func step(
    _ cluster: synapus_joined_cluster, _ memory: inout synapus_joined_memory,
    _ samples: UnsafeMutablePointer<synapus_core_sample>, stride: Int
  ) {
    let size = Int(cluster.planes * cluster.lanes)
    memory.goals.update(repeating: 0, count: size)
    for index in 0..<Int(cluster.core_count) {
      let sample = samples + Int(cluster.cores[index].slot) * stride
      sample.pointee.spike_count = 0
      for i in 0..<Int(sample.pointee.event_count) {
        let pair = Int(sample.pointee.events[i] >> 8)
        memory.synaptic_events += Int64(cluster.cores[index].non_zero[pair])
      }
      drive(cluster, index, memory, sample)
    }
    let key = samples[Int(cluster.cores[0].slot) * stride].noise_key
    for lane in 0..<size where lane % Int(cluster.lanes) < cluster.active {
      advance(cluster, lane, memory, key: key) { core, spike in
        emit(spike, samples + Int(cluster.cores[core].slot) * stride)
      }
    }
  }

  /// Advances the currents of one core, and adds what they do to its membranes' goals.
  private static func drive(
    _ cluster: synapus_joined_cluster, _ index: Int, _ memory: synapus_joined_memory,
    _ sample: UnsafeMutablePointer<synapus_core_sample>
  ) {
    let (core, lanes) = (cluster.cores[index], Int(cluster.lanes))
    let currents = memory.currents + index * lanes * Int(SYNAPUS_JOINED_CURRENTS)
    for lane in 0..<Int(cluster.active) {
      let exc = receive(cluster, core, currents, lane, row: 0, sample)
      let inh = receive(cluster, core, currents, lane, row: 1, sample)
      for plane in 0..<Int(cluster.planes) {
        let members = core.members[plane * lanes / 16 + lane / 16]
        if members >> (lane % 16) & 1 != 0 { memory.goals[plane * lanes + lane] += exc - inh }
      }
    }
  }

  /// One sign of one circuit, over its excitatory (0) or inhibitory (1) rows.
  private static func receive(
    _ cluster: synapus_joined_cluster, _ core: synapus_joined_core,
    _ currents: UnsafeMutablePointer<Float>, _ lane: Int, row: Int,
    _ sample: UnsafeMutablePointer<synapus_core_sample>
  ) -> Float {
    let constants = JoinedTables.input(core, lane, sign: row)
    let place = currents + KernelLayout.index(lane, field: row, of: Int(SYNAPUS_JOINED_CURRENTS))
    var input = JoinedInput(current: place.pointee)
    let goal = input.receive(
      moments(cluster, core, sample.pointee, lane, row: row), constants,
      secondOrder: cluster.second_order)
    place.pointee = input.current
    sample.pointee.saturated += input.saturated
    return goal
  }

  /// What the tick's events bring to one circuit.
  private static func moments(
    _ cluster: synapus_joined_cluster, _ core: synapus_joined_core,
    _ sample: synapus_core_sample, _ lane: Int, row: Int
  ) -> SynapticInput.Moments? {
    guard sample.event_count > 0 else { return nil }
    return SynapticInput.Moments(
      (0..<Int(sample.event_count)).lazy.map { i in
        let event = sample.events[i]
        let weight = core.weights[(Int(event >> 8) * 2 + row) * Int(cluster.lanes) + lane]
        return (weight, 1, Int32(event & 255))
      })
  }

  /// Advances one membrane; `lane` counts through the planes.
  private static func advance(
    _ cluster: synapus_joined_cluster, _ lane: Int, _ memory: synapus_joined_memory, key: UInt32,
    _ emit: (_ core: Int, _ spike: UInt32) -> Void
  ) {
    let state =
      memory.membranes
      + KernelLayout.index(lane, field: 0, of: Int(SYNAPUS_JOINED_STATES))
    var membrane = JoinedMembrane(membrane: state[0], refractoryLeft: state[16])
    let phase = membrane.advance(
      memory.goals[lane], noise: HashNoise.draw(key: key, lane: UInt32(lane)),
      JoinedTables.membrane(cluster, lane), rails: cluster.rail_low...cluster.rail_high)
    (state[0], state[16]) = (membrane.membrane, membrane.refractoryLeft)
    if let phase {
      emit(Int(cluster.firing[lane]), UInt32(lane % Int(cluster.lanes)) << 8 | UInt32(phase))
    }
  }

  /// Notes a spike; a core's spikes stand in ascending columns.
  private static func emit(
    _ spike: UInt32, _ sample: UnsafeMutablePointer<synapus_core_sample>
  ) {
    var place = Int(sample.pointee.spike_count)
    while place > 0, sample.pointee.spikes[place - 1] > spike {
      sample.pointee.spikes[place] = sample.pointee.spikes[place - 1]
      place -= 1
    }
    sample.pointee.spikes[place] = spike
    sample.pointee.spike_count += 1
  }
}
