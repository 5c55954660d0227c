import ChipInterface
import Compiler
import Datasets
import NIR

/// Why training refused or stopped.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The chip refused or went away.
  case chip(ChipError)
  /// The network does not fit the chip.
  case compiler(CompilerError)
  /// The data cannot be read.
  case dataset(DatasetError)
  /// The network cannot be written as a graph.
  case graph(NIRError)
  /// A recording has another shape than what was asked for.
  case recordingShape(samples: Int, codes: Int, expectedSamples: Int, expectedCodes: Int)
  /// A label is not one of the outputs.
  case labelOutOfRange(label: Int, classes: Int)
  /// The image is not one hidden layer that fires before one output layer that does not.
  case unsupportedNetwork(populations: Int, projections: Int)
  /// Weights of another network were given.
  case weightsOfAnotherShape(weights: NetworkShape, image: NetworkShape)
  /// There is nothing to learn from, or nothing to judge by.
  case noSamples(train: Int, test: Int)
  /// The ADC takes no sample during a run.
  case noReadout(ticks: Int, adcEvery: Int)
  /// A setting of the training is out of range.
  case setting(name: String, value: Double, allowed: String)
  /// A network built by hand needs more of something than the chip has.
  case networkTooLarge(network: String, what: String, needed: Int, available: Int)
  /// There is no learning rule of that name, or it has faults; all are listed.
  case rule(name: String, faults: [String])
  /// The loss is no longer a number.
  case diverged(epoch: Int, batch: Int)

  /// One sentence: what, where, what is allowed, what to try.
  public var description: String {
    switch self {
    case .chip(let error): return error.description
    case .compiler(let error): return error.description
    case .dataset(let error): return error.description
    case .graph(let error): return error.description
    case .recordingShape(let samples, let codes, let expectedSamples, let expectedCodes):
      return "the chip returned \(samples) samples with \(codes) ADC codes where"
        + " \(expectedSamples) with \(expectedCodes) were asked for"
    case .labelOutOfRange(let label, let classes):
      return "a sample has label \(label); the network has classes 0..<\(classes)"
    case .unsupportedNetwork(let populations, let projections):
      return "the image has \(populations) populations and \(projections) projections; training"
        + " takes inputs, one hidden layer that fires and one output layer that does not"
    case .weightsOfAnotherShape(let weights, let image):
      return "weights of a network \(weights) do not fit the image's network \(image)"
    case .noSamples(let train, let test):
      return "there are \(train) training and \(test) test samples; at least one of each is needed"
    case .noReadout(let ticks, let adcEvery):
      return "a run of \(ticks) ticks has no ADC sample at one every \(adcEvery) ticks; sample"
        + " faster or run longer"
    case .setting(let name, let value, let allowed):
      return "\(name) is \(value); allowed is \(allowed)"
    case .networkTooLarge(let network, let what, let needed, let available):
      return "the network '\(network)' needs \(needed) \(what); the chip has \(available)"
    case .rule(let name, let faults):
      return "the rule '\(name)' cannot run on this chip: " + faults.joined(separator: "; ")
    case .diverged(let epoch, let batch):
      return "the loss is no longer a number at epoch \(epoch), batch \(batch); try a lower"
        + " learning rate"
    }
  }
}
