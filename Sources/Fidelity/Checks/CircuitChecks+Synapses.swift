import ChipInterface
import Foundation
import HardwareSpec

/// Short-term plasticity, and the spike-response form of the plain circuit.
extension CircuitChecks {
  // MARK: Short-term plasticity

  /// PSPs of trains through depressing and facilitating drivers against the exact neuron fed with
  /// the closed-form recursion's amplitudes.
  func shortTermPlasticity() throws -> [FidelityCheck] {
    guard let laws = spec.circuits?.shortTermPlasticity else { return [] }
    return try [false, true].map { facilitates in
      var worst = 0.0
      for utilisation in [0, laws.utilisation.highestCode / 3, laws.utilisation.highestCode] {
        for recovery in [0, laws.recoveryTime.highestCode / 2, laws.recoveryTime.highestCode] {
          let row = RowPlasticity(
            pair: 2 * spec.synapse.largestWeight, utilisation: UInt8(utilisation),
            recoveryTime: UInt16(recovery), facilitates: facilitates)
          worst = max(worst, try plasticTrain(row, laws))
        }
      }
      return FidelityCheck(
        label("STP, \(facilitates ? "facilitating" : "depressing") train"),
        "PSP, relative to the recursion's largest", unit: "1", error: worst, bound: 0.01)
    }
  }

  private func plasticTrain(_ row: RowPlasticity, _ laws: ShortTermPlasticitySpec) throws -> Double
  {
    var plain = spec
    plain.circuits?.inputStage = nil
    let checks = CircuitChecks(plain, kernel: kernel)
    let (settings, nominal) = checks.circuit(
      NominalCircuit(
        leak: 0.4, reset: 0.4, threshold: 1.0, membraneTicks: 30, excitatoryTicks: 4,
        inhibitoryTicks: 4, excitatoryGain: 0.2 / Double(spec.synapse.largestWeight),
        inhibitoryGain: 1e-3, refractoryTicks: 1, fires: false))
    var drive = Drive()
    let cycles = spec.time.cyclesPerTick
    // A burst of ten, a pause, and single events after longer and longer times.
    for tick in Array(stride(from: 4, to: 124, by: 12)) + [250, 320, 600, 1100] {
      drive.add(spec.synapse.largestWeight, at: tick * cycles + tick % cycles)
    }
    var inputs = checks.inputs(drive)
    let amplitudes = recursion(row, laws, inputs.map(\.time))
    for i in inputs.indices { inputs[i].weight *= amplitudes[i] }
    inputs.removeAll { $0.weight == 0 }
    var judge = ExactLIFNeuron(nominal)
    let expected = judge.run(inputs, ticks: 1200)
    let found = try checks.run(settings, drive, ticks: 1200, plastic: row).trace
    let largest = expected.map { abs($0 - nominal.leak) }.max() ?? 0
    return (zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity) / largest
  }

  /// The amplitudes of a train by the recursion of Schemmel and others (2007).
  private func recursion(
    _ row: RowPlasticity, _ laws: ShortTermPlasticitySpec, _ times: [Double]
  ) -> [Double] {
    let utilisation = laws.utilisation.value(code: Int(row.utilisation))
    let recovery =
      laws.recoveryTime.value(code: Int(row.recoveryTime)) / spec.time.tickSeconds
    var (inactive, last) = (0.0, 0.0)
    return times.map { time in
      inactive *= exp(-(time - last) / recovery)
      last = time
      defer { inactive += utilisation * (1 - inactive) }
      return row.facilitates
        ? 1 + laws.facilitation * (inactive - laws.facilitationOffset)
        : 1 - laws.depression * inactive
    }
  }

  // MARK: Spike response

  /// The plain circuit as a spike-response model: a sum of kernels ε over inputs and η over spikes.
  func spikeResponse() throws -> [FidelityCheck] {
    var plain = spec
    plain.circuits?.inputStage = nil
    let checks = CircuitChecks(plain, kernel: kernel)
    var (worst, spikes) = (0.0, 0)
    for seed in 0..<6 {
      let (found, model) = try checks.spikeResponse(seed: seed)
      spikes += model.count
      worst = max(worst, checks.worstInterval(found, model))
    }
    return [
      FidelityCheck(
        label("SRM0 equals LIF, \(spikes) spikes"), "inter-spike interval, all", unit: "ticks",
        error: worst, bound: 0.5)
    ]
  }

  private func spikeResponse(seed: Int) throws -> (found: [Double], model: [Double]) {
    let ticks = 300
    let (settings, nominal) = circuit(
      NominalCircuit(
        leak: 0.45, reset: 0.42, threshold: 0.65, membraneTicks: 30, excitatoryTicks: 40,
        inhibitoryTicks: 40, excitatoryGain: 0.03 / Double(spec.synapse.largestWeight),
        inhibitoryGain: 1e-3, refractoryTicks: 3, fires: true))
    var (drive, random) = (Drive(), SequentialRandom(seed: UInt64(seed), stream: 95))
    let cycles = spec.time.cyclesPerTick
    for tick in 0..<ticks - 4 where random.uniform() < 0.7 {
      let weight = 1 + Int(random.uniform() * Double(spec.synapse.largestWeight))
      drive.add(weight, at: tick * cycles + Int(random.uniform() * Double(cycles)))
    }
    let model = SpikeResponseNeuron(nominal, inputs(drive)).spikes(until: Double(ticks))
    return (try run(settings, drive, ticks: ticks).spikes, model)
  }
}
