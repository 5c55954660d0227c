import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// A core of current-based neurons as a run needs it; nothing here changes but what is learned.
final class CurrentBasedTables: @unchecked Sendable {
  /// Neurons whose registers are zeroed at the same steps.
  struct ResetGroup {
    let interval, offset: Int
    var columns: [Int]
  }

  let neuronCount: Int
  /// Lanes of state and sums: a multiple of 64.
  let lanes: Int
  let constants: [CurrentBasedConstants]
  let initialCurrent, initialVoltage: [Int32]
  let resets: [ResetGroup]
  let synapses: [DigitalSynapses]
  let exponents: [Int32]
  let kernelView: synapus_digital_neurons
  private let registers: UnsafeMutablePointer<Int32>

  /// Makes tables; synapses that learn are those of the tables before, if there were any.
  init(
    _ core: CurrentBasedCore, _ spec: ChipSpec, _ digital: DigitalSpec, isExact: Bool,
    after previous: CurrentBasedTables? = nil
  ) {
    neuronCount = core.neurons.count
    lanes = max(64, (neuronCount + 63) / 64 * 64)
    constants = core.neurons.map {
      CurrentBasedConstants($0, digital, lowestVoltage: core.lowestVoltage)
    }
    initialCurrent = core.neurons.map(\.initialCurrent)
    initialVoltage = core.neurons.map(\.initialVoltage)
    resets = Self.resets(core.neurons)
    synapses = core.projections.enumerated().map { p, projection in
      if let before = previous?.synapses[p], before.plastic != nil { return before }
      return DigitalSynapses(projection, spec, isExact: isExact)
    }
    exponents = core.projections.map { Int32($0.weightExponent) }
    registers = Self.registers(constants, lanes)
    kernelView = synapus_digital_neurons(
      active: Int32((neuronCount + 15) / 16 * 16), state_shift: Int32(digital.stateShift),
      half_range: 1 << Int32(digital.stateBits - 1), lowest: core.lowestVoltage,
      highest: 1 << Int32(digital.stateBits - 1) - 1,
      refractory: constants.contains { $0.refractoryCount > 1 },
      ternary: constants.contains { $0.lowThreshold > .min }, current_keep: registers,
      voltage_keep: registers + lanes, bias: registers + 2 * lanes,
      threshold: registers + 3 * lanes, low_threshold: registers + 4 * lanes,
      refractory_count: registers + 5 * lanes)
  }

  deinit { registers.deallocate() }

  var isTernary: Bool { kernelView.ternary }

  /// Register by register; lanes without a neuron never fire.
  private static func registers(
    _ constants: [CurrentBasedConstants], _ lanes: Int
  ) -> UnsafeMutablePointer<Int32> {
    let registers = UnsafeMutablePointer<Int32>.allocateAligned(6 * lanes)
    for lane in 0..<lanes {
      (registers[3 * lanes + lane], registers[4 * lanes + lane]) = (.max, .min)
    }
    for (lane, neuron) in constants.enumerated() {
      let values = [
        neuron.currentKeep, neuron.voltageKeep, neuron.bias, neuron.threshold,
        neuron.lowThreshold, neuron.refractoryCount,
      ]
      for (field, value) in values.enumerated() { registers[field * lanes + lane] = value }
    }
    return registers
  }

  private static func resets(_ neurons: [CurrentBasedNeuron]) -> [ResetGroup] {
    var groups: [ResetGroup] = []
    for (column, neuron) in neurons.enumerated() where neuron.resetInterval > 0 {
      let (interval, offset) = (
        Int(neuron.resetInterval), Int(neuron.resetOffset % neuron.resetInterval)
      )
      if let i = groups.firstIndex(where: { $0.interval == interval && $0.offset == offset }) {
        groups[i].columns.append(column)
      } else {
        groups.append(ResetGroup(interval: interval, offset: offset, columns: [column]))
      }
    }
    return groups
  }
}
