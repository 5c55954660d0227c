import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The memory of one core for one sample: state, events of the tick, input port.
struct CoreSlot {
  /// Membrane, the two currents and the refractory time left, in blocks of 16 lanes.
  let state: UnsafeMutablePointer<Int32>
  let events: UnsafeMutablePointer<UInt32>
  let spikes: UnsafeMutablePointer<UInt32>
  /// What a full core needs beside; nil on a lean one.
  let full: FullMemory?
  var port: InputPort
  /// Whether the core is at rest and left alone; its membranes are drawn when it wakes.
  var isAsleep = false
  /// Whether the core has been asleep since it was reset, so that there is nothing to reset.
  var isUntouched = false
  /// Ticks without an event.
  var quietTicks = 0
  /// What the sample counted here.
  var rowEvents = 0, synapticEvents = 0, spikeCount = 0, readings = 0, clippedReadings = 0

  init(_ core: CoreDevice, _ loaded: LoadedImage) {
    let events = loaded.spec.events
    state = .allocateAligned(core.lanes * 4)
    self.events = .allocateAligned(128)
    spikes = .allocateAligned(core.lanes + 16)
    full = core.full.map { FullMemory($0) }
    port = InputPort(
      service: events.portCyclesPerEvent * 64 / loaded.spec.time.cyclesPerTick,
      waiting: events.portWaitingEvents, horizon: loaded.horizon,
      buses: loaded.spec.network?.busesPerCore ?? 1)
  }

  func deallocate() {
    state.deallocate()
    events.deallocate()
    spikes.deallocate()
    full?.deallocate()
    port.deallocate()
  }

  /// Puts the core to rest, and shows the kernels its memory.
  mutating func reset(
    _ core: CoreDevice, _ circuits: [CircuitConstants],
    _ view: UnsafeMutablePointer<synapus_core_sample>
  ) {
    state.update(repeating: 0, count: core.lanes * 4)
    for (lane, circuit) in circuits.enumerated() {
      state[KernelLayout.state(lane)] = circuit.rest - 256
    }
    full?.reset()
    port.reset()
    (isAsleep, quietTicks) = (core.rest.canSleep, 0)
    isUntouched = core.rest.canSleep
    clearCounts()
    view.pointee = synapus_core_sample(
      state: state, events: events, event_count: 0, noise_key: 0, spikes: spikes, spike_count: 0,
      saturated: 0)
  }

  mutating func clearCounts() {
    (rowEvents, synapticEvents, spikeCount, readings, clippedReadings) = (0, 0, 0, 0, 0)
  }
}

/// What one sample gave back.
struct SampleRecord {
  var cycles: [UInt32] = []
  var units: [UInt32] = []
  var counters = RunCounters()
  /// Single operations of the learning engines, and clock cycles that the chip waited for them.
  var learningOperations = 0, waitedCycles = 0
}

/// A growing list of recorded spikes, in raw memory: it is written for every spike.
struct SpikeLog {
  private var cycles: UnsafeMutablePointer<UInt32>
  private var units: UnsafeMutablePointer<UInt32>
  private(set) var count = 0
  private var capacity = 1024

  init() { (cycles, units) = (.allocate(capacity: 1024), .allocate(capacity: 1024)) }

  func deallocate() {
    cycles.deallocate()
    units.deallocate()
  }

  mutating func reset() { count = 0 }

  /// Appends up to `most` spikes, which `body` writes; it gives how many there are.
  @inline(__always)
  mutating func append(
    _ most: Int, _ body: (UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>) -> Int
  ) {
    if count + most > capacity { grow(to: max(2 * capacity, count + most)) }
    count += body(cycles + count, units + count)
  }

  /// The spikes so far, as cycles and units.
  var lists: (cycles: [UInt32], units: [UInt32]) {
    (
      Array(UnsafeBufferPointer(start: cycles, count: count)),
      Array(UnsafeBufferPointer(start: units, count: count))
    )
  }

  /// Joins the logs of a team's threads: tick by tick, each thread's cores in turn.
  static func merged(
    _ parts: [(log: SpikeLog, tickEnds: [Int])]
  ) -> (cycles: [UInt32], units: [UInt32]) {
    var (cycles, units): ([UInt32], [UInt32]) = ([], [])
    let total = parts.reduce(0) { $0 + $1.log.count }
    cycles.reserveCapacity(total)
    units.reserveCapacity(total)
    for tick in parts[0].tickEnds.indices {
      for (log, ends) in parts {
        let start = tick == 0 ? 0 : ends[tick - 1]
        let count = ends[tick] - start
        cycles += UnsafeBufferPointer(start: log.cycles + start, count: count)
        units += UnsafeBufferPointer(start: log.units + start, count: count)
      }
    }
    return (cycles, units)
  }

  private mutating func grow(to size: Int) {
    cycles = Self.moved(cycles, count, size)
    units = Self.moved(units, count, size)
    capacity = size
  }

  private static func moved(
    _ old: UnsafeMutablePointer<UInt32>, _ count: Int, _ size: Int
  ) -> UnsafeMutablePointer<UInt32> {
    let new = UnsafeMutablePointer<UInt32>.allocate(capacity: size)
    new.update(from: old, count: count)
    old.deallocate()
    return new
  }
}
