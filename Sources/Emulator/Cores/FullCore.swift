import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// What a core has where any circuit is more than the plain one: constants of full circuits, and
/// of row drivers with short-term plasticity.
///
/// A tick is `plasticity`, `integrate`, the coupling of joined circuits on the pending membranes,
/// `compare`. Membranes and refractory times stay in the memory that lean cores use too.
final class FullCore: @unchecked Sendable {
  /// The circuits' constants, for the reference.
  private(set) var circuits: [FullCircuitConstants]
  /// What all circuits of the core share.
  let shared: FullNeuronCircuit.Core
  /// The constants of the row drivers, by pair; empty without plasticity.
  let drivers: [RowDriver.Constants]
  /// Bytes of a row of effective weights.
  let lanes: Int
  private let constants: FullConstantsBuffer
  /// The constants of the row drivers, for the kernels.
  private let rows: UnsafeMutablePointer<synapus_row_plasticity>

  /// Floats of state that a lane needs beside the lean circuit's state.
  static let stateFloats = Int(SYNAPUS_FULL_STATES)

  init(
    _ circuits: [FullCircuitConstants], _ shared: FullNeuronCircuit.Core,
    drivers: [RowDriver.Constants], lanes: Int
  ) {
    (self.circuits, self.shared, self.drivers, self.lanes) = (circuits, shared, drivers, lanes)
    constants = FullConstantsBuffer(circuits, shared, lanes: lanes)
    rows = .allocateAligned(drivers.count)
    for (pair, driver) in drivers.enumerated() {
      rows[pair] = synapus_row_plasticity(
        utilisation: driver.utilisation, rate: driver.rate, offset: driver.offset,
        scale: driver.scale)
    }
  }

  deinit { rows.deallocate() }

  /// The same core with other circuits.
  func replacing(_ circuits: [FullCircuitConstants]) -> FullCore {
    FullCore(circuits, shared, drivers: drivers, lanes: lanes)
  }

  /// Gives the circuits the potentials of lean ones, as a sample has them.
  func setPotentials(_ lean: [CircuitConstants]) {
    for column in circuits.indices {
      let moved = Float(lean[column].rest - 256) - circuits[column].rest
      circuits[column].rest += moved
      circuits[column].exponential.onset += moved
      circuits[column].reset = Float(lean[column].reset)
      if lean[column].threshold != .max {
        circuits[column].threshold = Float(lean[column].threshold)
      }
    }
    constants.setPotentials(circuits)
  }

  /// Whether a core needs full circuits: any option, any plastic row, or a soft input stage.
  static func isNeeded(_ image: CoreImage, _ spec: ChipSpec) -> Bool {
    !image.rowPlasticity.isEmpty || spec.circuits?.inputStage != nil
      || image.circuits.contains { !$0.options.isPlain }
  }

  /// The drivers of all row pairs of a core, or none where no row is plastic.
  static func drivers(_ image: CoreImage, _ spec: ChipSpec) -> [RowDriver.Constants] {
    guard !image.rowPlasticity.isEmpty, let laws = spec.circuits?.shortTermPlasticity else {
      return []
    }
    var drivers = [RowDriver.Constants](repeating: .init(), count: spec.geometry.rowPairsPerCore)
    for row in image.rowPlasticity where drivers.indices.contains(row.pair) {
      drivers[row.pair] = .init(row, laws, tickSeconds: spec.time.tickSeconds)
    }
    return drivers
  }

  /// Turns the tick's events into amplitudes, for a sample whose memory is `memory`.
  @inline(__always)
  func plasticity(
    _ kernel: FullKernel, _ sample: UnsafeMutablePointer<synapus_core_sample>,
    _ memory: FullMemory, tick: Int
  ) {
    if drivers.isEmpty || sample.pointee.event_count == 0 { return }
    switch kernel {
    case .vector:
      synapus_row_amplitudes(
        rows, memory.rowStates, sample.pointee.events, sample.pointee.event_count, Int32(tick),
        memory.amplitudes)
    case .reference: ReferenceFullCore.plasticity(self, sample, memory, tick: Int32(tick))
    }
  }

  /// Advances the circuits to the tick's end, up to coupling: `memory.pending` holds the membranes.
  @inline(__always)
  func integrate(
    _ kernel: FullKernel, weights: UnsafePointer<UInt8>,
    _ sample: UnsafeMutablePointer<synapus_core_sample>, _ memory: FullMemory
  ) {
    switch kernel {
    case .vector(let integrate, _):
      integrate(constants.kernelView, weights, sample, memory.kernelView)
    case .reference: ReferenceFullCore.integrate(self, weights: weights, sample, memory)
    }
  }

  /// Takes the pending membranes: refractory hold, comparator, reset, spikes.
  @inline(__always)
  func compare(
    _ kernel: FullKernel, _ sample: UnsafeMutablePointer<synapus_core_sample>,
    _ memory: FullMemory
  ) {
    switch kernel {
    case .vector(_, let compare): compare(constants.kernelView, sample, memory.kernelView)
    case .reference: ReferenceFullCore.compare(self, sample, memory)
    }
  }
}

/// The memory of a full core for one sample, beside that of every core.
struct FullMemory {
  /// ``FullCore/stateFloats`` numbers a lane, in blocks of 16 lanes.
  let state: UnsafeMutablePointer<Float>
  /// The membranes after the tick, one a lane, in membrane counts.
  let pending: UnsafeMutablePointer<Float>
  /// Amplitudes of the tick's events.
  let amplitudes: UnsafeMutablePointer<Float>
  /// The row drivers, by pair.
  let rowStates: UnsafeMutablePointer<synapus_row_state>
  /// What the kernels see of it.
  let kernelView: UnsafeMutablePointer<synapus_full_sample>
  private let lanes, rows: Int

  init(_ core: FullCore) {
    (lanes, rows) = (core.lanes, core.drivers.count)
    state = .allocateAligned(lanes * FullCore.stateFloats)
    pending = .allocateAligned(lanes)
    amplitudes = .allocateAligned(128)
    rowStates = .allocateAligned(rows)
    kernelView = .allocate(capacity: 1)
    kernelView.initialize(
      to: synapus_full_sample(
        state: state, pending: pending, amplitudes: rows == 0 ? nil : UnsafePointer(amplitudes)))
    reset()
  }

  func deallocate() {
    state.deallocate()
    pending.deallocate()
    amplitudes.deallocate()
    rowStates.deallocate()
    kernelView.deallocate()
  }

  /// Puts the circuits to rest, and the row drivers.
  func reset() {
    state.update(repeating: 0, count: lanes * FullCore.stateFloats)
    for lane in 0..<lanes { self[lane, SYNAPUS_FULL_FUSE] = -1 }
    rowStates.update(
      repeating: synapus_row_state(inactive: 0, tick: 0, phase: 0), count: rows)
  }

  /// A number of a lane's state.
  subscript(lane: Int, field: Int) -> Float {
    get { state[KernelLayout.index(lane, field: field, of: FullCore.stateFloats)] }
    nonmutating set {
      state[KernelLayout.index(lane, field: field, of: FullCore.stateFloats)] = newValue
    }
  }
}
