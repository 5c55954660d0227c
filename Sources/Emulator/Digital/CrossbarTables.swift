import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// A crossbar core as a run needs it.
final class CrossbarTables: @unchecked Sendable {
  let core: CrossbarCore
  let lanes: Int
  let kernelView: synapus_crossbar_neurons
  /// Synapses whose weight is not 0, by axon.
  let nonZero: [UInt32]
  /// What the membrane register holds.
  let range: ClosedRange<Int32>
  private let registers: UnsafeMutablePointer<Int32>
  private let crossbar: UnsafeMutablePointer<UInt64>
  private let types: UnsafeMutablePointer<UInt8>

  init(_ core: CrossbarCore, _ digital: DigitalSpec) {
    self.core = core
    let lanes = max(64, (core.neurons.count + 63) / 64 * 64)
    self.lanes = lanes
    let half = Int32(1) << Int32(digital.stateBits - 1)
    range = -half...half - 1
    types = .allocateCopy(of: core.axonTypes)
    crossbar = .allocateAligned(core.synapses.count * lanes / 64)
    for (axon, columns) in core.synapses.enumerated() {
      for column in columns {
        crossbar[axon * lanes / 64 + Int(column) / 64] |= 1 << UInt64(column % 64)
      }
    }
    nonZero = core.synapses.enumerated().map { axon, columns in
      let type = Int(core.axonTypes[axon])
      return UInt32(columns.count { core.neurons[Int($0)].weights[type] != 0 })
    }
    registers = Self.registers(core.neurons, lanes)
    kernelView = Self.view(core, registers, lanes, crossbar, types, range)
  }

  deinit {
    registers.deallocate()
    crossbar.deallocate()
    types.deallocate()
  }

  /// Register by register, in the order of ``view(_:_:_:_:_:_:)``.
  private static func registers(
    _ neurons: [CrossbarNeuron], _ lanes: Int
  ) -> UnsafeMutablePointer<Int32> {
    let registers = UnsafeMutablePointer<Int32>.allocateAligned(17 * lanes)
    // Lanes without a neuron never fire.
    for lane in 0..<lanes { registers[11 * lanes + lane] = .max / 2 }
    for (lane, neuron) in neurons.enumerated() {
      for (field, value) in fields(neuron).enumerated() { registers[field * lanes + lane] = value }
    }
    return registers
  }

  private static func fields(_ neuron: CrossbarNeuron) -> [Int32] {
    let leak = Int32(neuron.leak)
    return (0..<4).map { neuron.isStochastic[$0] ? 0 : Int32(neuron.weights[$0]) }
      + (0..<4).map { neuron.isStochastic[$0] ? Int32(neuron.weights[$0]) : 0 } + [
        neuron.leakIsStochastic ? 0 : leak, neuron.leakIsStochastic ? leak : 0,
        neuron.leakReverses ? -1 : 0, neuron.threshold, neuron.negativeThreshold,
        neuron.thresholdMask, neuron.resetPotential, Int32(neuron.reset.rawValue),
        neuron.saturatesBelow ? -1 : 0,
      ]
  }

  private static func view(
    _ core: CrossbarCore, _ registers: UnsafeMutablePointer<Int32>, _ lanes: Int,
    _ crossbar: UnsafeMutablePointer<UInt64>, _ types: UnsafeMutablePointer<UInt8>,
    _ range: ClosedRange<Int32>
  ) -> synapus_crossbar_neurons {
    func field(_ number: Int) -> UnsafePointer<Int32> { UnsafePointer(registers + number * lanes) }
    return synapus_crossbar_neurons(
      lanes: Int32(lanes), lowest: range.lowerBound, highest: range.upperBound, axon_types: types,
      crossbar: crossbar, weights: field(0), stochastic_weights: field(4),
      has_stochastic_weights: core.neurons.contains { $0.isStochastic.contains(true) },
      has_stochastic_leak: core.neurons.contains(where: \.leakIsStochastic),
      has_random_threshold: core.neurons.contains { $0.thresholdMask != 0 }, leak: field(8),
      stochastic_leak: field(9), leak_reverses: field(10), threshold: field(11),
      negative_threshold: field(12), threshold_mask: field(13), reset_potential: field(14),
      reset: field(15), saturates: field(16))
  }
}
