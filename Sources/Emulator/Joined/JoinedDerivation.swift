import ChipInterface
import HardwareSpec

/// Derives the constants of joined circuits from those of the single ones.
struct JoinedDerivation {
  /// One circuit of a membrane on its device.
  struct Circuit {
    let nominal: NominalCircuit
    let deviation: CircuitDeviation
    /// Its own constants, if it were alone.
    let alone: CircuitConstants

    /// The rate of its leak, per tick.
    var rate: Double { 1 / (nominal.membraneTicks * deviation.membraneTime) }
  }

  private let circuits: [Circuit]
  private let total: Double

  /// Prepares the circuits of one membrane.
  init(_ circuits: [Circuit]) {
    self.circuits = circuits
    total = circuits.reduce(0) { $0 + $1.rate }
  }

  /// The mean of the rates.
  private var rate: Double { total / Double(circuits.count) }

  /// The circuit whose comparator is on, by its place; nil where none is.
  var firing: Int? { circuits.firstIndex { $0.nominal.fires } }

  /// The membrane.
  ///
  /// Noise that is drawn once has the deviation of the mean of the circuits' own.
  var membrane: JoinedMembrane.Constants {
    var constants = JoinedMembrane.Constants()
    constants.rest = Float(
      circuits.reduce(0) { $0 + $1.rate / total * Double($1.alone.rest - 256) })
    constants.rate = Float(rate)
    constants.loss = Float(DeterministicMath.oneMinusExp(ofMinus: rate))
    let variance = circuits.reduce(0) { $0 + Double($1.alone.noise) * Double($1.alone.noise) }
    constants.noise = Float(variance.squareRoot() / Double(circuits.count) / 16)
    if let firing {
      let circuit = circuits[firing].alone
      constants.threshold = Float(circuit.threshold)
      (constants.reset, constants.refractory) = (Float(circuit.reset), Float(circuit.refractory))
    }
    return constants
  }

  /// Both signs of the synapses of one circuit: its current counts by its share in the leaks.
  func inputs(
    _ index: Int, _ derivation: FullCircuitDerivation
  ) -> (excitatory: JoinedInput.Constants, inhibitory: JoinedInput.Constants) {
    let circuit = circuits[index]
    let (exc, inh) = derivation.synapses(
      circuit.nominal, circuit.deviation, membraneTicks: 1 / rate)
    let share = circuit.rate / total
    return (JoinedInput.Constants(exc, share: share), JoinedInput.Constants(inh, share: share))
  }
}

extension JoinedInput.Constants {
  /// What a circuit's input does to a membrane in whose leaks the circuit has a share.
  fileprivate init(_ input: SynapticInput.Constants, share: Double) {
    let (unit, drive) = (Double(input.inject.m0), abs(Double(input.drive)) * share)
    left = input.left
    mean = Float(Double(input.mean) * unit * drive)
    inject.m0 = 1
    inject.m1 = Float(Double(input.inject.m1) / unit)
    inject.m2 = Float(Double(input.inject.m2) / unit)
    arrive.m0 = Float(Double(input.arrive.m0) * drive)
    arrive.m1 = Float(Double(input.arrive.m1) * drive)
    arrive.m2 = Float(Double(input.arrive.m2) * drive)
    level = Float(Double(input.level) * drive)
  }
}
