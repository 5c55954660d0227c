/// Why a spike cannot be explained.
public enum DiagnosisError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The recording or the image has no such unit.
  case noSuchUnit(unit: Int, count: Int)
  /// The recording has fewer samples.
  case noSuchSample(sample: Int, count: Int)
  /// The unit fired fewer times in the sample.
  case noSuchSpike(neuron: String, sample: Int, spike: Int, count: Int)
  /// The circuit of the unit is not in the image.
  case circuitNotInUse(core: Int, column: Int)
  /// The run on this chip gives other spikes than the recording; `cycle` is the first difference.
  case notReproduced(sample: Int, recorded: Int, replayed: Int, cycle: Int, unit: Int)

  /// The image is not what the compiler makes of the network with the settings given.
  case notCompiledFrom(difference: String)

  /// One sentence: what, and what to try.
  public var description: String {
    switch self {
    case .noSuchUnit(let unit, let count):
      return "there is no neuron \(unit); the image has \(count), numbered from 0"
    case .noSuchSample(let sample, let count):
      return "there is no sample \(sample); the recording has \(count), numbered from 0"
    case .noSuchSpike(let neuron, let sample, let spike, let count):
      return "\(neuron) has no spike \(spike) in sample \(sample); it has \(count), numbered from 0"
    case .circuitNotInUse(let core, let column):
      return "core \(core) column \(column) is not in use in the image"
    case .notReproduced(let sample, let recorded, let replayed, let cycle, let unit):
      return "sample \(sample) does not run as it was recorded: \(recorded) spikes then and "
        + "\(replayed) now, the first difference at cycle \(cycle) of unit \(unit); the image's "
        + "weights, the input or the chip's settings are others than they were"
    case .notCompiledFrom(let difference):
      return
        "the image was not compiled from this network with these settings: \(difference) differ;"
        + " give the flags of the compilation"
    }
  }
}
