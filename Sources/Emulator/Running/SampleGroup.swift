import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The memory of a few samples on all cores in use, and the phases of a tick on it.
///
/// Samples of a group share nothing but the constants that pass through the cache together, so
/// results are those of running them one by one. Everything that is touched at every tick lies in
/// raw memory. Phases that take a ``TickWorker`` touch its cores only and may run side by side;
/// the others run alone.
final class SampleGroup {
  let loaded: LoadedImage
  let kernel: CoreKernel
  let fullKernel: FullKernel
  let settings: EmulationSettings
  let coreCount: Int
  /// Samples that run in lockstep at most.
  let capacity: Int
  /// Where input events go, by channel.
  let inputStarts: UnsafePointer<Int32>
  /// The coordinate of each source of input events in noise.
  let inputCoordinates: UnsafePointer<Int>
  let inputTargets: UnsafePointer<RouteTable.Target>
  let cores: UnsafeMutablePointer<CoreView>
  /// For each core in use, `capacity` slots.
  let slots: UnsafeMutablePointer<CoreSlot>
  /// What the kernels see of the slots, in the same order.
  let views: UnsafeMutablePointer<synapus_core_sample>
  /// The samples of the group.
  let samples: UnsafeMutablePointer<SampleRun>
  /// The spike network of each sample, part by part; nil when it is an ideal one.
  let networks: UnsafeMutablePointer<Unmanaged<NetworkState>>?
  /// Parts of the spike network.
  let partCount: Int
  /// Where the spikes of each core go: the part, and the core's number there.
  let places: UnsafeMutablePointer<NetworkParts.Place>?
  /// By part, the cores in use by their numbers there.
  let slotsOfParts: UnsafeMutablePointer<UnsafeMutablePointer<Int32>>?
  /// The background sources of each sample.
  let background: UnsafeMutablePointer<BackgroundEvents>
  /// The correlation sensors of each slot, where an experiment reads them.
  var sensors: [CorrelationSensors?]
  /// One byte a core: whether it has anything to do in the next tick.
  let attention: UnsafeMutablePointer<UInt8>
  /// Notes the events of one core, where somebody asks for them.
  var probe: EventProbe?
  /// Constants of single samples; nil where all samples share those of the device.
  let variation: SampleVariation?
  /// Sample-and-hold stages of the ADC; nil where all channels sample at once.
  let sampling: ColumnSampling?
  /// Where the coupling finds the membranes; nil when no circuits are coupled.
  let coupled: CoupledMemory?
  /// The circuits that are only joined; nil when none are.
  let joined: JoinedMemory?
  /// The graded events of the sample; nil when the experiment has none.
  var graded: GradedFeed?

  init(_ loaded: LoadedImage, _ kernel: CoreKernel, _ settings: EmulationSettings, capacity: Int) {
    (self.loaded, self.kernel, self.settings) = (loaded, kernel, settings)
    self.capacity = capacity
    fullKernel = FullKernel(kernel)
    coreCount = loaded.cores.count
    inputStarts = UnsafePointer(loaded.inputRoutes.starts)
    inputCoordinates = UnsafePointer(loaded.inputRoutes.coordinates)
    inputTargets = UnsafePointer(loaded.inputRoutes.targets)
    cores = .allocate(capacity: max(1, coreCount))
    slots = .allocate(capacity: max(1, coreCount * capacity))
    views = .allocate(capacity: max(1, coreCount * capacity))
    samples = .allocate(capacity: capacity)
    attention = .allocateAligned(coreCount + 8)
    variation = SampleVariation(loaded, trialSeed: settings.trialSeed, capacity: capacity)
    sampling = ColumnSampling(loaded, capacity: capacity)
    for (c, core) in loaded.cores.enumerated() {
      (cores + c).initialize(to: loaded.view(c))
      for s in 0..<capacity {
        (slots + c * capacity + s).initialize(to: CoreSlot(core, loaded))
      }
    }
    for s in 0..<capacity { (samples + s).initialize(to: .idle(loaded.spec)) }
    background = .allocate(capacity: capacity)
    for s in 0..<capacity {
      (background + s).initialize(
        to: BackgroundEvents(loaded.image.backgroundSources, time: loaded.spec.time))
    }
    sensors = Array(repeating: nil, count: coreCount * capacity)
    partCount = loaded.network?.parts.count ?? 0
    (places, slotsOfParts) = (loaded.network?.places, loaded.network?.slots)
    networks = loaded.network.map { network in
      let count = capacity * network.parts.count
      let networks = UnsafeMutablePointer<Unmanaged<NetworkState>>.allocate(capacity: count)
      for i in 0..<count {
        let tables = network.parts[i % network.parts.count].tables
        (networks + i).initialize(to: .passRetained(NetworkState(tables)))
      }
      return networks
    }
    joined = loaded.joined.map { JoinedMemory($0, kernel, capacity: capacity) }
    coupled = loaded.coupling.map { [slots, coreCount] in
      CoupledMemory($0, slots, cores: coreCount, capacity: capacity)
    }
  }

