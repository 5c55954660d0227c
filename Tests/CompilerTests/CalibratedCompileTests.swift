import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import NIR
import Testing

@Suite("A calibration brings circuits back to what the network wants")
struct CalibratedCompileTests {
  private let spec: ChipSpec
  private let settings: EmulationSettings

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    var settings = EmulationSettings()
    settings.chipSeed = 11
    settings.mismatch = 0.2
    settings.effects = .mismatch
    self.settings = settings
  }

  /// Forty neurons with five weights each, from five inputs.
  private func network() throws -> NIRGraph {
    var random = SequentialRandom(seed: 3, stream: 31)
    return try single(
      (0..<40).map { _ in (0..<5).map { _ in 0.25 + 0.1 * random.normal() } }, cubaLIF(40))
  }

  /// The codes that undo the device's own deviations, by the laws, at the values of a circuit.
  private func table(
    for circuit: CircuitSettings, columns: Int, codesOf: [CircuitParameter]
  ) -> CalibrationTable {
    let draw = DeviceDraw(spec, settings)
    let core = spec.geometry.cores[0]
    var part = CalibratedCore(
      index: 0, columns: Array(0..<columns), success: Array(repeating: true, count: columns),
      codes: [:])
    var targets: [CircuitParameter: Double] = [:]
    let factors: [(CircuitParameter, KeyPath<CircuitDeviation, Double>)] = [
      (.membraneTime, \.membraneTime), (.excitatoryTime, \.excitatoryTime),
      (.inhibitoryTime, \.inhibitoryTime), (.excitatoryGain, \.excitatoryGain),
      (.inhibitoryGain, \.inhibitoryGain),
    ]
    for (parameter, path) in factors {
      let law = parameter.law(on: spec.neuron)
      let target = law.value(code: Int(circuit[parameter]))
      targets[parameter] = target
      let deviations = (0..<columns).map { draw.deviation(core: core, column: $0)[keyPath: path] }
      let takesCodes = codesOf.contains(parameter)
      let codes = deviations.map {
        UInt16(takesCodes ? law.nearestCode(for: target / $0) : Int(circuit[parameter]))
      }
      if takesCodes { part.codes[parameter] = codes }
      part.residuals[parameter] = zip(codes, deviations).map {
        law.value(code: Int($0)) * $1 / target - 1
      }
    }
    calibratePotentials(&part, &targets, circuit, columns, draw)
    return CalibrationTable(
      chipName: spec.name, specHash: spec.hash, chipSeed: settings.chipSeed, targets: targets,
      cores: [part])
  }

  /// Leak and threshold move with each other: the device shifts both by parts of their distance.
  private func calibratePotentials(
    _ part: inout CalibratedCore, _ targets: inout [CircuitParameter: Double],
    _ circuit: CircuitSettings, _ columns: Int, _ draw: DeviceDraw
  ) {
    let law = spec.neuron.potential
    let nominal = NominalCircuit(circuit, on: spec)
    (targets[.leak], targets[.threshold]) = (nominal.leak, nominal.threshold)
    targets[.reset] = nominal.reset
    var (leaks, thresholds, resets) = ([UInt16](), [UInt16](), [UInt16]())
    for column in 0..<columns {
      let deviation = draw.deviation(core: spec.geometry.cores[0], column: column)
      let distance = (nominal.threshold - nominal.leak) / deviation.thresholdDistance
      let leak = law.nearestCode(for: nominal.leak - deviation.leakShift * distance)
      leaks.append(UInt16(leak))
      thresholds.append(UInt16(law.nearestCode(for: law.value(code: leak) + distance)))
      resets.append(
        UInt16(law.nearestCode(for: nominal.reset - deviation.resetShift * distance)))
    }
    (part.codes[.leak], part.codes[.threshold], part.codes[.reset]) = (leaks, thresholds, resets)
  }

  /// Spikes of each neuron for regular inputs.
  private func rates(_ image: ChipImage, on chip: any Chip) throws -> [Double] {
    try chip.load(image)
    var inputs = SpikeBatch()
    for tick in stride(from: 0, to: 2000, by: 10) {
      for unit in 0..<5 {
        inputs.cycles.append(UInt32((tick + 2 * unit) * spec.time.cyclesPerTick))
        inputs.units.append(UInt32(unit))
      }
    }
    inputs.offsets.append(inputs.cycles.count)
    let recording = try chip.run(
      Experiment(
        durationTicks: 2000, inputs: inputs, sampleNumbers: [0], recorded: RecordingRequest()))
    var counts = [Double](repeating: 0, count: 40)
    for unit in recording.spikes.units { counts[Int(unit)] += 1 }
    return counts
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      / b.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test func ratesComeCloserToNominal() throws {
    let plain = try Compiler.compile(network(), name: "net", CompileOptions(spec))
    var options = CompileOptions(spec)
    options.calibration = table(
      for: plain.image.cores[0].circuits[0], columns: 40, codesOf: CircuitParameter.allCases)
    let calibrated = try Compiler.compile(network(), name: "net", options)
    let nominal = try rates(plain.image, on: IdealChip(spec))
    #expect(nominal.reduce(0, +) > 400)
    let raw = try rates(plain.image, on: EmulatedChip(spec, settings))
    let better = try rates(calibrated.image, on: EmulatedChip(spec, settings))
    let (before, after) = (distance(raw, nominal), distance(better, nominal))
    #expect(before > 0.15 && after < 0.25 * before, "\(before) before, \(after) after")
  }

  /// Without codes for the gains their deviations are divided out of the weights.
  @Test func amplitudesComeCloserByTheWeightsAlone() throws {
    var options = CompileOptions(spec)
    options.maxClip = 1
    options.projections = [.init("w", weightPerStep: 0.06)]
    let plain = try Compiler.compile(network(), name: "net", options)
    options.calibration = table(
      for: plain.image.cores[0].circuits[0], columns: 40, codesOf: [])
    let calibrated = try Compiler.compile(network(), name: "net", options)
    #expect(calibrated.image.cores[0].weights != plain.image.cores[0].weights)
    let (raw, better) = (
      try amplitudeError(plain.image), try amplitudeError(calibrated.image)
    )
    #expect(raw > 0.15 && better < 0.5 * raw, "\(raw) before, \(better) after")
  }

  /// The relative error of all weights' jumps of R·I on the device, in root mean square.
  private func amplitudeError(_ image: ChipImage) throws -> Double {
    let chip = try EmulatedChip(spec, settings)
    try chip.load(image)
    let map = image.io.projections[0]
    let weights = try Quantiser(map, on: spec).weights(in: image, on: spec)
    guard case .linear(let wanted)? = try network().node(named: "w") else { return .nan }
    var (error, power) = (0.0, 0.0)
    for column in 0..<40 {
      let circuit = try #require(
        CircuitOnChip(spec.geometry.cores[0], column: column, on: spec.geometry))
      let inspection = try #require(chip.inspect(circuit))
      let nominal = NominalCircuit(image.cores[0].circuits[column], on: spec)
      for sender in 0..<5 {
        let goal = wanted.weight.values[column * 5 + sender]
        let gain =
          goal < 0
          ? inspection.inhibitoryGain / nominal.inhibitoryGain
          : inspection.excitatoryGain / nominal.excitatoryGain
        let difference = weights[sender * 40 + column] * gain - goal
        (error, power) = (error + difference * difference, power + goal * goal)
      }
    }
    return (error / power).squareRoot()
  }

  @Test func failedCircuitsAreAvoidedAndOtherTablesRefused() throws {
    let plain = try Compiler.compile(network(), name: "net", CompileOptions(spec))
    var options = CompileOptions(spec)
    var table = table(
      for: plain.image.cores[0].circuits[0], columns: 60, codesOf: CircuitParameter.allCases)
    options.calibration = table
    let full = try Compiler.compile(network(), name: "net", options)
    #expect(
      !full.report.approximations.contains { if case .uncalibrated = $0 { true } else { false } })

    table.cores[0] = CalibratedCore(
      index: 0, columns: [0, 1], success: [true, true], codes: [.leak: [300, 301]])
    options.calibration = table
    let partly = try Compiler.compile(network(), name: "net", options)
    #expect(partly.report.approximations.contains(.uncalibrated(layer: "pop", neurons: 38)))
    #expect(partly.image.cores[0].circuits[0].leak == 300)
    #expect(partly.image.cores[0].circuits[2] == plain.image.cores[0].circuits[2])

    table.specHash = "0"
    options.calibration = table
    #expect(try misfits(network(), options).map(\.code) == ["E0350"])
    table.specHash = spec.hash
    table.cores[0].columns = [1, 0]
    options.calibration = table
    #expect(try misfits(network(), options).map(\.code) == ["E0351"])
  }
}
