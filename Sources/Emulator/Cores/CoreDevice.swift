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
  /// Bytes of a row of effective weights.
  let lanes: Int
  let rails: LIFNeuronCircuit.Rails
  let synapses: SynapseArray
  /// What the core does while nothing happens on it.
  let rest: CoreRest
  /// The core's full circuits; nil where all circuits are plain.
  let full: FullCore?

  /// Makes a core; one whose circuits are coupled with others has full circuits too.
  init(
    _ image: CoreImage, spec: ChipSpec, draw: DeviceDraw, effects: Effects, isCoupled: Bool = false
  ) {
    core = image.core
    let circuits = image.circuits.enumerated().map { column, settings in
      (NominalCircuit(settings, on: spec), draw.deviation(core: image.core, column: column))
    }
    let secondOrder = CircuitDerivation.needsSecondOrder(circuits)
    let derivation = CircuitDerivation(
      spec: spec, secondOrder: secondOrder, noisy: effects.contains(.noise))
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
    synapses = SynapseArray(image, spec: spec, draw: draw)
    full =
      isCoupled || FullCore.isNeeded(image, spec)
      ? FullCore(
        image, circuits, self.circuits, spec: spec, rails: rails, secondOrder: secondOrder)
      : nil
    rest = CoreRest(self.circuits, isPlain: full == nil)
  }
}

extension FullCore {
  /// Derives the full circuits of a core; `lean` has the constants that both kinds share.
  fileprivate convenience init(
    _ image: CoreImage, _ circuits: [(NominalCircuit, CircuitDeviation)],
    _ lean: [CircuitConstants], spec: ChipSpec, rails: LIFNeuronCircuit.Rails, secondOrder: Bool
  ) {
    let derivation = FullCircuitDerivation(spec: spec, secondOrder: secondOrder)
    let constants = zip(circuits, lean).map { circuit, lean in
      derivation.constants(circuit.0, circuit.1, lean)
    }
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
