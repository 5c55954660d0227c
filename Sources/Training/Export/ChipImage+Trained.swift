import ChipInterface
import HardwareSpec

extension ChipImage {
  /// This image with trained weights in place of its own, rounded as training rounds them.
  public func holding(
    _ weights: ShadowWeights, on spec: ChipSpec
  ) throws(TrainingError) -> ChipImage {
    let network = try TrainableImage(self, on: spec)
    var image = self
    do {
      try image.apply(network.weightBlocks(weights, .rounded, on: spec), on: spec)
    } catch let error as ChipError {
      throw .chip(error)
    } catch let error as TrainingError {
      throw error
    } catch {
      preconditionFailure("an error of another module: \(error)")
    }
    return image
  }
}

extension TrainableImage {
  /// What the chip is told of weights.
  public func weightBlocks(
    _ weights: ShadowWeights, _ precision: WeightPrecision, on spec: ChipSpec
  ) throws(TrainingError) -> [WeightBlock] {
    guard weights.shape == shape else {
      throw .weightsOfAnotherShape(weights: weights.shape, image: shape)
    }
    let largest = spec.synapse.largestWeight
    let input = TrainedProjection(
      inputMap, thetaPerStep: inputThetaPerStep, largestStep: largest, weights: weights.input)
    let hidden = TrainedProjection(
      hiddenMap, thetaPerStep: hiddenThetaPerStep, largestStep: largest, weights: weights.hidden)
    return input.blocks(precision, effective: nil) + hidden.blocks(precision, effective: nil)
  }
}