  deinit {
    for i in 0..<coreCount * capacity { slots[i].deallocate() }
    if let networks {
      for i in 0..<capacity * partCount { networks[i].release() }
      networks.deinitialize(count: capacity * partCount).deallocate()
    }
    for s in 0..<capacity { background[s].deallocate() }
    background.deallocate()
    cores.deallocate()
    slots.deallocate()
    views.deallocate()
    samples.deallocate()
    attention.deallocate()
  }

  @inline(__always)
  func slot(_ core: Int, _ sample: Int) -> Int { core &* capacity &+ sample }

  /// Puts the cores of all samples to rest; false where that was cancelled.
  ///
  /// The constants of single samples take long on a thousand cores.
  func start(
    _ range: Range<Int>, _ experiment: Experiment, _ cancellation: Cancellation?
  ) -> Bool {
    for s in 0..<range.count {
      samples[s].start(range.lowerBound + s, of: experiment, loaded.spec, settings)
      for part in 0..<partCount {
        networks?[s * partCount + part]._withUnsafeGuaranteedRef { $0.reset() }
      }
      joined?.reset(sample: s)
      background[s].reset()
    }
    for c in 0..<coreCount {
      if cancellation?.isCancelled == true { return false }
      let core = loaded.cores[c]
      for s in 0..<range.count {
        if variation == nil, slots[slot(c, s)].isUntouched,
          slots[slot(c, s)].port.unfinished == 0
        {
          slots[slot(c, s)].clearCounts()
          continue
        }
        variation?.prepare(
          core: c, slot: slot(c, s), sample: experiment.sampleNumbers[range.lowerBound + s])
        let circuits = variation?.circuits(slot: slot(c, s)) ?? core.circuits
        slots[slot(c, s)].reset(core, circuits, views + slot(c, s))
      }
      attention[c] = core.rest.canSleep ? 0 : 1
    }
    startSensors(range.count, experiment)
    graded =
      experiment.graded.isEmpty
      ? nil : GradedFeed(loaded.image, perTick: loaded.spec.learning?.gradedEventsPerTick ?? .max)
    if loaded.learning != nil || graded != nil { startLearning(range.lowerBound, experiment) }
    return true
  }

  /// What one sample counted.
  func counters(_ s: Int, _ experiment: Experiment) -> RunCounters {
    var counters = RunCounters()
    counters.ticks = experiment.durationTicks
    counters.inputEvents = samples[s].lastInput - samples[s].firstInput
    for part in 0..<partCount {
      if let networks { counters.add(networks[s * partCount + part].takeUnretainedValue()) }
    }
    counters.backgroundEvents = background[s].sent
    for c in 0..<coreCount {
      let slot = slots + slot(c, s)
      counters.rowEvents += slot.pointee.rowEvents
      counters.synapticEvents += slot.pointee.synapticEvents
      counters.spikes += slot.pointee.spikeCount
      counters.lostAtPort += slot.pointee.port.lost
      counters.unfinished += slot.pointee.port.unfinished
      counters.adcClipped += slot.pointee.clippedReadings
      counters.readings += slot.pointee.readings
      counters.inputSaturated += Int(views[self.slot(c, s)].saturated)
    }
    counters.synapticEvents += joined?.synapticEvents(sample: s) ?? 0
    addLearning(to: &counters)
    return counters
  }
}
