import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// The kernels of full circuits and the Swift reference give the same bits, over random circuits,
/// options, row drivers and inputs.
@Suite struct FullKernelEqualityTests {
  @Test(arguments: 0..<32)
  func allKernelsRecordTheSameBits(seed: Int) throws {
    let spec = try ChipLibrary.chip(seed % 4 == 3 ? "bss2-like" : "synapus-1")
    var random = SequentialRandom(seed: UInt64(seed), stream: 78)
    var (image, experiment) = RandomExperiment.make(spec, &random)
    RandomOptions.switchOn(&image, spec, &random, plastic: seed % 3 != 1)
    experiment.recorded.tracedCircuits = image.cores[0].circuits.indices.prefix(4).compactMap {
      CircuitOnChip(image.cores[0].core, column: $0, on: spec.geometry)
    }
    let reference = try record(spec, image, experiment, seed: seed, kernel: .reference)
    for kernel in EmulatedChip.availableKernels where kernel != "reference" {
      let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
      let recording = try record(spec, image, experiment, seed: seed, kernel: kernel)
      #expect(recording == reference, "seed \(seed), kernel \(kernel)")
    }
    #expect(reference.counters.spikes > 0, "seed \(seed): nothing fired, nothing was compared")
  }

  private func record(
    _ spec: ChipSpec, _ image: ChipImage, _ experiment: Experiment, seed: Int,
    kernel: EmulationSettings.Kernel
  ) throws -> Recording {
    let chip = try EmulatedChip(
      spec,
      EmulationSettings(
        chipSeed: UInt64(seed), trialSeed: 5, mismatch: seed % 3 == 0 ? nil : 0.2,
        effects: seed % 5 == 4 ? [] : .all, threads: 1, kernel: kernel))
    try chip.load(image)
    return try chip.run(experiment)
  }
}

/// Random options over the whole range of every code.
enum RandomOptions {
  static func switchOn(
    _ image: inout ChipImage, _ spec: ChipSpec, _ random: inout SequentialRandom, plastic: Bool
  ) {
    let conducting = random.next() % 2 == 0
    for column in image.cores[0].circuits.indices {
      image.cores[0].circuits[column].options = options(spec, &random, conducting: conducting)
    }
    guard plastic, let laws = spec.circuits?.shortTermPlasticity else { return }
    image.cores[0].rowPlasticity = (0..<spec.geometry.rowPairsPerCore).compactMap { pair in
      guard random.next() % 3 != 0 else { return nil }
      return RowPlasticity(
        pair: pair, utilisation: UInt8(random.next() % UInt64(laws.utilisation.highestCode + 1)),
        recoveryTime: UInt16(random.next() % UInt64(laws.recoveryTime.highestCode + 1)),
        facilitates: random.next() % 2 == 0)
    }
  }

  private static func options(
    _ spec: ChipSpec, _ random: inout SequentialRandom, conducting: Bool
  ) -> CircuitOptions {
    func code(_ law: ParameterLaw?) -> UInt16 {
      UInt16(random.next() % UInt64((law?.highestCode ?? 0) + 1))
    }
    func isOn() -> Bool { random.next() % 2 == 0 }
    let (family, potential) = (spec.circuits, spec.neuron.potential)
    var options = CircuitOptions()
    if conducting, isOn() { options.excitatoryReversal = code(potential) }
    if conducting, isOn() { options.inhibitoryReversal = code(potential) }
    if isOn(), let laws = family?.adaptation {
      options.adaptation = Adaptation(
        conductance: code(laws.conductance), increment: code(laws.increment),
        time: code(laws.time))
    }
    if isOn(), let law = family?.exponentialSlope {
      options.exponential = ExponentialTerm(slope: code(law), threshold: code(potential))
    }
    if isOn(), let laws = family?.reset { options.resetTime = code(laws.time) }
    if isOn(), let laws = family?.thresholdAdaptation {
      options.thresholdAdaptation = ThresholdAdaptation(
        increment: code(laws.increment), time: code(laws.time))
    }
    return options
  }
}
