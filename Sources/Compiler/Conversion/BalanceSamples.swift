import ChipInterface
import Recordings

/// Samples whose activations say how large a network's values become.
public struct BalanceSamples: Equatable, Sendable {
  /// Values of one sample.
  public var inputs: Int
  /// The values, sample by sample, in the unit in which the network was trained.
  public var values: [Double]

  /// Number of samples.
  public var count: Int { inputs > 0 ? values.count / inputs : 0 }

  /// Takes values of whole samples.
  public init(inputs: Int, values: [Double]) {
    precondition(inputs > 0 && values.count % inputs == 0)
    (self.inputs, self.values) = (inputs, values)
  }

  /// The most samples that are used of a file.
  static let most = 2_000

  /// The values that recorded spikes stand for: a channel's count over the count for a value of 1.
  ///
  /// `ticks` is how long a sample is, `inputRate` how many spikes a tick stand for 1.
  /// - Throws: ``CompilerError/conversion(_:)`` where a spike is of a channel that the network lacks.
  public init(
    _ spikes: SpikeBatch, inputs: Int, ticks: Int, inputRate: Double
  ) throws(CompilerError) {
    precondition(inputs > 0 && ticks > 0)
    if let highest = spikes.units.max(), Int(highest) >= inputs {
      throw .conversion(
        .samples(found: "a spike of channel \(highest)", expected: "channels below \(inputs)"))
    }
    let used = min(spikes.sampleCount, Self.most)
    let unit = 1 / (Double(ticks) * inputRate)
    var values = [Double](repeating: 0, count: used * inputs)
    for sample in 0..<used {
      for spike in spikes.range(ofSample: sample) {
        values[sample * inputs + Int(spikes.units[spike])] += unit
      }
    }
    self.init(inputs: inputs, values: values)
  }

  /// The values of the array `samples` [sample, ...] of an npz file.
  ///
  /// - Throws: ``CompilerError/conversion(_:)`` naming the array.
  public init(_ archive: NPZFile, inputs: Int, file: String) throws(CompilerError) {
    guard let array = archive["samples"], let values = array.values.numbers,
      let count = array.shape.first, count > 0, array.shape.count > 1,
      array.shape.dropFirst().reduce(1, *) == inputs, values.allSatisfy(\.isFinite)
    else {
      let found = archive["samples"].map { "of shape \($0.shape)" } ?? "missing"
      throw .conversion(
        .array(
          file: file, name: "samples", found: found,
          expected: "finite numbers [sample, ...], \(inputs) a sample"))
    }
    self.init(inputs: inputs, values: values)
  }

  /// One sample's values.
  func sample(_ index: Int) -> [Double] { Array(values[index * inputs..<(index + 1) * inputs]) }
}
