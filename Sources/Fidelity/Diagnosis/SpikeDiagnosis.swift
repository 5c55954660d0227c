import ChipInterface
import Emulator
import HardwareSpec

/// Why one spike happened: which events drove it, by how little, and what the ideal neuron had done.
///
/// Times are in ticks from the start of the sample, potentials in volts of the true membrane.
public struct SpikeDiagnosis: Equatable, Sendable {
  /// One event that acted on the membrane.
  public struct Cause: Equatable, Sendable {
    /// The row pair, and whether the event went through its excitatory row.
    public var pair: Int
    /// Whether the event went through the excitatory row of its pair.
    public var excites: Bool
    /// Who sent it, in design words, and the projection's name.
    public var source, projection: String
    /// When it acted, in ticks.
    public var time: Double
    /// The stored weight, and the device's effective one, in steps.
    public var stored, effective: Double
    /// What it added to the membrane at the spike, in volts.
    public var volts: Double
    /// The same as a fraction of what the events had to lift the membrane by.
    public var share: Double
    /// Whether the membrane had stayed below the threshold without it, all else being equal.
    public var isDecisive: Bool
  }

  /// What the nominal neuron with stored weights makes of the same events.
  public struct Ideal: Equatable, Sendable {
    /// When it fires, in ticks; nil when it does not fire until `watchedUntil`.
    public var time: Double?
    /// How long it was watched, in ticks.
    public var watchedUntil: Double
  }

  /// The neuron, in design words, and the circuit that is it.
  public var neuron: String
  /// Core and column of the circuit.
  public var circuit: CircuitOnChip
  /// The spike, in ticks, and the one before it.
  public var time: Double
  /// The spike before it, in ticks, or nil.
  public var previous: Double?
  /// Threshold and rest of the circuit on its device, in volts.
  public var threshold, rest: Double
  /// What the membrane would have been at the spike without any event, in volts.
  public var baseline: Double
  /// The events, those that added or took most first.
  public var causes: [Cause]
  /// What is not explained by the events, in volts: noise, saturation, rails, rounding.
  public var remainder: Double
  /// By how much the membrane would have passed the threshold, before it fell below it again, had
  /// the circuit not fired, in volts.
  public var margin: Double
  /// The ideal neuron, free from the same spike before on.
  public var ideal: Ideal
  /// Whether the circuit is linear, so that contributions add up; else they are those of its linear
  /// part.
  public var isLinear: Bool
}

/// Which spike of which recording is asked about.
public struct SpikeQuestion: Sendable {
  /// The image that ran.
  public var image: ChipImage
  /// The sample alone: its inputs, number and duration.
  public var sample: Experiment
  /// The sample's number in the recording, for messages.
  public var sampleIndex: Int
  /// What was recorded of it: cycles and units.
  public var recorded: [(cycle: UInt32, unit: UInt32)]
  /// The neuron, as recordings number units, and its name.
  public var unit: Int
  /// Its name in design words.
  public var name: String
  /// Which of the neuron's spikes in the sample, from 0.
  public var spike: Int

  /// Asks about one spike.
  public init(
    image: ChipImage, sample: Experiment, sampleIndex: Int,
    recorded: [(cycle: UInt32, unit: UInt32)], unit: Int, name: String, spike: Int
  ) {
    (self.image, self.sample, self.sampleIndex) = (image, sample, sampleIndex)
    (self.recorded, self.unit, self.name, self.spike) = (recorded, unit, name, spike)
  }
}
