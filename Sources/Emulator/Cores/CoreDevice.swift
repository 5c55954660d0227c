import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// One core of one device with an image on it: circuits, effective weights, routes' far end.
final class CoreDevice: @unchecked Sendable {
  let core: CoreOnChip
  /// The circuits' constants, for the reference.
  let circuits: [CircuitConstants]
  /// The circuits' constants, for the kernels.
  let constants: CoreConstantsBuffer
  /// Offsets of the ADC channels, in membrane counts.
  let adcOffsets: [Int32]
  /// Relative deviations of the ADC channels' slopes, in 2⁻¹⁵.
  let adcSlopes: [Int32]
  /// How late the ADC channels sample, in 1/64 tick.
  let adcPhases: [Int32]
  /// What the constants come from.
  private let derivation: CircuitDerivation
  let fullDerivation: FullCircuitDerivation
  private let parts: [(NominalCircuit, CircuitDeviation)]
  /// Bytes of a row of effective weights.
  let lanes: Int
  let rails: LIFNeuronCircuit.Rails
  let synapses: SynapseArray
  /// What the core does while nothing happens on it.
  let rest: CoreRest
  /// The core's full circuits; nil where all circuits are plain.
  let full: FullCore?

  /// How the circuits of a core are connected with others.
  enum Coupling {
    /// Not at all; or circuit by circuit, for which they need full circuits; or only joined.
    case none, circuits, joined
  }

  /// Makes a core.
  init(
    _ image: CoreImage, _ nominal: [NominalCircuit], draw: DeviceDraw, _ coupling: Coupling
  ) {
    core = image.core
    let spec = draw.spec
    let deviations = draw.deviations(core: image.core, count: image.circuits.count)
    let circuits = Array(zip(nominal, deviations))
    let secondOrder = CircuitDerivation.needsSecondOrder(circuits)
    derivation = CircuitDerivation(
      spec: spec, secondOrder: secondOrder, noisy: draw.effects.contains(.noise))
    parts = draw.variesBySample || coupling == .joined ? circuits : []
    self.circuits = circuits.map(derivation.constants)
    lanes = SynapseArray.lanes(of: spec.geometry.circuitsPerCore)
    let scale = MembraneScale(spec.readout)
    rails = .init(
      low: scale.counts(at: spec.neuron.railVolts.lowerBound),
      high: scale.counts(at: spec.neuron.railVolts.upperBound))
    constants = CoreConstantsBuffer(
      self.circuits, lanes: lanes, rails: rails, secondOrder: secondOrder)
    adcOffsets =
      self.circuits.map(\.adcOffset) + Array(repeating: 0, count: lanes - self.circuits.count)
    adcSlopes =
      deviations.map { Int32(($0.adcSlope * 0x1p15).rounded()) }
      + Array(repeating: 0, count: lanes - deviations.count)
    adcPhases = deviations.map { Int32(($0.adcPhase * 64).rounded()) }
    synapses = SynapseArray(image, draw: draw)
    fullDerivation = FullCircuitDerivation(spec: spec, secondOrder: secondOrder)
    full =
      coupling == .circuits || FullCore.isNeeded(image, spec)
      ? FullCore(
        image, fullDerivation.constants(circuits, self.circuits), spec: spec, rails: rails,
        secondOrder: secondOrder)
      : nil
    rest = CoreRest(
      self.circuits, isPlain: full == nil && !draw.variesBySample && coupling == .none)
  }

  /// A circuit of a core whose circuits are joined.
  func joinedCircuit(_ column: Int) -> JoinedDerivation.Circuit {
    JoinedDerivation.Circuit(
      nominal: parts[column].0, deviation: parts[column].1, alone: circuits[column])
  }

  /// What the core's circuits are in single samples, on a device where they vary.
  func varied(_ draw: DeviceDraw) -> VariedCore {
    VariedCore(
      core, parts, circuits, derivation, full: full == nil ? nil : fullDerivation, draw)
  }
}

extension FullCircuitDerivation {
  /// Derives the full circuits of a core; `lean` has the constants that both kinds share.
  func constants(
    _ circuits: [(NominalCircuit, CircuitDeviation)], _ lean: [CircuitConstants]
  ) -> [FullCircuitConstants] {
    zip(circuits, lean).map { circuit, lean in constants(circuit.0, circuit.1, lean) }
  }
}

extension FullCore {
  fileprivate convenience init(
    _ image: CoreImage, _ constants: [FullCircuitConstants], spec: ChipSpec,
    rails: LIFNeuronCircuit.Rails, secondOrder: Bool
  ) {
    let shared = FullNeuronCircuit.Core(
      rails: Float(rails.low)...Float(rails.high),
      conducting: constants.contains {
        $0.excitatory.conductance != 0 || $0.inhibitory.conductance != 0
      }, soft: spec.circuits?.inputStage != nil, secondOrder: secondOrder)
    self.init(
      constants, shared, drivers: FullCore.drivers(image, spec),
      lanes: SynapseArray.lanes(of: spec.geometry.circuitsPerCore))
  }
}
