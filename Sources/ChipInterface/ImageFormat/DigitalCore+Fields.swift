import HardwareSpec

/// The numbers of digital cores, by name and in the order of the file.
extension CurrentBasedNeuron {
  static let plain = CurrentBasedNeuron(currentDecay: 0, voltageDecay: 0, threshold: 0)

  static var fields: [NamedField<CurrentBasedNeuron>] {
    [
      .integer("current-decay", \.currentDecay), .integer("voltage-decay", \.voltageDecay),
      .integer("threshold", \.threshold), .optional("low-threshold", \.lowThreshold),
      .integer("bias-mantissa", \.biasMantissa), .integer("bias-exponent", \.biasExponent),
      .integer("refractory", \.refractoryCount), .integer("current", \.initialCurrent),
      .integer("voltage", \.initialVoltage), .integer("reset-interval", \.resetInterval),
      .integer("reset-offset", \.resetOffset),
    ]
  }
}

extension CrossbarNeuron {
  static let plain = CrossbarNeuron(weights: [0, 0, 0, 0], leak: 0, threshold: 0)

  static var fields: [NamedField<CrossbarNeuron>] {
    (0..<4).flatMap { type in
      [
        NamedField.integer("weight-\(type)", \CrossbarNeuron.weights[type]),
        NamedField.flag("stochastic-\(type)", \CrossbarNeuron.isStochastic[type]),
      ]
    } + [
      .integer("leak", \.leak), .flag("leak-stochastic", \.leakIsStochastic),
      .flag("leak-reverses", \.leakReverses), .integer("threshold", \.threshold),
      .integer("negative-threshold", \.negativeThreshold), .integer("mask", \.thresholdMask),
      .integer("reset-potential", \.resetPotential), .choice("reset", \.reset),
      .flag("saturates-below", \.saturatesBelow), .integer("potential", \.initialPotential),
    ]
  }
}

extension DigitalProjection {
  static let plain = DigitalProjection(firstAxon: 0, starts: [0], targets: [], weights: [])

  static var fields: [NamedField<DigitalProjection>] {
    [
      .integer("first-axon", \.firstAxon), .integer("exponent", \.weightExponent),
      .choice("signs", \.signMode), .integer("bits", \.weightBits), .optional("rule", \.program),
      .flag("delay-acts", \.delayActs),
      .flag("subtracts-negative-spikes", \.subtractsNegativeSpikes),
    ]
  }
}

extension CurrentBasedCore {
  static let plain = CurrentBasedCore(neurons: [], projections: [])

  static var fields: [NamedField<CurrentBasedCore>] {
    [.integer("lowest-voltage", \.lowestVoltage)]
  }
}

extension CrossbarCore {
  static let plain = CrossbarCore(axonTypes: [], neurons: [], synapses: [])

  static var fields: [NamedField<CrossbarCore>] { [.integer("seed", \.seed)] }
}
