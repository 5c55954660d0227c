import ChipInterface
import Foundation
import HardwareSpec

/// The host's model of the network on the chip: its nominal constants, and nothing of the device.
///
/// I_t = b·I_{t−1} + Σ w·x_{t−1};  v_t = a·v_{t−1} + (1 − a)·I_t, in units of the threshold: an event
/// of tick t acts on its targets in tick t + 1.
public struct NominalModel: Equatable, Sendable {
  /// One layer of neurons.
  public struct Layer: Equatable, Sendable {
    /// Neurons.
    public var count: Int
    /// The first unit of the layer in recordings.
    public var firstUnit: Int
    /// Membrane and synaptic time constants, in ticks.
    public var membraneTicks, currentTicks: Double
    /// The ADC code at rest.
    public var leakCode: Double
    /// ADC codes for one threshold.
    public var codesPerTheta: Double

    /// Makes a layer.
    public init(
      count: Int, firstUnit: Int, membraneTicks: Double, currentTicks: Double, leakCode: Double,
      codesPerTheta: Double
    ) {
      (self.count, self.firstUnit) = (count, firstUnit)
      (self.membraneTicks, self.currentTicks) = (membraneTicks, currentTicks)
      (self.leakCode, self.codesPerTheta) = (leakCode, codesPerTheta)
    }

    /// Decay of the membrane over one tick, a = exp(−1/τ_m).
    public var membraneDecay: Double { exp(-1 / membraneTicks) }
    /// Decay of the synaptic current over one tick, b = exp(−1/τ_s).
    public var currentDecay: Double { exp(-1 / currentTicks) }
  }

  /// Input channels.
  public var inputs: Int
  /// The layer that fires, and the layer that is read out.
  public var hidden, output: Layer
  /// Ticks of a sample, clock cycles of a tick, ticks between two ADC samples.
  public var ticks, cyclesPerTick, adcEvery: Int
  /// What is minimised.
  public var loss: LossSettings

  /// Makes a model from its numbers.
  public init(
    inputs: Int, hidden: Layer, output: Layer, ticks: Int, cyclesPerTick: Int, adcEvery: Int,
    loss: LossSettings
  ) {
    (self.inputs, self.hidden, self.output) = (inputs, hidden, output)
    (self.ticks, self.cyclesPerTick, self.adcEvery) = (ticks, cyclesPerTick, adcEvery)
    self.loss = loss
  }

  /// ADC samples of one run, and columns of an ADC row: hidden neurons first, then outputs.
  public var adcTimes: Int { ticks / adcEvery }
  /// Columns of an ADC row.
  public var adcColumns: Int { hidden.count + output.count }

  /// The ADC sample whose value is held at a tick, or nil before the first.
  public func heldSample(atTick tick: Int) -> Int? {
    let sample = min((tick + 1) / adcEvery, adcTimes) - 1
    return sample < 0 ? nil : sample
  }

  /// The tick of an ADC sample.
  public func tick(ofSample sample: Int) -> Int { (sample + 1) * adcEvery - 1 }
}
