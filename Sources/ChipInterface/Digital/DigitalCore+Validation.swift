import HardwareSpec

/// The registers of digital cores against the chip's file.
extension CoreImage {
  /// What is wrong with the digital part, or with its absence or presence on this chip.
  func faultsOfDigitalCore(_ spec: ChipSpec, programs: Int) -> [ImageFault] {
    let what = "core \(core.index)"
    guard let digital else {
      return spec.digital == nil ? [] : [.notOnChip(what: what, needs: "analog circuits")]
    }
    guard let chip = spec.digital else {
      return [.notOnChip(what: what, needs: "digital neurons")]
    }
    guard circuits.isEmpty, weights.isEmpty, plasticBlocks.isEmpty else {
      return [.notOnChip(what: what, needs: "analog circuits beside digital neurons")]
    }
    var check = DigitalCheck(core: core.index, chip: chip, spec: spec, programs: programs)
    check.range("neurons", neuronCount, 0...spec.geometry.circuitsPerCore)
    switch (digital, chip.neuron) {
    case (.currentBased(let core), .currentBased): check.check(core)
    case (.crossbar(let core), .crossbar): check.check(core)
    case (.currentBased, .crossbar):
      return [.notOnChip(what: what, needs: "current-based neurons")]
    case (.crossbar, .currentBased): return [.notOnChip(what: what, needs: "a crossbar")]
    }
    return check.faults
  }
}

/// Collects what is wrong with one digital core.
private struct DigitalCheck {
  let core: Int
  let chip: DigitalSpec
  let spec: ChipSpec
  let programs: Int
  var faults: [ImageFault] = []
  /// People read the first faults only, and a damaged image may have one in every register.
  private static let most = 20

  init(core: Int, chip: DigitalSpec, spec: ChipSpec, programs: Int) {
    (self.core, self.chip, self.spec, self.programs) = (core, chip, spec, programs)
  }

  private mutating func add(_ fault: ImageFault) {
    if faults.count < Self.most { faults.append(fault) }
  }

  mutating func range(
    _ what: @autoclosure () -> String, _ value: some BinaryInteger, _ allowed: ClosedRange<Int>
  ) {
    if !allowed.contains(Int(value)) {
      add(.register(core: core, what: what(), found: Int(value), allowed: allowed))
    }
  }

  private mutating func shape(_ what: @autoclosure () -> String, _ isRight: Bool) {
    if !isRight { add(.description(what: "core \(core)", name: what())) }
  }

  // MARK: Current-based

  mutating func check(_ image: CurrentBasedCore) {
    for (i, neuron) in image.neurons.enumerated() { check(neuron, "neuron \(i)") }
    var next = 0
    var bits = 0
    for (i, projection) in image.projections.enumerated() {
      range("first axon of projection \(i)", projection.firstAxon, next...axons)
      range("axons of projection \(i)", projection.firstAxon + projection.axonCount, 0...axons)
      next = max(next, min(axons, projection.firstAxon + projection.axonCount))
      check(projection, "projection \(i)", neurons: image.neurons.count)
      bits += projection.storedBits
    }
    range("bits of synapses", bits, 0...chip.synapseBitsPerCore)
    range("lowest voltage", image.lowestVoltage, -state...0)
  }

  private var axons: Int { spec.geometry.rowPairsPerCore }
  /// The largest number of a state register.
  private var state: Int { (1 << (chip.stateBits - 1)) - 1 }

  private mutating func check(_ neuron: CurrentBasedNeuron, _ name: String) {
    let decays = 0...(1 << chip.decayBits) - 1
    let thresholds = -(1 << chip.thresholdBits) + 1...(1 << chip.thresholdBits) - 1
    let mantissas = -(1 << (chip.biasMantissaBits - 1))...(1 << (chip.biasMantissaBits - 1)) - 1
    range("\(name) current decay", neuron.currentDecay, decays)
    range("\(name) voltage decay", neuron.voltageDecay, decays)
    range("\(name) threshold", neuron.threshold, thresholds)
    range("\(name) low threshold", neuron.lowThreshold ?? 0, thresholds)
    range("\(name) bias mantissa", neuron.biasMantissa, mantissas)
    range("\(name) bias exponent", neuron.biasExponent, -15...chip.largestBiasExponent)
    range("\(name) refractory count", neuron.refractoryCount, 0...chip.largestRefractoryCount)
    range("\(name) initial current", neuron.initialCurrent, -state...state)
    range("\(name) initial voltage", neuron.initialVoltage, -state...state)
  }

