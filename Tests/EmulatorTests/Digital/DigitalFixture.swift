import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// Small digital networks, and runs of them on every kernel.
struct DigitalFixture {
  let spec: ChipSpec
  let core: CoreOnChip

  init(_ chip: String) throws {
    spec = try ChipLibrary.chip(chip)
    core = try #require(CoreOnChip(0, on: spec.geometry))
  }

  /// One core; input k drives axon k; `routes` lead from neurons to axons of the same core.
  func image(
    _ digital: DigitalCore, inputs: Int, routes: [(neuron: Int, axon: Int, delay: Int)] = []
  ) -> ChipImage {
    let image = CoreImage(core, digital: digital)
    let io = ImageIO(
      network: "small",
      populations: [
        Population(
          name: "all",
          ranges: [CircuitRange(core: core, firstColumn: 0, count: image.neuronCount)])
      ], projections: [], durationTicks: 10, dt: 1, coding: "",
      readout: ReadoutRule(population: "all", measure: .mostSpikes))
    return ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: [image],
      inputRoutes: (0..<inputs).map { pairs([$0]) },
      spikeRoutes: routes.compactMap { route in
        CircuitOnChip(core, column: route.neuron, on: spec.geometry).map {
          SpikeRoute(source: $0, targets: pairs([route.axon]), delayTicks: UInt8(route.delay))
        }
      }, io: io)
  }

  private func pairs(_ axons: [Int]) -> [RowPairOnChip] {
    axons.compactMap { RowPairOnChip(core, pair: $0, on: spec.geometry) }
  }

  /// One sample with events in ascending order of steps, all registers recorded at every step.
  func experiment(steps: Int, _ events: [(step: Int, input: Int)]) -> Experiment {
    var experiment = Experiment(
      durationTicks: steps,
      inputs: SpikeBatch(
        offsets: [0, events.count], cycles: events.map { UInt32($0.step) },
        units: events.map { UInt32($0.input) }), sampleNumbers: [0], recorded: RecordingRequest())
    experiment.recorded.registers = [RegisterProbe.Register.current, .voltage, .spike].map {
      RegisterProbe($0, core: 0, everyTick: true)
    }
    return experiment
  }

  /// Runs on every kernel, which must agree.
  func run(_ image: ChipImage, _ experiment: Experiment) throws -> Recording {
    let recordings = try EmulatedChip.availableKernels.map { name in
      let kernel = try #require(EmulationSettings.Kernel(rawValue: name))
      let chip = try EmulatedChip(spec, EmulationSettings(kernel: kernel))
      try chip.load(image)
      return try chip.run(experiment)
    }
    #expect(recordings.allSatisfy { $0 == recordings[0] })
    return recordings[0]
  }
}

extension Recording {
  /// Current, voltage and spike of every neuron by step, as ``DigitalFixture`` records them.
  var u: [Double] { registers[0] }
  var v: [Double] { registers[1] }
  var fired: [Double] { registers[2] }
}
