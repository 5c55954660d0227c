import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import NIR

/// Where a chip and the float network that it was compiled from part, and which effect did it.
///
/// Effects are switched on one after the other. The culprit is the effect from which on the first
/// difference is the one that the chip has; each is also tried alone.
public struct NetworkDiagnosis: Equatable, Sendable {
  /// What one run gave.
  public struct Outcome: Equatable, Sendable {
    /// The first difference from the run that it is compared with; nil: there is none.
    public var divergence: SpikeDivergence?
    /// Spikes of one neuron of each population in the sample, on average.
    public var rates: [Double]
    /// Events that were lost on the way.
    public var lost: Int
  }

  /// One effect, switched on.
  public struct Step: Equatable, Sendable {
    /// The effect.
    public var effect: DiagnosedEffect
    /// The run with it and all effects before it, against the float network.
    public var together: Outcome
    /// The run with it alone: weights and parameters against the float network, what the device
    /// adds against the chip without such effects; nil where nothing can be told apart.
    public var alone: Outcome?
  }

  /// The sample, by its number in the input.
  public var sample: Int
  /// How far apart two spikes may lie and still be the same, in ticks.
  public var tolerance: Double
  /// The names of the populations, as rates list them.
  public var populations: [String]
  /// The run of the float network.
  public var reference: Outcome
  /// The effects, in the order in which they were switched on.
  public var steps: [Step]
  /// What is known of the neuron that differs first, a sentence each.
  public var findings: [String]

  /// The first difference of the chip from the float network.
  public var divergence: SpikeDivergence? { steps.last?.together.divergence }

  /// The effect from which on the first difference is the chip's; nil where there is none.
  public var culprit: DiagnosedEffect? {
    guard let divergence else { return nil }
    var culprit: DiagnosedEffect?
    for step in steps.reversed() {
      guard divergence.isSame(as: step.together.divergence, tolerance: tolerance) else { break }
      culprit = step.effect
    }
    return culprit
  }
}

/// Which chip and which network are compared on which sample.
public struct NetworkQuestion {
  /// The network, and the options of its compilation; the chip is theirs.
  public var graph: NIRGraph
  /// What the network was compiled with.
  public var options: CompileOptions
  /// The image that the chip runs.
  public var image: ChipImage
  /// The device; nil: the ideal chip.
  public var device: EmulationSettings?
  /// The sample alone: its inputs, number and duration.
  public var sample: Experiment
  /// The sample's number in the input, for people.
  public var sampleIndex: Int
  /// How far apart two spikes may lie and still be the same, in ticks.
  public var tolerance: Double

  /// Asks about one sample.
  public init(
    graph: NIRGraph, options: CompileOptions, image: ChipImage, device: EmulationSettings?,
    sample: Experiment, sampleIndex: Int = 0, tolerance: Double = 1
  ) {
    (self.graph, self.options, self.image) = (graph, options, image)
    (self.device, self.sample) = (device, sample)
    (self.sampleIndex, self.tolerance) = (sampleIndex, tolerance)
  }
}