  private mutating func check(_ projection: DigitalProjection, _ name: String, neurons: Int) {
    let count = projection.targets.count
    let startsFit =
      projection.starts.first == 0 && projection.starts.last.map(Int.init) == count
      && zip(projection.starts, projection.starts.dropFirst()).allSatisfy { $0 <= $1 }
    shape("starts of \(name)", startsFit)
    shape(
      "synapses of \(name)",
      projection.weights.count == count && [0, count].contains(projection.delays.count)
        && [0, count].contains(projection.tags.count))
    guard startsFit, projection.weights.count == count else { return }
    range("exponent of \(name)", projection.weightExponent, chip.weightExponents)
    range("weight bits of \(name)", projection.weightBits, 1...8)
    if let program = projection.program {
      range("learning rule of \(name)", program, 0...max(0, programs - 1))
      shape("learning rule of \(name)", programs > 0 && spec.learning != nil)
    }
    checkSynapses(projection, name, neurons: neurons)
  }

  private mutating func checkSynapses(
    _ projection: DigitalProjection, _ name: String, neurons: Int
  ) {
    let weights = projection.signMode.weights(of: chip)
    for weight in projection.weights where !weights.contains(Int(weight)) {
      range("weight of \(name)", weight, weights)
    }
    let longest = projection.delayActs ? chip.longestDelay : 255
    for delay in projection.delays where Int(delay) > longest {
      range("delay of \(name)", delay, 0...longest)
    }
    let tags = spec.learning?.tags ?? 0...0
    for tag in projection.tags where !tags.contains(Int(tag)) {
      range("tag of \(name)", tag, tags)
    }
    for axon in 0..<projection.axonCount {
      let row = projection.targets[Int(projection.starts[axon])..<Int(projection.starts[axon + 1])]
      let ascends = zip(row, row.dropFirst()).allSatisfy { $0 < $1 }
      if !ascends || (row.last.map { Int($0) >= neurons } ?? false) {
        shape("targets of axon \(projection.firstAxon + axon) of \(name)", false)
      }
    }
  }

  // MARK: Crossbar

  mutating func check(_ image: CrossbarCore) {
    range("axons", image.axonTypes.count, 0...axons)
    shape("rows of the crossbar", image.synapses.count == image.axonTypes.count)
    for (i, type) in image.axonTypes.enumerated() {
      range("type of axon \(i)", type, 0...chip.axonTypes - 1)
    }
    for (i, row) in image.synapses.enumerated() {
      let ascends = zip(row, row.dropFirst()).allSatisfy { $0 < $1 }
      if !ascends || (row.last.map { Int($0) >= image.neurons.count } ?? false) {
        shape("synapses of axon \(i)", false)
      }
    }
    for (i, neuron) in image.neurons.enumerated() { check(neuron, "neuron \(i)") }
  }

  private mutating func check(_ neuron: CrossbarNeuron, _ name: String) {
    let thresholds = 0...(1 << chip.thresholdBits) - 1
    let potentials = -state - 1...state
    let types = chip.axonTypes
    shape(
      "weights of \(name)", neuron.weights.count == types && neuron.isStochastic.count == types)
    for weight in neuron.weights { range("\(name) weight", weight, chip.weights) }
    range("\(name) leak", neuron.leak, chip.weights)
    range("\(name) threshold", neuron.threshold, thresholds)
    range("\(name) negative threshold", neuron.negativeThreshold, thresholds)
    range("\(name) threshold mask", neuron.thresholdMask, thresholds)
    range("\(name) reset potential", neuron.resetPotential, potentials)
    range("\(name) initial potential", neuron.initialPotential, potentials)
  }
}

extension SignMode {
  /// The weights that a synapse of this sign mode can hold.
  public func weights(of chip: DigitalSpec) -> ClosedRange<Int> {
    switch self {
    case .mixed: return chip.weights
    case .excitatory: return 0...chip.weights.upperBound
    case .inhibitory: return -chip.weights.upperBound...0
    }
  }
}

extension DigitalProjection {
  /// The bits that the synapses take: weights, and delays and tags where there are any.
  public var storedBits: Int {
    let delayBits = delays.isEmpty ? 0 : 6
    let tagBits = tags.isEmpty ? 0 : 9
    return targets.count * (Int(weightBits) + delayBits + tagBits)
  }
}
