import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// What a crossbar core has beside the lists of spikes: membranes, and axons on their way.
///
/// An axon holds one bit a step: events that come together at one axon are one.
final class CrossbarMemory {
  let tables: CrossbarTables
  let state: UnsafeMutablePointer<synapus_crossbar_state>
  private let lanes: UnsafeMutablePointer<Int32>
  /// Slot after slot: the axons with an event, and one byte for each axon.
  private let axons: UnsafeMutablePointer<UInt32>
  private let isSet: UnsafeMutablePointer<Bool>
  private let counts: UnsafeMutablePointer<Int32>
  private let axonCount, slots: Int
  private var position = 0
  private var random = CounterRandom(seed: 0, stream: 0)
  /// Synapses passed in the sample.
  private(set) var synapticEvents = 0

  init(_ tables: CrossbarTables, slots: Int) {
    self.tables = tables
    (axonCount, self.slots) = (max(1, tables.core.axonTypes.count), slots)
    lanes = .allocateAligned(3 * tables.lanes)
    axons = .allocateAligned(slots * axonCount)
    isSet = .allocateAligned(slots * axonCount)
    counts = .allocateAligned(slots)
    state = .allocate(capacity: 1)
    state.initialize(to: synapus_crossbar_state())
    (state.pointee.potential, state.pointee.drive) = (lanes, lanes + tables.lanes)
    state.pointee.draws = lanes + 2 * tables.lanes
  }

  deinit {
    lanes.deallocate()
    axons.deallocate()
    isSet.deallocate()
    counts.deallocate()
    state.deallocate()
  }

  /// Starts a sample.
  func start(sampleNumber: UInt64) {
    random = CounterRandom(seed: UInt64(tables.core.seed), stream: sampleNumber)
    for (lane, neuron) in tables.core.neurons.enumerated() { lanes[lane] = neuron.initialPotential }
    isSet.update(repeating: false, count: slots * axonCount)
    counts.update(repeating: 0, count: slots)
    (position, synapticEvents) = (0, 0)
  }

  /// Puts events on axons, to act so many steps after the next.
  func deliver(_ list: synapus_digital_list, delay: Int) {
    var slot = position + delay
    if slot >= slots { slot -= slots }
    for i in 0..<Int(list.count) {
      let axon = Int(list.axons[i])
      if isSet[slot * axonCount + axon] { continue }
      isSet[slot * axonCount + axon] = true
      axons[slot * axonCount + Int(counts[slot])] = UInt32(axon)
      counts[slot] += 1
      synapticEvents += Int(tables.nonZero[axon])
    }
  }

  /// Advances the neurons by one step; spikes go to the list, and their number comes back.
  func step(
    _ tick: Int, _ kernel: DigitalKernel, into spikes: UnsafeMutablePointer<UInt32>
  ) -> Int32 {
    let active = axons + position * axonCount
    let count = counts[position]
    state.pointee.axons = UnsafePointer(active)
    state.pointee.axon_count = count
    state.pointee.spikes = spikes
    if let functions = kernel.functions {
      state.pointee.step_key = random.stepKey(tick)
      withUnsafePointer(to: tables.kernelView) { functions.crossbar($0, state) }
    } else {
      stepReference(tick)
    }
    for i in 0..<Int(count) { isSet[position * axonCount + Int(active[i])] = false }
    counts[position] = 0
    position = position + 1 == slots ? 0 : position + 1
    return state.pointee.spike_count
  }

  private func stepReference(_ tick: Int) {
    var count: Int32 = 0
    for (column, neuron) in tables.core.neurons.enumerated() {
      var axons: [(axon: Int, type: Int)] = []
      for i in 0..<Int(state.pointee.axon_count) {
        let axon = Int(state.pointee.axons[i])
        if tables.hasSynapse(axon, column) {
          axons.append((axon, Int(tables.core.axonTypes[axon])))
        }
      }
      var circuit = CrossbarCircuit(potential: lanes[column])
      let draws = CrossbarDraws(random, step: tick, column: column)
      if circuit.step(neuron, axons: axons, draws, range: tables.range) {
        state.pointee.spikes[Int(count)] = UInt32(column)
        count += 1
      }
      lanes[column] = circuit.potential
    }
    state.pointee.spike_count = count
  }

  /// Does to a neuron that did not fire what a spike does.
  func obeyTeacher(_ column: Int) {
    var circuit = CrossbarCircuit(potential: lanes[column])
    circuit.obeyTeacher(tables.core.neurons[column], range: tables.range)
    lanes[column] = circuit.potential
  }

  /// The membrane of a neuron.
  func potential(_ column: Int) -> Int32 { lanes[column] }
}

extension CrossbarTables {
  /// Whether an axon reaches a neuron.
  func hasSynapse(_ axon: Int, _ column: Int) -> Bool {
    kernelView.crossbar[axon * lanes / 64 + column / 64] >> UInt64(column % 64) & 1 != 0
  }
}

extension CounterRandom {
  /// What all draws of a step have in common, for kernels that go on from there.
  fileprivate func stepKey(_ step: Int) -> UInt64 {
    Self.mix(key ^ UInt64(truncatingIfNeeded: step) &* 0x9E37_79B9_7F4A_7C15)
  }
}
