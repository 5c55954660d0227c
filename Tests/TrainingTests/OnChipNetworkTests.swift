import ChipInterface
import Emulator
import HardwareSpec
import Testing
import Training

@Suite struct OnChipNetworkTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// More neurons than a core has go to two cores, and their weights come back in one piece.
  @Test func spreadsOverCores() throws {
    var network = OnChipNetwork("spread", on: spec)
    let inputs = network.addInputs(5)
    let neurons = network.addNeurons("neurons", 300, OnChipNeuron(peakPerStep: 0.01))
    let rule = network.addRule(try LearningProgram.named("pair-stdp", on: spec))
    let weights = (0..<5 * 300).map { $0 % 31 - 15 }
    let synapses = network.connect(
      inputs, to: neurons, weights: weights, plasticity: .init(rule, isSigned: true))
    let image = try network.image(durationTicks: 50)
    #expect(image.image.cores.count == 2)
    #expect(image.units(of: neurons) == 0..<300)
    let session = try LearningSession(image, on: try EmulatedChip(spec))
    let record = try session.run(
      [LearningTrial()], ticks: 50, probes: image.probes(.weight, of: synapses))
    let read = image.synapses(of: synapses, from: record.registers, sample: 0)
    #expect(read == weights.map(Double.init))
  }

  /// Several groups of inputs keep their own channels, and several projections their own rows.
  @Test func groupsAndRoutes() throws {
    var network = OnChipNetwork("routes", on: spec)
    let (first, second) = (network.addInputs(3), network.addInputs(4))
    let neurons = network.addNeurons("neurons", 2, OnChipNeuron(peakPerStep: 0.05))
    let silent = network.addNeurons("silent", 2, OnChipNeuron(peakPerStep: 0.05))
    network.connect(first, to: neurons, weights: Array(repeating: 15, count: 6))
    network.connect(second, to: silent, weights: Array(repeating: 0, count: 8))
    network.connect(neurons, to: silent, weights: Array(repeating: 15, count: 4), delayTicks: 9)
    let image = try network.image(durationTicks: 100)
    try image.image.validate(against: spec)
    #expect(image.channels(of: second) == 3..<7)
    #expect(image.units(of: silent) == 2..<4)
    let session = try LearningSession(image, on: IdealChip(spec, threads: 1))
    var trial = LearningTrial()
    for channel in image.channels(of: first) { trial.spike(channel, at: 10) }
    let record = try session.run([trial], ticks: 100)
    let counts = record.counts(image.units(of: neurons), trial: 0)
    #expect(counts[0] > 0)
    #expect(counts[0] == counts[1])
    let sent = try #require(record.spikes[0].first { $0.unit < 2 }).tick
    let received = record.spikes[0].filter { $0.unit >= 2 }.map(\.tick)
    #expect(!received.isEmpty)
    #expect(received.allSatisfy { $0 > sent + 9 })
  }

  /// The potential after one event peaks where the neuron's description says, both for equal and
  /// for different time constants.
  @Test(arguments: [(20.0, 20.0), (20.0, 5.0), (6.0, 2.0)])
  func peakPerStep(membraneTicks: Double, synapticTicks: Double) throws {
    var network = OnChipNetwork("peak", on: spec)
    let inputs = network.addInputs(1)
    let neuron = OnChipNeuron(
      membraneTicks: membraneTicks, synapticTicks: synapticTicks, peakPerStep: 0.02)
    let neurons = network.addNeurons("neurons", 1, neuron)
    network.connect(inputs, to: neurons, weights: [10])
    let image = try network.image(durationTicks: 200)
    let chip = IdealChip(spec, threads: 1)
    try chip.load(image.image)
    var request = RecordingRequest()
    let core = try #require(CoreOnChip(0, on: spec.geometry))
    request.tracedCircuits = [try #require(CircuitOnChip(core, column: 0, on: spec.geometry))]
    let recording = try chip.run(
      Experiment(
        durationTicks: 200, inputs: SpikeBatch(offsets: [0, 1], cycles: [640], units: [0]),
        sampleNumbers: [0], recorded: request))
    let volts = neuron.codesToThreshold * spec.readout.lsbVolts
    let peak = ((recording.traces.max() ?? 0) - recording.traces[0]) / volts
    #expect(abs(peak - 0.2) < 0.2 * 0.03, "the peak is \(peak) of the threshold")
  }

  @Test func refusesWhatDoesNotFit() throws {
    var network = OnChipNetwork("large", on: spec)
    let inputs = network.addInputs(257)
    let neurons = network.addNeurons("neurons", 1, OnChipNeuron(peakPerStep: 0.01))
    network.connect(inputs, to: neurons, weights: Array(repeating: 1, count: 257))
    #expect(
      throws: TrainingError.networkTooLarge(
        network: "large", what: "row pairs of 'neurons'", needed: 257, available: 256)
    ) { try network.image(durationTicks: 10) }

    var strong = OnChipNetwork("strong", on: spec)
    _ = strong.addNeurons("neurons", 1, OnChipNeuron(peakPerStep: 0.5))
    #expect(throws: TrainingError.self) { try strong.image(durationTicks: 10) }
  }

  /// What was learnt can be judged without learning on.
  @Test func frozenImagesLearnNothing() throws {
    var network = OnChipNetwork("frozen", on: spec)
    let inputs = network.addInputs(2)
    let neurons = network.addNeurons("neurons", 2, OnChipNeuron(peakPerStep: 0.01))
    let rule = network.addRule(try LearningProgram.named("pair-stdp", on: spec))
    let synapses = network.connect(
      inputs, to: neurons, weights: [1, 2, 3, 4], plasticity: .init(rule))
    let image = try network.image(durationTicks: 10).frozen([synapses: [5, 6, 7, 8]])
    #expect(image.image.programs.isEmpty)
    #expect(image.image.cores[0].plasticBlocks.isEmpty)
    #expect(Array(image.image.cores[0].weights[0..<2]) == [5, 6])
  }

  @Test func figuresPassOnTheRightSide() {
    let nan = Double.nan
    #expect(LearningFigure("a", measured: 0.9, chance: 0.5, required: 0.9).passes)
    #expect(!LearningFigure("a", measured: 0.89, chance: 0.5, required: 0.9).passes)
    #expect(LearningFigure("a", measured: 0.1, chance: 1, required: 0.1, .atMost).passes)
    #expect(!LearningFigure("a", measured: nan, chance: 1, required: 0.1, .atMost).passes)
    #expect(!LearningResult(figures: []).passes)
  }

  @Test func everyTaskIsFoundByItsName() {
    let names = TaskLibrary.tasks.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { TaskLibrary.task($0)?.name == $0 })
    #expect(TaskLibrary.task("no such task") == nil)
  }
}
