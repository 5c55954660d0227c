/// Where the coupling finds the memory of a group of samples.
final class CoupledMemory {
  /// For each sample and core in use, the pending membranes and the circuits' state.
  private let pending: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  private let state: UnsafeMutablePointer<UnsafeMutablePointer<Int32>?>
  private let isCoupled: UnsafeMutablePointer<Bool>
  private let coreCount: Int
  private let coupling: CircuitCoupling

  init(
    _ coupling: CircuitCoupling, _ slots: UnsafePointer<CoreSlot>, cores: Int, capacity: Int
  ) {
    (self.coupling, coreCount) = (coupling, cores)
    pending = .allocate(capacity: max(1, cores * capacity))
    state = .allocate(capacity: max(1, cores * capacity))
    isCoupled = .allocate(capacity: max(1, cores))
    isCoupled.initialize(repeating: false, count: cores)
    for core in coupling.clusters.joined() { isCoupled[core] = true }
    for sample in 0..<capacity {
      for core in 0..<cores {
        let slot = slots[core * capacity + sample]
        (pending + sample * cores + core).initialize(to: slot.full?.pending)
        (state + sample * cores + core).initialize(to: slot.state)
      }
    }
  }

  deinit {
    pending.deallocate()
    state.deallocate()
    isCoupled.deallocate()
  }

  /// Whether any circuit of a core is coupled.
  @inline(__always)
  func contains(_ core: Int) -> Bool { isCoupled[core] }

  func mix(_ clusters: Range<Int>, sample: Int, reference: Bool) {
    let (pending, state) = (pending + sample * coreCount, state + sample * coreCount)
    if reference {
      CouplingReference.mix(coupling, clusters: clusters, pending: pending, state: state)
    } else {
      coupling.mix(clusters: clusters, pending: pending, state: state)
    }
  }

  func spread(
    _ spikes: UnsafePointer<UInt32>, _ count: Int32, core: Int, sample: Int, reference: Bool
  ) {
    let (pending, state) = (pending + sample * coreCount, state + sample * coreCount)
    if reference {
      CouplingReference.spread(
        coupling, spikes, count, slot: core, pending: pending, state: state)
    } else {
      coupling.spread(spikes, count, slot: core, pending: pending, state: state)
    }
  }

  /// The cores of some clusters, cluster by cluster.
  func cores(of clusters: Range<Int>) -> FlattenSequence<ArraySlice<[Int]>> {
    coupling.clusters[clusters].joined()
  }

  /// The clusters whose first core is among some cores.
  func clusters(startingIn cores: Range<Int>) -> Range<Int> {
    let firsts = coupling.clusters.map { $0[0] }
    let start = firsts.firstIndex { $0 >= cores.lowerBound } ?? firsts.count
    return start..<(firsts.firstIndex { $0 >= cores.upperBound } ?? firsts.count)
  }
}

/// The coupled circuits' part of a tick, after integration.
extension SampleGroup {
  private var usesReference: Bool {
    if case .reference = kernel { return true }
    return false
  }

  /// Advances the worker's clusters of joined circuits, after the events of all their cores were taken.
  func stepJoined(_ worker: TickWorker, _ count: Int) {
    guard let joined else { return }
    for cluster in worker.joined {
      for s in 0..<count { joined.step(cluster: cluster, sample: s, views) }
    }
  }

  /// Mixes the membranes of the clusters that begin in the worker's cores.
  func mix(_ worker: TickWorker, _ count: Int) {
    guard let coupled, !worker.clusters.isEmpty else { return }
    for s in 0..<count { coupled.mix(worker.clusters, sample: s, reference: usesReference) }
  }

  /// Compares the worker's coupled cores.
  func compareCoupled(_ worker: TickWorker, _ count: Int) {
    guard let coupled else { return }
    for c in worker.cores where coupled.contains(c) {
      guard let full = loaded.cores[c].full else { continue }
      for s in 0..<count {
        guard let memory = slots[slot(c, s)].full else { continue }
        let circuits = variation?.full(slot: slot(c, s)) ?? full
        circuits.compare(fullKernel, views + slot(c, s), memory)
      }
    }
  }

  /// Takes the spikes of the clusters that begin in the worker's cores to their whole neurons.
  func spreadSpikes(_ worker: TickWorker, _ count: Int) {
    guard let coupled else { return }
    for c in coupled.cores(of: worker.clusters) {
      for s in 0..<count {
        let view = views + slot(c, s)
        if view.pointee.spike_count == 0 { continue }
        coupled.spread(
          slots[slot(c, s)].spikes, view.pointee.spike_count, core: c, sample: s,
          reference: usesReference)
      }
    }
  }
}
