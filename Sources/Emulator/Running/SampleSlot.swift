import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The memory of one core for one sample: state, events of the tick, input port.
struct CoreSlot {
  /// Four arrays: membrane, the two currents, refractory time left.
  let state: UnsafeMutablePointer<Int32>
  let events: UnsafeMutablePointer<UInt32>
  let spikes: UnsafeMutablePointer<UInt32>
  var port: InputPort

  init(_ core: CoreDevice, _ loaded: LoadedImage) {
    let events = loaded.spec.events
    state = .allocateAligned(core.lanes * 4)
    self.events = .allocateAligned(128)
    spikes = .allocateAligned(core.lanes)
    port = InputPort(
      service: events.portCyclesPerEvent * 64 / loaded.spec.time.cyclesPerTick,
      waiting: events.portWaitingEvents, horizon: loaded.horizon)
  }

  func deallocate() {
    state.deallocate()
    events.deallocate()
    spikes.deallocate()
    port.deallocate()
  }

  /// Puts the core to rest, and shows the kernels its memory.
  mutating func reset(_ core: CoreDevice, _ view: UnsafeMutablePointer<synapus_core_sample>) {
    state.update(repeating: 0, count: core.lanes * 4)
    for (lane, circuit) in core.circuits.enumerated() { state[lane] = circuit.rest - 256 }
    port.reset()
    view.pointee = synapus_core_sample(
      membrane: state, current_exc: state + core.lanes, current_inh: state + 2 * core.lanes,
      refractory_left: state + 3 * core.lanes, events: events, event_count: 0, noise_key: 0,
      spikes: spikes, spike_count: 0, saturated: 0)
  }
}

/// What one sample has recorded so far.
struct SampleRecord {
  var cycles: [UInt32] = []
  var units: [UInt32] = []
  var counters = RunCounters()
}
