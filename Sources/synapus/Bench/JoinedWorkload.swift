import ChipInterface
import HardwareSpec

/// W2g on an analog chip: neurons of sixteen joined circuits, which hear 4,096 row pairs.
///
/// A row of the mesh is a cluster of 256 neurons. A neuron is one column of its sixteen cores, joined
/// to one membrane; only the circuit of the first core fires. Core j of a cluster hears the neurons
/// of cluster j, so that every spike goes to one core of each row.
struct JoinedWorkload {
  let image: ChipImage
  let experiment: Experiment
  /// Neurons, of sixteen circuits each.
  var neuronCount: Int { GridNetwork.neurons }

  /// Circuits of a neuron, and clusters.
  private static let side = 16
  /// Neurons of a cluster.
  private static let columns = 256

  /// Makes the workload; nil when the chip has no 16 x 16 cores, or cannot join as many.
  init?(_ spec: ChipSpec, steps: Int) {
    let geometry = spec.geometry
    guard geometry.meshColumns == Self.side, geometry.coreCount >= Self.side * Self.side,
      geometry.circuitsPerCore >= Self.columns, geometry.rowPairsPerCore >= Self.columns,
      let coupling = spec.coupling, coupling.mostCores >= Self.side
    else { return nil }
    image = Self.image(GridNetwork(), spec, steps: steps)
    experiment = Experiment(
      durationTicks: steps, inputs: SpikeBatch(offsets: [0, 0], cycles: [], units: []),
      sampleNumbers: [0], recorded: RecordingRequest(spikes: true))
  }

  private static func image(
    _ network: GridNetwork, _ spec: ChipSpec, steps: Int
  ) -> ChipImage {
    let used = Array(spec.geometry.cores.prefix(side * side))
    var cores = used.enumerated().map { index, core in
      CoreImage(
        core,
        circuits: (0..<columns).map { column in
          circuit(
            spec, bias: network.biases[index / side * columns + column], fires: index % side == 0)
        }, on: spec.geometry)
    }
    for (neuron, fan) in network.fans.enumerated() { write(fan, of: neuron, to: &cores, spec) }
    let firing = (0..<side).map {
      CircuitRange(core: used[side * $0], firstColumn: 0, count: columns)
    }
    let io = ImageIO(
      network: "recurrent", populations: [Population(name: "neurons", ranges: firing)],
      projections: [], durationTicks: steps, dt: spec.time.tickSeconds * spec.time.acceleration,
      coding: "", readout: ReadoutRule(population: "neurons", measure: .mostSpikes))
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores, inputRoutes: [],
      spikeRoutes: routes(used, spec.geometry), io: io)
    image.groups = groups(used, spec.geometry)
    return image
  }

  /// A circuit of a neuron; joined with fifteen others, a charge moves its membrane by 1/16.
  private static func circuit(
    _ spec: ChipSpec, bias: Double, fires: Bool
  ) -> CircuitSettings {
    let swing = 30 * spec.readout.lsbVolts
    let (membrane, synaptic) = (80.0, 5.0)
    let gain = Double(side) * GridNetwork.unitWeight * swing * membrane / synaptic
    return CircuitSettings(
      nearest: NominalCircuit(
        leak: 0.43 + drive * bias * membrane * swing, reset: 0.43, threshold: 0.43 + swing,
        membraneTicks: membrane, excitatoryTicks: synaptic, inhibitoryTicks: synaptic,
        excitatoryGain: gain, inhibitoryGain: gain, refractoryTicks: 1, fires: fires), on: spec)
  }

  /// Makes good for the leak, which the network does not have: 2.5 % of the neurons fire in a tick.
  private static let drive = 1.5

  /// Stored weights are the network's.
  private static func write(
    _ fan: GridNetwork.Fan, of neuron: Int, to cores: inout [CoreImage], _ spec: ChipSpec
  ) {
    let (cluster, pair) = (neuron / columns, neuron % columns)
    let width = spec.geometry.circuitsPerCore
    for (target, weight) in zip(fan.targets, fan.weights) {
      let row = weight > 0 ? 2 * pair : 2 * pair + 1
      cores[Int(target) / columns * side + cluster]
        .weights[row * width + Int(target) % columns] = UInt8(weight.magnitude)
    }
  }

  private static func groups(_ cores: [CoreOnChip], _ geometry: ChipGeometry) -> [CircuitGroup] {
    (0..<GridNetwork.neurons).map { neuron in
      let row = cores[neuron / columns * side..<(neuron / columns + 1) * side]
      return .joined(
        row.compactMap { CircuitOnChip($0, column: neuron % columns, on: geometry) })
    }
  }

  private static func routes(_ cores: [CoreOnChip], _ geometry: ChipGeometry) -> [SpikeRoute] {
    (0..<GridNetwork.neurons).compactMap { neuron in
      let (cluster, column) = (neuron / columns, neuron % columns)
      return CircuitOnChip(cores[cluster * side], column: column, on: geometry).map { source in
        SpikeRoute(
          source: source,
          targets: (0..<side).compactMap {
            RowPairOnChip(cores[$0 * side + cluster], pair: column, on: geometry)
          })
      }
    }
  }
}
