/// What stands in a digital chip's spec where an analog chip has circuits.
extension SynapseSpec {
  static let unused = SynapseSpec(weightBits: 1, effectiveStepsPerWeight: 1)
}

extension NeuronSpec {
  static let unused = NeuronSpec(
    potential: .unused, membraneTime: .unused, synapticTime: .unused, gain: .unused,
    largestRefractoryCount: 1, inputSaturation: 1, railVolts: 0...1)
}

extension ParameterLaw {
  fileprivate static let unused = ParameterLaw(.linear, atZero: 0, atFull: 1, highestCode: 1)
}

extension ReadoutSpec {
  static let unused = ReadoutSpec(
    bits: 8, zeroVolts: 0, lsbVolts: 1, sampleEveryTicks: 1, noiseLSB: 0)
}

extension EventSpec {
  static let unused = EventSpec(
    portCyclesPerEvent: 1, portWaitingEvents: 1, localLatencyCycles: 0, hopLatencyCycles: 0)
}

extension ImperfectionSpec {
  static let unused = ImperfectionSpec(
    membraneTime: .unused, synapticTime: .unused, gain: .unused, thresholdDistance: .unused,
    restPotential: .unused, inputOffset: .unused, excitatoryInhibitoryCorrelation: 0,
    leakResetCorrelation: 0, refractoryCounts: 0, synapse: 0, adcOffsetLSB: 0, membraneNoise: 0,
    inputJitter: 0, spikeJitter: 0)
}

extension Spread {
  fileprivate static let unused = Spread(block: 0, local: 0)
}

extension ChipSpec {
  /// The rules between the sections of a digital chip's file.
  func checkDigital(_ file: SectionReader) {
    for key in [
      "synapse", "neuron", "readout", "events", "imperfections", "circuits", "coupling",
      "correlation", "network",
    ] {
      file.require(!file.has(key), "a chip with the section 'digital' has no section '\(key)'")
    }
    file.require(
      time.cyclesPerTick == 1, "time.cycles_per_tick of a digital chip is 1: a tick is one step")
    file.require(
      learning?.traceSource != .sensors,
      "learning.trace_source is 'sensors', which a digital chip does not have")
  }
}
