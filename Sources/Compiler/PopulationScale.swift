import HardwareSpec

/// What the volts of a population mean in the unit of the network's potentials.
public struct PopulationScale: Equatable, Sendable {
  /// The population's name.
  public var population: String
  /// Volts on the chip of one unit of the network's potential.
  public var voltsPerUnit: Double
  /// Factors on ``voltsPerUnit``, one a neuron; empty: all 1.
  public var neuronFactors: [Double] = []
  /// The volts that the leak code gives on the nominal device, and the network's potential there.
  public var leakVolts, leakPotential: Double

  /// Makes a scale.
  public init(
    population: String, voltsPerUnit: Double, leakVolts: Double, leakPotential: Double
  ) {
    (self.population, self.voltsPerUnit) = (population, voltsPerUnit)
    (self.leakVolts, self.leakPotential) = (leakVolts, leakPotential)
  }

  /// Volts on the chip of one unit of a neuron's potential.
  public func voltsPerUnit(ofNeuron neuron: Int) -> Double {
    neuronFactors.isEmpty ? voltsPerUnit : voltsPerUnit * neuronFactors[neuron]
  }

  /// The volts that stand for a potential of the network, where neurons do not differ.
  public func volts(potential: Double) -> Double {
    leakVolts + (potential - leakPotential) * voltsPerUnit
  }

  /// The volts that stand for a potential of one neuron.
  public func volts(potential: Double, ofNeuron neuron: Int) -> Double {
    leakVolts + (potential - leakPotential) * voltsPerUnit(ofNeuron: neuron)
  }

  /// The network's potential that an ADC code stands for on the nominal device.
  public func potential(adcCode: Double, _ readout: ReadoutSpec) -> Double {
    leakPotential + (readout.zeroVolts + adcCode * readout.lsbVolts - leakVolts) / voltsPerUnit
  }

  /// ADC codes of one unit of the network's potential.
  public func codesPerUnit(_ readout: ReadoutSpec) -> Double { voltsPerUnit / readout.lsbVolts }
}
