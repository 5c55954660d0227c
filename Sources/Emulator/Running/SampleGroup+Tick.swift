import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The circuits' part of a tick.
extension SampleGroup {
  /// Advances the worker's cores that have anything to do.
  ///
  /// A core's events are taken while the core before it is advanced, so that the rows that they
  /// drive are in the cache by then: on a large chip each would come from main memory.
  func advance(_ worker: TickWorker, _ count: Int, _ tick: Int) {
    worker.noteActiveCores(attention)
    if worker.activeCount > 0 { takeEvents(Int(worker.active[0]), count, tick) }
    for i in 0..<worker.activeCount {
      if i + 1 < worker.activeCount { takeEvents(Int(worker.active[i + 1]), count, tick) }
      step(Int(worker.active[i]), count, tick, worker)
    }
  }

  /// The synapses of so many cores stay in the second-level cache or near it.
  private static let coresInCache = 32

  /// Takes the tick's events of one core for all samples of the group.
  private func takeEvents(_ c: Int, _ count: Int, _ tick: Int) {
    for s in 0..<count {
      takeEvents(c, sample: s, tick)
      let view = views + slot(c, s)
      if coreCount > Self.coresInCache, view.pointee.event_count > 0, !cores[c].isJoined {
        synapus_prefetch_rows(cores[c].weights, cores[c].constants.pointee.lanes, view)
      }
    }
  }

  /// Advances one core by one tick for all samples of the group.
  private func step(_ c: Int, _ count: Int, _ tick: Int, _ worker: TickWorker) {
    if cores[c].isJoined { return }
    var awake = 0
    for s in 0..<count where !slots[slot(c, s)].isAsleep { awake &+= 1 }
    if let full = cores[c].full {
      let isCoupled = coupled?.contains(c) ?? false
      full._withUnsafeGuaranteedRef { full in
        for s in 0..<count {
          let place = slot(c, s)
          advance(
            variation?.full(slot: place) ?? full, place, cores[c].weights, tick,
            compares: !isCoupled)
        }
      }
    } else if awake == count, variation == nil {
      advance(c, slot(c, 0), count, worker)
    } else {
      for s in 0..<count where !slots[slot(c, s)].isAsleep { advance(c, slot(c, s), 1, worker) }
    }
    if cores[c].canSleep { settle(c, count) }
  }

  private func advance(_ c: Int, _ first: Int, _ count: Int, _ worker: TickWorker) {
    switch kernel {
    case .vector(_, let advance):
      let constants = variation?.constants(slot: first) ?? cores[c].constants
      advance(constants, cores[c].weights, views + first, Int32(count), worker.scratch)
    case .reference:
      let circuits = variation?.circuits(slot: first) ?? loaded.cores[c].circuits
      ReferenceCore.step(loaded.cores[c], circuits, views + first, count)
    }
  }

  /// Advances a full core by one tick for one sample; a coupled one compares after the coupling.
  private func advance(
    _ full: FullCore, _ place: Int, _ weights: UnsafePointer<UInt8>, _ tick: Int, compares: Bool
  ) {
    guard let memory = slots[place].full else { return }
    full.plasticity(fullKernel, views + place, memory, tick: tick)
    full.integrate(fullKernel, weights: weights, views + place, memory)
    if compares { full.compare(fullKernel, views + place, memory) }
  }

  /// Takes the tick's events of one core, and wakes it when there are any.
  private func takeEvents(_ c: Int, sample s: Int, _ tick: Int) {
    let (core, slot, view) = (cores + c, slots + slot(c, s), views + slot(c, s))
    slot.pointee.isUntouched = false
    let events = slot.pointee.port.take(tick: tick, into: slot.pointee.events)
    view.pointee.event_count = events
    view.pointee.noise_key = samples[s].randomness.noiseKey(core: core.pointee.index, tick: tick)
    if events == 0 { return }
    if let probe, probe.core == loaded.cores[c].core {
      probe.record(slot.pointee.events, count: Int(events), tick: tick)
    }
    if slot.pointee.isAsleep {
      loaded.cores[c].rest.fill(slot.pointee.state, key: view.pointee.noise_key)
      slot.pointee.isAsleep = false
    }
    slot.pointee.quietTicks = 0
    slot.pointee.rowEvents &+= Int(events)
    // The kernel counts them when it has asked for the numbers ahead.
    if core.pointee.isJoined { return }
    for i in 0..<Int(events) {
      let pair = Int(slot.pointee.events[i] >> 8)
      slot.pointee.synapticEvents &+= Int(core.pointee.nonZero[pair])
    }
  }

  /// Lets a core sleep that has been quiet and is at rest; events wake it.
  private func settle(_ c: Int, _ count: Int) {
    var busy = false
    for s in 0..<count {
      let (slot, view) = (slots + slot(c, s), views + slot(c, s))
      if !slot.pointee.isAsleep, view.pointee.event_count == 0 {
        slot.pointee.quietTicks &+= 1
        if slot.pointee.quietTicks & 31 == 0, view.pointee.spike_count == 0 {
          slot.pointee.isAsleep = loaded.cores[c].rest.isReached(slot.pointee.state)
        }
      }
      if slot.pointee.isAsleep { view.pointee.spike_count = 0 }
      busy = busy || !slot.pointee.isAsleep || slot.pointee.port.unfinished > 0
    }
    attention[c] = busy ? 1 : 0
  }
}
