import CEmulatorKernels

/// The constants of one core's circuits, laid out for the kernels: one array a constant.
final class CoreConstantsBuffer: @unchecked Sendable {
  /// The arrays, in the order of `Field`; each `lanes` numbers long.
  private let storage: UnsafeMutablePointer<Int32>
  /// The view that the kernels take.
  let kernelView: synapus_core_constants

  private enum Field: Int, CaseIterable {
    case rest, leak, shift, drive, saturation, excitatoryDecay, inhibitoryDecay, excitatoryInject,
      inhibitoryInject, excitatoryJump, inhibitoryJump, excitatoryInject2, inhibitoryInject2, jump2,
      threshold, reset, refractory, curvature, noise
  }

  init(
    _ circuits: [CircuitConstants], lanes: Int, rails: LIFNeuronCircuit.Rails, secondOrder: Bool
  ) {
    storage = .allocateAligned(lanes * Field.allCases.count)
    for (lane, circuit) in circuits.enumerated() {
      for field in Field.allCases {
        storage[field.rawValue * lanes + lane] = Self.number(field, circuit)
      }
    }
    let storage = storage
    func array(_ field: Field) -> UnsafePointer<Int32> {
      UnsafePointer(storage + field.rawValue * lanes)
    }
    for lane in circuits.count..<lanes {
      storage[Field.threshold.rawValue * lanes + lane] = Int32.max
    }
    let block = Int(SYNAPUS_ACTIVE_BLOCK)
    kernelView = synapus_core_constants(
      lanes: Int32(lanes), active: Int32((circuits.count + block - 1) / block * block),
      second_order: secondOrder, noisy: circuits.contains { $0.noise != 0 },
      rest: array(.rest), leak: array(.leak), shift: array(.shift), drive: array(.drive),
      saturation: array(.saturation), decay_exc: array(.excitatoryDecay),
      decay_inh: array(.inhibitoryDecay), inject_exc: array(.excitatoryInject),
      inject_inh: array(.inhibitoryInject), jump_exc: array(.excitatoryJump),
      jump_inh: array(.inhibitoryJump), inject2_exc: array(.excitatoryInject2),
      inject2_inh: array(.inhibitoryInject2), jump2: array(.jump2), threshold: array(.threshold),
      reset: array(.reset), refractory: array(.refractory), curvature: array(.curvature),
      noise: array(.noise), rail_low: rails.low, rail_high: rails.high)
  }

  deinit { storage.deallocate() }

  private static func number(_ field: Field, _ circuit: CircuitConstants) -> Int32 {
    let (exc, inh) = (circuit.excitatory, circuit.inhibitory)
    switch field {
    case .rest: return circuit.rest
    case .leak: return circuit.leak
    case .shift: return circuit.shift
    case .drive: return pair(exc.drive, inh.drive)
    case .saturation: return pair(exc.saturation, inh.saturation)
    case .excitatoryDecay: return exc.decay
    case .inhibitoryDecay: return inh.decay
    case .excitatoryInject: return pair(exc.inject0, exc.inject1)
    case .inhibitoryInject: return pair(inh.inject0, inh.inject1)
    case .excitatoryJump: return pair(exc.jump0, exc.jump1)
    case .inhibitoryJump: return pair(inh.jump0, inh.jump1)
    case .excitatoryInject2: return exc.inject2
    case .inhibitoryInject2: return inh.inject2
    case .jump2: return pair(exc.jump2, inh.jump2)
    case .threshold: return circuit.threshold
    case .reset: return circuit.reset
    case .refractory: return circuit.refractory
    case .curvature: return circuit.curvature
    case .noise: return circuit.noise
    }
  }

  /// Two signed 16-bit numbers in one lane, the first in the low half.
  private static func pair(_ low: Int32, _ high: Int32) -> Int32 { high << 16 | (low & 0xFFFF) }
}

extension UnsafeMutablePointer {
  /// Zeroed memory at a cache line's start.
  static func allocateAligned(_ count: Int) -> UnsafeMutablePointer<Pointee> {
    let bytes = max(64, count * MemoryLayout<Pointee>.stride)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return raw.bindMemory(to: Pointee.self, capacity: count)
  }
}
