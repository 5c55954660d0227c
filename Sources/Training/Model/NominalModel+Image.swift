import ChipInterface
import HardwareSpec

/// A network of one hidden layer, found in an image: what training must know of it.
public struct TrainableImage: Equatable, Sendable {
  /// The sizes of the network.
  public let shape: NetworkShape
  /// The names of the layer that fires, and of the layer that is read out.
  public let hiddenName, outputName: String
  /// Where the weights of the two projections lie.
  public let inputMap, hiddenMap: ProjectionMap
  /// One step of stored weight in thresholds of the receiving neuron.
  public let inputThetaPerStep, hiddenThetaPerStep: Double
  private let hidden, output: NominalModel.Layer
  private let ticks, cyclesPerTick: Int

  /// Finds the network, or says why the image cannot be trained.
  ///
  /// Constants are medians over a layer, because calibrated codes differ from circuit to circuit
  /// while the physical target is one.
  public init(_ image: ChipImage, on spec: ChipSpec) throws(TrainingError) {
    let io = image.io
    let refusal = TrainingError.unsupportedNetwork(
      populations: io.populations.count, projections: io.projections.count)
    guard io.populations.count == 2, io.projections.count == 2,
      let inputMap = io.projections.first(where: { $0.source == nil }),
      let hiddenMap = io.projections.first(where: { $0.source == inputMap.target }),
      hiddenMap.target == io.readout.population, io.readout.measure == .highestPotential,
      let hidden = LayerConstants(inputMap, image, spec), hidden.fires,
      let output = LayerConstants(hiddenMap, image, spec), !output.fires
    else { throw refusal }
    (self.inputMap, self.hiddenMap) = (inputMap, hiddenMap)
    (hiddenName, outputName) = (inputMap.target, hiddenMap.target)
    shape = NetworkShape(
      inputs: inputMap.sourceCount, hidden: inputMap.targetCount, outputs: hiddenMap.targetCount,
      inputCopies: inputMap.copies)
    (inputThetaPerStep, hiddenThetaPerStep) = (hidden.thetaPerStep, output.thetaPerStep)
    (self.hidden, self.output) = (hidden.layer, output.layer)
    (ticks, cyclesPerTick) = (io.durationTicks, spec.time.cyclesPerTick)
  }

  /// The nominal model of the network.
  public func model(adcEvery: Int, loss: LossSettings) throws(TrainingError) -> NominalModel {
    guard adcEvery >= 1, ticks >= adcEvery else {
      throw .noReadout(ticks: ticks, adcEvery: adcEvery)
    }
    return NominalModel(
      inputs: shape.inputs, hidden: hidden, output: output, ticks: ticks,
      cyclesPerTick: cyclesPerTick, adcEvery: adcEvery, loss: loss)
  }
}

/// The nominal constants of the layer that a projection drives.
private struct LayerConstants {
  let layer: NominalModel.Layer
  let fires: Bool
  let thetaPerStep: Double

  init?(_ map: ProjectionMap, _ image: ChipImage, _ spec: ChipSpec) {
    guard let index = image.io.populations.firstIndex(where: { $0.name == map.target }) else {
      return nil
    }
    let circuits = image.circuits(of: image.io.populations[index]).map {
      NominalCircuit($0, on: spec)
    }
    guard let first = circuits.first, circuits.count == map.targetCount,
      circuits.allSatisfy({ $0.fires == first.fires }), map.weightPerStep > 0
    else { return nil }
    fires = first.fires
    func median(_ quantity: (NominalCircuit) -> Double) -> Double {
      circuits.map(quantity).sorted()[circuits.count / 2]
    }
    let gain = median(\.excitatoryGain)
    // A circuit that never fires has no threshold: there the network's own weight unit counts.
    let theta = fires ? median { $0.threshold - $0.leak } : gain / map.weightPerStep
    guard theta > 0 else { return nil }
    thetaPerStep = gain / theta
    layer = NominalModel.Layer(
      count: circuits.count, firstUnit: image.io.unitOffsets[index],
      membraneTicks: median(\.membraneTicks), currentTicks: median(\.excitatoryTicks),
      leakCode: (median(\.leak) - spec.readout.zeroVolts) / spec.readout.lsbVolts,
      codesPerTheta: theta / spec.readout.lsbVolts)
  }
}

extension ChipImage {
  /// The settings of a population's circuits, in order; missing ones are left out.
  fileprivate func circuits(of population: Population) -> [CircuitSettings] {
    population.ranges.flatMap { range -> ArraySlice<CircuitSettings> in
      guard let core = core(range.core),
        range.firstColumn >= 0, range.firstColumn + range.count <= core.circuits.count
      else { return [] }
      return core.circuits[range.firstColumn..<range.firstColumn + range.count]
    }
  }
}
