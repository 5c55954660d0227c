import CEmulatorKernels

/// The constants of one core's circuits, laid out for the kernels in blocks of 16 lanes.
final class CoreConstantsBuffer: @unchecked Sendable {
  private let storage: UnsafeMutablePointer<Int32>
  /// The view that the kernels take.
  let kernelView: synapus_core_constants

  init(
    _ circuits: [CircuitConstants], lanes: Int, rails: LIFNeuronCircuit.Rails, secondOrder: Bool
  ) {
    let fields = Int(SYNAPUS_CONSTANTS)
    storage = .allocateAligned(lanes * fields)
    for lane in 0..<lanes {
      let circuit = lane < circuits.count ? circuits[lane] : .unused
      for (field, number) in Self.numbers(circuit) {
        storage[KernelLayout.index(lane, field: field, of: fields)] = number
      }
    }
    let block = Int(SYNAPUS_ACTIVE_BLOCK)
    kernelView = synapus_core_constants(
      lanes: Int32(lanes), active: Int32((circuits.count + block - 1) / block * block),
      second_order: secondOrder, noisy: circuits.contains { $0.noise != 0 }, constants: storage,
      rail_low: rails.low, rail_high: rails.high)
  }

  deinit { storage.deallocate() }

  /// Constants of the same core for other circuits.
  func replacing(_ circuits: [CircuitConstants]) -> CoreConstantsBuffer {
    let view = kernelView
    return CoreConstantsBuffer(
      circuits, lanes: Int(view.lanes), rails: .init(low: view.rail_low, high: view.rail_high),
      secondOrder: view.second_order)
  }

  /// Overwrites rest, threshold and reset of the circuits, in place.
  func setPotentials(_ circuits: [CircuitConstants]) {
    let fields = Int(SYNAPUS_CONSTANTS)
    for (lane, circuit) in circuits.enumerated() {
      storage[KernelLayout.index(lane, field: SYNAPUS_REST, of: fields)] = circuit.rest
      storage[KernelLayout.index(lane, field: SYNAPUS_THRESHOLD, of: fields)] = circuit.threshold
      storage[KernelLayout.index(lane, field: SYNAPUS_RESET, of: fields)] = circuit.reset
    }
  }

  /// The numbers of a circuit, each with its place among the kernels' fields.
  private static func numbers(
    _ circuit: CircuitConstants
  ) -> [(field: Int, number: Int32)] {
    let (exc, inh) = (circuit.excitatory, circuit.inhibitory)
    return [
      (SYNAPUS_REST, circuit.rest), (SYNAPUS_LEAK, circuit.leak), (SYNAPUS_SHIFT, circuit.shift),
      (SYNAPUS_DRIVE, pair(exc.drive, inh.drive)),
      (SYNAPUS_SATURATION, pair(exc.saturation, inh.saturation)),
      (SYNAPUS_DECAY_EXC, exc.decay), (SYNAPUS_DECAY_INH, inh.decay),
      (SYNAPUS_NOISE, circuit.noise), (SYNAPUS_THRESHOLD, circuit.threshold),
      (SYNAPUS_RESET, circuit.reset), (SYNAPUS_REFRACTORY, circuit.refractory),
      (SYNAPUS_CURVATURE, circuit.curvature),
      (SYNAPUS_INJECT_EXC, pair(exc.inject0, exc.inject1)),
      (SYNAPUS_INJECT_INH, pair(inh.inject0, inh.inject1)),
      (SYNAPUS_JUMP_EXC, pair(exc.jump0, exc.jump1)),
      (SYNAPUS_JUMP_INH, pair(inh.jump0, inh.jump1)),
      (SYNAPUS_INJECT2_EXC, exc.inject2), (SYNAPUS_INJECT2_INH, inh.inject2),
      (SYNAPUS_JUMP2, pair(exc.jump2, inh.jump2)),
    ]
  }

  /// Two signed 16-bit numbers in one lane, the first in the low half.
  private static func pair(_ low: Int32, _ high: Int32) -> Int32 { high << 16 | (low & 0xFFFF) }
}

/// Where the kernels find the numbers of a circuit: in blocks of 16 lanes.
enum KernelLayout {
  /// The place of a field of a lane, in memory that holds so many fields a lane.
  @inline(__always)
  static func index(_ lane: Int, field: Int, of fields: Int) -> Int {
    (lane / 16 * fields + field) * 16 + lane % 16
  }

  /// The place of a lane's membrane, and the distance to its next state variable.
  @inline(__always)
  static func state(_ lane: Int) -> Int { index(lane, field: 0, of: 4) }
}

extension UnsafeMutablePointer {
  /// Zeroed memory at a cache line's start.
  static func allocateAligned(_ count: Int) -> UnsafeMutablePointer<Pointee> {
    let bytes = max(64, count * MemoryLayout<Pointee>.stride)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return raw.bindMemory(to: Pointee.self, capacity: count)
  }

  /// Memory at a cache line's start with a copy of an array.
  static func allocateCopy(of array: [Pointee]) -> UnsafeMutablePointer<Pointee> {
    let copy = Self.allocateAligned(array.count)
    for (i, element) in array.enumerated() { copy[i] = element }
    return copy
  }
}
