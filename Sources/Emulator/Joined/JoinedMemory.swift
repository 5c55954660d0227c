import CEmulatorKernels

/// The memory of joined circuits for a group of samples.
final class JoinedMemory {
  let cores: JoinedCores
  /// For each sample, what the kernels need of each cluster.
  private let memories: UnsafeMutablePointer<synapus_joined_memory>
  private let clusterCount, capacity: Int
  private let kernel: synapus_joined_step?

  init(_ cores: JoinedCores, _ kernel: CoreKernel, capacity: Int) {
    (self.cores, self.capacity) = (cores, capacity)
    (clusterCount, self.kernel) = (cores.slots.count, Self.step(kernel))
    memories = .allocate(capacity: clusterCount * capacity)
    for i in 0..<clusterCount * capacity {
      let cluster = cores.clusters[i % clusterCount]
      let (lanes, planes) = (Int(cluster.lanes), Int(cluster.planes))
      (memories + i).initialize(
        to: synapus_joined_memory(
          currents: .allocateAligned(
            Int(cluster.core_count) * lanes * Int(SYNAPUS_JOINED_CURRENTS)),
          membranes: .allocateAligned(planes * lanes * Int(SYNAPUS_JOINED_STATES)),
          goals: .allocateAligned(planes * lanes), synaptic_events: 0))
    }
  }

  deinit {
    for i in 0..<clusterCount * capacity {
      memories[i].currents.deallocate()
      memories[i].membranes.deallocate()
      memories[i].goals.deallocate()
    }
    memories.deallocate()
  }

  /// The kernel that goes with a way to advance lean cores; nil for the reference.
  private static func step(_ kernel: CoreKernel) -> synapus_joined_step? {
    switch kernel.name {
    case "portable": return synapus_joined_step_portable
    case "avx2": return synapus_joined_step_avx2
    case "avx512": return synapus_joined_step_avx512
    default: return nil
    }
  }

  /// Puts the circuits of a sample to rest.
  func reset(sample: Int) {
    for c in 0..<clusterCount {
      memories[sample * clusterCount + c].synaptic_events = 0
      let (cluster, memory) = (cores.clusters[c], memories[sample * clusterCount + c])
      memory.currents.update(
        repeating: 0,
        count: Int(cluster.core_count * cluster.lanes) * Int(SYNAPUS_JOINED_CURRENTS))
      for lane in 0..<Int(cluster.planes * cluster.lanes) {
        let state = memory.membranes + Self.place(lane)
        let rest = JoinedTables.membrane(cluster, lane).rest
        (state[0], state[16]) = (FloatMath.rounded(rest), 0)
      }
    }
  }

  /// Advances a cluster by one tick; `samples` holds the cores of sample 0 and its neighbours.
  func step(cluster c: Int, sample: Int, _ samples: UnsafeMutablePointer<synapus_core_sample>) {
    let memory = memories + sample * clusterCount + c
    if let kernel {
      kernel(cores.clusters + c, memory, samples + sample, Int64(capacity))
    } else {
      JoinedReference.step(
        cores.clusters[c], &memory.pointee, samples + sample, stride: capacity)
    }
  }

  /// Synapses of non-zero weight that a sample's events have met.
  func synapticEvents(sample: Int) -> Int {
    (0..<clusterCount).reduce(0) {
      $0 + Int(memories[sample * clusterCount + $1].synaptic_events)
    }
  }

  /// Writes the membranes of a core to where they are read, if its circuits are joined.
  func show(core slot: Int, sample: Int, _ state: UnsafeMutablePointer<Int32>) {
    let (c, position) = cores.places[slot]
    if c < 0 { return }
    let (cluster, memory) = (cores.clusters[c], memories[sample * clusterCount + c])
    let lanes = Int(cluster.lanes)
    for lane in 0..<Int(cluster.planes * cluster.lanes) {
      let bits = cluster.cores[position].members[lane / 16]
      if bits >> UInt16(lane % 16) & 1 == 0 { continue }
      let (from, to) = (
        memory.membranes + Self.place(lane), state + KernelLayout.state(lane % lanes)
      )
      (to[0], to[48]) = (from[0], from[16])
    }
  }

  /// Sets the membrane of a circuit, if it is joined, as a spike from elsewhere does.
  func set(
    core slot: Int, column: Int, sample: Int, to potential: MembraneCount, held: Int32
  ) {
    let (c, position) = cores.places[slot]
    if c < 0 { return }
    let (cluster, memory) = (cores.clusters[c], memories[sample * clusterCount + c])
    for plane in 0..<Int(cluster.planes) {
      let lane = plane * Int(cluster.lanes) + column
      let bits = cluster.cores[position].members[lane / 16]
      if bits >> UInt16(lane % 16) & 1 == 0 { continue }
      let state = memory.membranes + Self.place(lane)
      (state[0], state[16]) = (potential, held)
    }
  }

  private static func place(_ lane: Int) -> Int {
    KernelLayout.index(lane, field: 0, of: Int(SYNAPUS_JOINED_STATES))
  }
}
