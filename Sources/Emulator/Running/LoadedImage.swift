import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// An image on a device: everything that a run needs and does not change.
final class LoadedImage: @unchecked Sendable {
  let image: ChipImage
  let spec: ChipSpec
  /// The circuits whose codes the parameter cells held before, where that still acts.
  let before: [CoreOnChip: [CircuitSettings]]
  let cores: [CoreDevice]
  let inputRoutes: RouteTable
  /// What delayed inputs make of an experiment; nil where there are none.
  let playback: InputPlayback?
  let backgroundRoutes: RouteTable
  /// The correlation sensors of each core in use; nil where they are off.
  let sensors: [SensorArray?]
  let spikeRoutes: [RouteTable]
  /// The cores in use where circuits differ from sample to sample; nil when they do not.
  let varied: [VariedCore]?
  /// The spike network; nil when it is an ideal one: spikes then go by `spikeRoutes`.
  let network: NetworkParts?
  /// The circuits that are coupled with each other; nil when none are.
  let coupling: CircuitCoupling?
  /// The circuits that are only joined, membrane by membrane; nil when none are.
  let joined: JoinedCores?
  /// The learning engines; nil when no core learns.
  private(set) var learning: AnalogLearning?
  /// The image's content hash, once somebody has asked for it.
  var knownHash: String?
  /// For each core in use, the recorded unit of each column, or −1.
  private let units: UnsafeMutablePointer<Int32>
  /// For each core in use, its constants as the kernels take them.
  private let constants: UnsafeMutablePointer<synapus_core_constants>

  /// Puts an image on a device whose parameter cells hold the codes of the circuits before.
  init(
    _ image: ChipImage, spec: ChipSpec, draw: DeviceDraw, conductances: ConductanceDraw,
    before: [CoreOnChip: [CircuitSettings]]
  ) {
    (self.image, self.spec) = (image, spec)
    let plan = JoinedPlan(image, spec, variesBySample: draw.variesBySample)
    let coupled = Set(plan.otherGroups.flatMap { $0.members.map(\.core) })
    let path = ParameterPath(spec, effects: draw.effects, settledSeconds: draw.settledSeconds)
    let isKnown = Set(image.cores.map(\.core))
    self.before = path.remembers ? before.filter { isKnown.contains($0.key) } : [:]
    cores = image.cores.enumerated().map { slot, core in
      let nominal = path.circuits(core.circuits, before: before[core.core] ?? [])
      return CoreDevice(
        core, nominal, draw: draw,
        plan.isJoined[slot] ? .joined : coupled.contains(core.core) ? .circuits : .none)
    }
    varied = draw.variesBySample ? cores.map { $0.varied(draw) } : nil
    var others = image
    others.groups = plan.otherGroups
    coupling = Self.coupling(others, spec, cores, conductances)
    joined = JoinedCores(plan, cores)
    inputRoutes = .inputs(image, spec)
    playback = InputPlayback(image, cyclesPerTick: spec.time.cyclesPerTick)
    backgroundRoutes = .background(image, spec)
    let sensorDraw = SensorDraw(chipSeed: draw.seed, isOn: draw.effects.contains(.mismatch))
    sensors = image.cores.map { core in
      guard core.sensesCorrelation, let sensors = spec.correlation else { return nil }
      return SensorArray(
        core.core, geometry: spec.geometry, time: spec.time, sensors: sensors, draw: sensorDraw)
    }
    spikeRoutes = RouteTable.spikes(image, spec)
    network = NetworkParts(image, spec) { draw.hasDeadLink(from: $0, to: $1) }
    let columns = spec.geometry.circuitsPerCore
    units = .allocateAligned(cores.count * columns)
    constants = .allocateAligned(cores.count)
    for (c, recorded) in image.recordedUnits(columns: { _ in columns }).enumerated() {
      for (column, unit) in recorded.enumerated() { units[c * columns + column] = unit }
    }
    for (c, core) in cores.enumerated() {
      constants[c] = core.constants.kernelView
    }
  }

  /// Starts the learning engines where the image has rules.
  func startLearning(
    _ settings: EmulationSettings, _ kernel: CoreKernel
  ) throws(ChipError) {
    learning = try AnalogLearning(image, spec, cores, settings, kernel)
  }

  deinit {
    units.deallocate()
    constants.deallocate()
  }

  private static func coupling(
    _ image: ChipImage, _ spec: ChipSpec, _ cores: [CoreDevice], _ draw: ConductanceDraw
  ) -> CircuitCoupling? {
    guard !image.groups.isEmpty else { return nil }
    let slots = image.slots
    return CircuitCoupling(image, spec: spec, draw: draw) { circuit in
      slots[circuit.core].flatMap { cores[$0].full?.rates(circuit.column) }
        ?? MembraneRates(free: 1, held: nil)
    }
  }

  /// What a runner needs of a core; valid as long as this image.
  func view(_ c: Int) -> CoreView {
    CoreView(
      index: cores[c].core.index, constants: UnsafePointer(constants + c),
      weights: UnsafePointer(cores[c].synapses.effective),
      nonZero: UnsafePointer(cores[c].synapses.nonZero),
      starts: UnsafePointer(spikeRoutes[c].starts), targets: UnsafePointer(spikeRoutes[c].targets),
      units: UnsafePointer(units + c * spec.geometry.circuitsPerCore),
      hasTargets: spikeRoutes[c].starts[spec.geometry.circuitsPerCore] > 0,
      canSleep: cores[c].rest.canSleep, isJoined: (joined?.places[c].cluster ?? -1) >= 0,
      full: cores[c].full.map { Unmanaged.passUnretained($0) })
  }

  /// Whether any spike goes anywhere on the chip.
  var routesSpikes: Bool { !image.spikeRoutes.isEmpty }

  /// How many ticks ahead an event may be sent.
  var horizon: Int {
    let longest = max(
      inputRoutes.longestLatency, backgroundRoutes.longestLatency,
      spikeRoutes.map(\.longestLatency).max() ?? 0)
    return max(longest / 64, network?.horizon ?? 0) + 4
  }

  /// Position of a core among the cores in use.
  func slot(of core: CoreOnChip) -> Int? { image.slot(of: core) }
}

extension ChipImage {
  /// The recorded unit of each column of each core in use, or −1, for so many columns of a core.
  func recordedUnits(columns: (CoreImage) -> Int) -> [[Int32]] {
    var units = cores.map { [Int32](repeating: -1, count: columns($0)) }
    var next: Int32 = 0
    for population in io.populations {
      for range in population.ranges {
        if let slot = slot(of: range.core) {
          for k in 0..<range.count { units[slot][range.firstColumn + k] = next + Int32(k) }
        }
        next += Int32(range.count)
      }
    }
    return units
  }
}
