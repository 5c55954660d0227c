import ChipInterface
import HardwareSpec

/// What the cells of the parameter DAC make of the codes of one core's circuits.
///
/// A cell is a capacitor that a common ramp refreshes. Cells that hold one code load the ramp at
/// the same moment and pull each other down; a cell that got a new code takes time to reach it.
struct ParameterPath {
  private let spec: ChipSpec
  /// Codes by which a cell falls when all cells of its parameter in its block hold its code.
  private let pull: Double
  /// The part of the way from the old to the new code that is still to go.
  private let residue: Double

  /// The cells of a circuit.
  private static let cells: [@Sendable (CircuitSettings) -> UInt16] = [
    { $0.leak }, { $0.reset }, { $0.threshold }, { $0.membraneTime }, { $0.excitatoryTime },
    { $0.inhibitoryTime }, { $0.excitatoryGain }, { $0.inhibitoryGain },
  ]

  init(_ spec: ChipSpec, effects: Effects, settledSeconds: Double) {
    self.spec = spec
    let cells = spec.imperfections.parameterDAC
    pull = effects.contains(.crosstalk) ? cells.crosstalkCodes : 0
    let isSettling = effects.contains(.settling) && cells.settlingSeconds > 0
    residue =
      isSettling ? DeterministicMath.exp(-max(0, settledSeconds) / cells.settlingSeconds) : 0
  }

  /// Whether codes of an image before still act.
  var remembers: Bool { residue != 0 }

  /// The nominal circuits of a core whose cells held the codes of `before`; 0 where it had none.
  func circuits(_ circuits: [CircuitSettings], before: [CircuitSettings]) -> [NominalCircuit] {
    let nominal = circuits.map { NominalCircuit($0, on: spec) }
    guard pull != 0 || residue != 0 else { return nominal }
    let codes = Self.cells.map { cell in shiftedCodes(circuits, before, cell) }
    return nominal.enumerated().map { column, circuit in
      shifted(circuit, codes.map { $0[column] })
    }
  }

  /// The codes that the cells of one parameter really hold.
  private func shiftedCodes(
    _ circuits: [CircuitSettings], _ before: [CircuitSettings],
    _ cell: (CircuitSettings) -> UInt16
  ) -> [Double] {
    let block = spec.geometry.circuitsPerBlock
    var held: [Int: [UInt16: Int]] = [:]
    for (column, settings) in circuits.enumerated() {
      held[column / block, default: [:]][cell(settings), default: 0] += 1
    }
    return circuits.enumerated().map { column, settings in
      let code = cell(settings)
      let others = (held[column / block]?[code] ?? 1) - 1
      let old = column < before.count ? cell(before[column]) : 0
      return Double(code) - pull * Double(others) / Double(max(1, block - 1))
        + (Double(old) - Double(code)) * residue
    }
  }

  /// The circuit with the quantities of these codes, in the order of `cells`.
  private func shifted(_ circuit: NominalCircuit, _ codes: [Double]) -> NominalCircuit {
    let (neuron, tick) = (spec.neuron, spec.time.tickSeconds)
    var circuit = circuit
    circuit.leak = neuron.potential.value(at: codes[0])
    circuit.reset = neuron.potential.value(at: codes[1])
    circuit.threshold = neuron.potential.value(at: codes[2])
    circuit.membraneTicks = neuron.membraneTime.value(at: codes[3]) / tick
    circuit.excitatoryTicks = neuron.synapticTime.value(at: codes[4]) / tick
    circuit.inhibitoryTicks = neuron.synapticTime.value(at: codes[5]) / tick
    circuit.excitatoryGain = neuron.gain.value(at: codes[6])
    circuit.inhibitoryGain = neuron.gain.value(at: codes[7])
    return circuit
  }
}
