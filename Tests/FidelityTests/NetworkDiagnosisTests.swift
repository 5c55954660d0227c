import ChipInterface
import Compiler
import Emulator
import Fidelity
import HardwareSpec
import Testing

/// Where chip and float network part: faults are planted, and the diagnosis must name them.
@Suite("Diagnosis of a network") struct NetworkDiagnosisTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// Six inputs, five neurons, weights that are whole sixteenths or fifteenths.
  private func network(
    _ inputs: Int = 6, _ neurons: Int = 5, weight: (Int, Int) -> Float
  ) -> DenseNetwork {
    DenseNetwork(
      inputCount: inputs,
      layers: [
        .init(
          name: "hidden", projection: "w",
          weights: (0..<inputs * neurons).map { weight($0 / neurons, $0 % neurons) },
          count: neurons, membraneSeconds: 0.02, synapticSeconds: 0.01, threshold: 1)
      ])
  }

  private func sample(_ events: [(tick: Double, channel: Int)], ticks: Int = 120) -> Experiment {
    var inputs = SpikeBatch()
    for event in events.sorted(by: { ($0.tick, $0.channel) < ($1.tick, $1.channel) }) {
      inputs.cycles.append(UInt32(event.tick * Double(spec.time.cyclesPerTick)))
      inputs.units.append(UInt32(event.channel))
    }
    inputs.offsets.append(inputs.cycles.count)
    return Experiment(
      durationTicks: ticks, inputs: inputs, sampleNumbers: [0], recorded: RecordingRequest())
  }

  /// Channels in turn, every three ticks.
  private var regular: [(tick: Double, channel: Int)] {
    (0..<30).map { (Double(3 * $0 + 2), $0 % 6) }
  }

  private func diagnose(
    _ network: DenseNetwork, _ events: [(tick: Double, channel: Int)],
    device: EmulationSettings? = EmulationSettings(effects: []),
    _ change: (inout CompileOptions) -> Void = { _ in }
  ) throws -> NetworkDiagnosis {
    var options = CompileOptions(spec)
    options.maxClip = 1
    change(&options)
    let graph = try network.nirGraph(dt: options.dt)
    let image = try Compiler.compile(graph, name: "net", options).image
    return try NetworkDiagnosis(
      NetworkQuestion(
        graph: graph, options: options, image: image, device: device, sample: sample(events)))
  }

  /// Weights in fifteenths of the largest, which the chip holds as they are.
  private func exact(_ sender: Int, _ receiver: Int) -> Float {
    Float((7 * sender + 4 * receiver) % 13 + 3) / 15
  }

  @Test func aPerfectChipDoesNotPart() throws {
    let found = try diagnose(network(weight: exact), regular)
    #expect(found.divergence == nil && found.culprit == nil && found.findings.isEmpty)
    #expect(found.reference.rates[0] > 1, "neurons fire")
    #expect(found.steps.map(\.effect).first == .quantisation)
    #expect(found.steps.map(\.effect).last == .network)
    #expect(found.steps.allSatisfy { $0.together.lost == 0 })
  }

  @Test func clippedWeightsAreNamed() throws {
    // Neuron 3 has weights of twice the largest step.
    let found = try diagnose(
      network { exact($0, $1) * ($1 == 3 ? 2 : 1) }, regular
    ) { $0.projections = [.init("w", weightPerStep: 1.0 / 15)] }
    let divergence = try #require(found.divergence)
    #expect(found.culprit == .clipping, "\(found)")
    #expect(divergence.population == "hidden" && divergence.neuron == 3)
    let quantised = try #require(found.steps.first { $0.effect == .quantisation })
    #expect(quantised.together.divergence == nil)
    let clipped = try #require(found.steps.first { $0.effect == .clipping })
    #expect(clipped.alone?.divergence?.neuron == 3)
    #expect(clipped.together.rates[0] < found.reference.rates[0])
    #expect(found.findings.contains { $0.contains("hidden:3 has 6 synapses: ") })
  }

  @Test func coarseWeightsAreNamed() throws {
    // Small weights beside one large one: half a step is a tenth of them.
    let found = try diagnose(
      network { sender, receiver in sender == 5 ? 3 : 0.26 + 0.04 * Float(receiver) },
      regular.filter { $0.channel != 5 })
    #expect(found.culprit == .quantisation)
    #expect(found.steps[0].alone == found.steps[0].together)
  }

  @Test func mismatchAloneIsNamed() throws {
    let found = try diagnose(
      network(weight: exact), regular,
      device: EmulationSettings(chipSeed: 3, mismatch: 0.2, effects: [.mismatch, .adc]))
    #expect(found.culprit == .mismatch)
    #expect(found.steps.map(\.effect).contains(.mismatch))
    #expect(!found.steps.map(\.effect).contains(.noise))
    #expect(found.findings.contains { $0.contains("nominal") })
  }

  /// More inputs in one clock cycle than a port lets wait: the last are lost.
  @Test func lossAtAnOverloadedPortIsNamed() throws {
    let events = (0..<4).flatMap { volley in
      (0..<200).map { (tick: Double(10 + 25 * volley), channel: $0) }
    }
    let found = try diagnose(
      network(200, 4) { sender, _ in sender < 120 ? 1.0 / 150 : 1.0 / 15 }, events)
    #expect(found.culprit == .network)
    let last = try #require(found.steps.last)
    #expect(last.effect == .network && last.together.lost > 100)
    #expect(last.together.rates[0] < found.reference.rates[0])
  }

  @Test func weightsThatWereWrittenSinceAreNamed() throws {
    let network = network(weight: exact)
    let options = CompileOptions(spec)
    let graph = try network.nirGraph(dt: options.dt)
    var image = try Compiler.compile(graph, name: "net", options).image
    let place = 2 * 2 * spec.geometry.circuitsPerCore + 1
    image.cores[0].weights[place] = image.cores[0].weights[place] > 8 ? 0 : 15
    let found = try NetworkDiagnosis(
      NetworkQuestion(
        graph: graph, options: options, image: image, device: nil, sample: sample(regular)))
    #expect(found.culprit == .writtenWeights && found.divergence?.neuron == 1)
    #expect(found.steps.map(\.effect).last == .parameters, "an ideal chip has nothing more")
  }

  @Test func anotherNetworksImageIsRefused() throws {
    let options = CompileOptions(spec)
    let image = try Compiler.compile(
      network(weight: exact).nirGraph(dt: options.dt), name: "net", options
    ).image
    let other = try network(6, 4, weight: exact).nirGraph(dt: options.dt)
    #expect(throws: DiagnosisError.self) {
      try NetworkDiagnosis(
        NetworkQuestion(
          graph: other, options: options, image: image, device: nil, sample: sample(regular)))
    }
  }
}
